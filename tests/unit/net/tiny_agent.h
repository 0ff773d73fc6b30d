// SPDX-License-Identifier: GPL-3.0-or-later
// The least that is an agent: real sockets, a welcome for each hello, and a memory of what it heard.
#pragma once

#include "shared/transport/transport.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace vitfleet::test {

struct TinyAgent
{
    TinyAgent(transport::Context& context, EventLoop& loop, const transport::KeyPair& keys,
              std::vector<transport::PublicKey> admitted, std::uint16_t port = 0);

    bool isListening() const { return m_socket != nullptr; }
    std::string hostPort() const { return "127.0.0.1:" + std::to_string(m_socket->port()); }
    std::string addressLine() const;
    transport::AgentSocket& socket() { return *m_socket; }
    transport::SendStatus sendControl(const protocol::Message& message, protocol::BytesView payload = {});
    transport::SendStatus sendData(const protocol::Message& message, protocol::BytesView payload = {});

    // How it answers a hello.
    bool answers = true;
    ErrorCode refusal = ErrorCode::None;
    protocol::Welcome welcome;
    std::uint64_t nextIncarnation = 0; ///< from the next welcome on; 0: stays

    // What it heard.
    std::vector<protocol::Hello> hellos;
    std::vector<protocol::Message> control, data; ///< but hellos and beats
    std::uint64_t beats = 0;
    std::size_t payloadBytes = 0;

private:
    void onMessage(transport::ConnectionId from, protocol::Message message, protocol::BytesView payload);
    void onHello(transport::ConnectionId from, const protocol::Hello& hello);

    transport::PublicKey m_key;
    std::unique_ptr<transport::AgentSocket> m_socket;
    transport::ConnectionId m_control = 0;
    transport::ConnectionId m_data = 0;
};

} // namespace vitfleet::test
