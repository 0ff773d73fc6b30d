// SPDX-License-Identifier: GPL-3.0-or-later
// What tests of real agents share: a folder, two applications' keys, agents started either way.
#pragma once

#include "agent_process.h"
#include "application.h"
#include "shared/base/limits.h"
#include "tests/support/loop_until.h"

#include <QObject>
#include <QTemporaryDir>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vitfleet::test {

inline const std::string uid(32, 'a');
inline const std::string noDecode = R"({"ms_per_item": 0, "decode": false})";

std::span<const std::byte> bytesOf(const std::string& text);
std::vector<protocol::LeaseItem> byteItems(std::uint32_t first, std::uint32_t count, const std::string& content = "p");

class AgentFixture : public QObject
{
    Q_OBJECT

protected:
    void newFolder() { m_folder = std::make_unique<QTemporaryDir>(); }
    std::unique_ptr<AgentProcess> launch();
    /// An agent with key files of its own, and the address that it prints.
    std::unique_ptr<AgentProcess> serve(std::initializer_list<const transport::KeyPair*> admitted,
                                        const std::vector<std::string>& environment = {});
    std::unique_ptr<Application> connect(const transport::AgentAddress& agent, const transport::KeyPair& keys,
                                         std::uint64_t nonce = 1);
    bool openRun(Application& application, const std::string& options = noDecode, const std::string& dataRoot = {});
    std::filesystem::path folder() const { return m_folder->path().toStdString(); }

    transport::Context m_context;
    EventLoop m_loop;
    transport::KeyPair m_alice = transport::KeyPair::generate(), m_bob = transport::KeyPair::generate();
    std::unique_ptr<QTemporaryDir> m_folder;
    transport::AgentAddress m_address; ///< of the agent that serve() started
};

} // namespace vitfleet::test
