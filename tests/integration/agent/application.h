// SPDX-License-Identifier: GPL-3.0-or-later
// An application of a few lines: both connections to one agent, its hellos and beats, and everything that it hears.
#pragma once

#include "shared/transport/transport.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace vitfleet::test {

class Application
{
public:
    struct Identity
    {
        const transport::KeyPair& keys;
        std::uint64_t processNonce = 1;
        std::uint16_t protocolVersion = protocol::version;
        std::uint16_t minProtocolVersion = protocol::minVersion;
        bool hasRun = false;
        bool takesBeatsWithResults = false;
    };
    Application(transport::Context& context, EventLoop& loop, const transport::AgentAddress& agent, Identity identity);

    bool isWelcome() const { return welcomes.size() >= 2; }
    void sendData(const protocol::Message& message, protocol::BytesView payload = {});
    void openRun(const std::string& uid, const std::string& options, const std::string& dataRoot = {},
                 protocol::Precision precision = protocol::Precision::Fp32);
    void lease(std::uint64_t id, protocol::TransferMode mode, std::span<const protocol::LeaseItem> items);
    /// Commits all results so far, and each later one as it comes, where `on`.
    void commit(bool on);
    /// Drops and makes both connections anew, with hellos of the same process.
    void reconnect();

    template <typename Type>
    const Type* last() const
    {
        for (auto it = messages.rbegin(); it != messages.rend(); ++it) {
            if (const auto* typed = std::get_if<Type>(&*it))
                return typed;
        }
        return nullptr;
    }

    bool beating = true;
    std::vector<protocol::Welcome> welcomes;
    std::vector<protocol::Message> messages;               ///< all but beats and results
    std::map<std::uint32_t, protocol::ResultItem> results; ///< by item
    std::size_t resultsReceived = 0;                       ///< repeated ones too
    std::set<std::uint32_t> revoked;
    std::optional<protocol::AgentBeat> beat;
    std::size_t beatsByThemselves = 0, beatsWithResults = 0;
    std::optional<Error> down;
    /// Answers requests for models' and items' bytes.
    std::function<protocol::Bytes(const protocol::Message&)> supply;

private:
    using Connection = transport::AgentConnection;
    std::unique_ptr<Connection> connect(protocol::ConnectionRole role);
    void onMessage(protocol::Message message, protocol::BytesView payload);
    void onResults(Result<std::vector<protocol::ResultItem>> list);
    void supplyModel(const protocol::ModelRequest& request);

    transport::Context& m_context;
    EventLoop& m_loop;
    transport::AgentAddress m_agent;
    Identity m_identity;
    std::string m_runUid;
    bool m_commits = false;
    Subscription m_beatTimer;
    std::unique_ptr<Connection> m_control, m_data;
    std::shared_ptr<int> m_alive = std::make_shared<int>(); ///< what is posted may come after the end
};

} // namespace vitfleet::test
