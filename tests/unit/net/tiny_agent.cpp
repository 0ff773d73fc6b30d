// SPDX-License-Identifier: GPL-3.0-or-later
#include "tiny_agent.h"

#include "shared/digest/digest.h"

namespace vitfleet::test {

using namespace protocol;
using transport::ConnectionId;

TinyAgent::TinyAgent(transport::Context& context, EventLoop& loop, const transport::KeyPair& keys,
                     std::vector<transport::PublicKey> admitted, std::uint16_t port)
    : m_key(keys.publicKey())
{
    welcome.name = "tiny";
    welcome.incarnation = digest::randomU64();
    auto made = transport::AgentSocket::listen(
        context, loop, "127.0.0.1", port, keys, std::move(admitted),
        {.message = [this](ConnectionId from, const transport::PublicKey&, Message message,
                           BytesView payload) { onMessage(from, std::move(message), payload); },
         .badMessage = {}});
    if (made)
        m_socket = *std::move(made);
}

std::string TinyAgent::addressLine() const
{
    return hostPort() + "/" + m_key.toBase32();
}

transport::SendStatus TinyAgent::sendControl(const Message& message, BytesView payload)
{
    return m_socket->send(m_control, message, payload);
}

transport::SendStatus TinyAgent::sendData(const Message& message, BytesView payload)
{
    return m_socket->send(m_data, message, payload);
}

void TinyAgent::onMessage(ConnectionId from, Message message, BytesView payload)
{
    payloadBytes += payload.size();
    if (const auto* hello = std::get_if<Hello>(&message))
        return onHello(from, *hello);
    if (std::holds_alternative<OwnerBeat>(message)) {
        ++beats;
        return;
    }
    (from == m_control ? control : data).push_back(std::move(message));
}

void TinyAgent::onHello(ConnectionId from, const Hello& hello)
{
    hellos.push_back(hello);
    (hello.role == ConnectionRole::Control ? m_control : m_data) = from;
    if (!answers)
        return;
    if (refusal != ErrorCode::None) {
        m_socket->send(from, Refused{refusal, "because"});
        return;
    }
    m_socket->send(from, welcome);
    if (nextIncarnation != 0)
        welcome.incarnation = nextIncarnation;
}

} // namespace vitfleet::test
