// SPDX-License-Identifier: GPL-3.0-or-later
// One node's run, with fake surroundings and a fake connection; what it sends is kept.
#pragma once

#include "agent/core/run_controller.h"
#include "fake_parts.h"
#include "tests/support/loop_until.h"

#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <string>
#include <vector>

namespace vitfleet::agent::test {

using vitfleet::test::loopFor;
using vitfleet::test::loopUntil;

/// Of the run that is opened where no other is named.
inline const std::string uid(32, 'a');

protocol::OpenRun openRun(const std::string& runUid = uid, const std::string& options = {});
std::vector<protocol::LeaseItem> byteItems(std::uint32_t first, std::uint32_t count, char content = 'p');

class RunFixture : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

protected:
    transport::SendStatus send(const protocol::Message& message, protocol::BytesView payload);
    /// And waits until it is ready.
    bool open(const protocol::OpenRun& request);
    bool waitForResults(std::size_t count);
    void lease(std::uint64_t id, const std::vector<protocol::LeaseItem>& items);
    protocol::AgentBeat beat() const;
    template <typename Type>
    std::vector<Type> sent() const
    {
        std::vector<Type> found;
        for (const auto& message : m_sent) {
            if (const auto* typed = std::get_if<Type>(&message))
                found.push_back(*typed);
        }
        return found;
    }

    AgentSettings m_settings;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<FakeParts> m_parts;
    std::unique_ptr<EventLoop> m_loop;
    std::unique_ptr<Courier> m_courier;
    std::unique_ptr<Worker> m_worker;
    std::unique_ptr<RunController> m_run;
    transport::SendStatus m_status = transport::SendStatus::Sent;
    std::vector<protocol::Message> m_sent;
    std::vector<protocol::ResultItem> m_results;
    std::vector<ItemId> m_revoked;
};

} // namespace vitfleet::agent::test
