// SPDX-License-Identifier: GPL-3.0-or-later
#include "application.h"

#include "shared/base/limits.h"

#include <algorithm>

namespace vitfleet::test {

Application::Application(transport::Context& context, EventLoop& loop, const transport::AgentAddress& agent,
                         Identity identity)
    : m_context(context), m_loop(loop), m_agent(agent), m_identity(identity)
{
    m_control = connect(protocol::ConnectionRole::Control);
    m_data = connect(protocol::ConnectionRole::Data);
    m_beatTimer = m_loop.every(limits::beatInterval, [this] {
        if (beating && m_control->isUp())
            static_cast<void>(m_control->send(protocol::OwnerBeat{}));
    });
}

std::unique_ptr<Application::Connection> Application::connect(protocol::ConnectionRole role)
{
    auto& mine = role == protocol::ConnectionRole::Control ? m_control : m_data;
    transport::AgentConnection::Callbacks callbacks;
    callbacks.up = [this, role, &mine] {
        down.reset();
        protocol::Hello hello;
        hello.protocolVersion = m_identity.protocolVersion;
        hello.minProtocolVersion = m_identity.minProtocolVersion;
        hello.role = role;
        hello.processNonce = m_identity.processNonce;
        hello.software = "integration_agent";
        hello.hasRun = m_identity.hasRun;
        hello.takesBeatsWithResults = m_identity.takesBeatsWithResults;
        static_cast<void>(mine->send(hello));
    };
    callbacks.down = [this](const Error& error) { down = error; };
    callbacks.message = [this](protocol::Message message, protocol::BytesView payload) {
        onMessage(std::move(message), payload);
    };
    callbacks.badMessage = [this](const Error& error) { down = error; };
    return std::make_unique<Connection>(m_context, m_loop, m_agent.endpoint(), *m_agent.key, m_identity.keys,
                                        std::move(callbacks));
}

void Application::onMessage(protocol::Message message, protocol::BytesView payload)
{
    if (const auto* welcome = std::get_if<protocol::Welcome>(&message)) {
        welcomes.push_back(*welcome);
    } else if (const auto* said = std::get_if<protocol::AgentBeat>(&message)) {
        beat = *said;
        ++beatsByThemselves;
        return;
    } else if (const auto* some = std::get_if<protocol::Results>(&message)) {
        if (some->beat) {
            beat = *some->beat;
            ++beatsWithResults;
        }
        onResults(protocol::decodeResults(payload));
        return;
    } else if (std::holds_alternative<protocol::Revoked>(message)) {
        const auto items = protocol::decodeItems(payload);
        for (const auto& item : items.ok() ? *items : std::vector<protocol::LeaseItem>())
            revoked.insert(item.item.value);
    } else if (const auto* request = std::get_if<protocol::ModelRequest>(&message)) {
        supplyModel(*request);
    } else if (const auto* wanted = std::get_if<protocol::ItemRequest>(&message)) {
        sendData(protocol::ItemPiece{wanted->runUid, wanted->lease, wanted->item, wanted->offset}, supply(message));
    }
    messages.push_back(std::move(message));
}

void Application::onResults(Result<std::vector<protocol::ResultItem>> list)
{
    if (!list.ok() || list->empty())
        return;
    resultsReceived += list->size();
    const protocol::Committed::Range range{list->front().sequence, list->back().sequence};
    for (auto& result : *list)
        results[result.item.value] = std::move(result);
    if (m_commits)
        sendData(protocol::Committed{m_runUid, {range}});
}

void Application::supplyModel(const protocol::ModelRequest& request)
{
    const protocol::Bytes window = supply(request);
    for (std::size_t at = 0; at < window.size(); at += limits::maxPayloadBytes) {
        const auto piece = std::span(window).subspan(at, std::min(limits::maxPayloadBytes, window.size() - at));
        sendData(protocol::ModelPiece{request.runUid, request.file, request.offset + at}, piece);
    }
}

void Application::sendData(const protocol::Message& message, protocol::BytesView payload)
{
    if (m_data->send(message, payload) == transport::SendStatus::WouldBlock)
        m_loop.post(
            [this, message, copy = protocol::Bytes(payload.begin(), payload.end()), alive = std::weak_ptr(m_alive)] {
                if (alive.lock())
                    sendData(message, copy);
            });
}

void Application::openRun(const std::string& uid, const std::string& options, const std::string& dataRoot,
                          protocol::Precision precision)
{
    m_runUid = uid;
    protocol::OpenRun open;
    open.runUid = uid;
    open.backend = "synthetic";
    open.backendOptions = options;
    open.dataRoot = dataRoot;
    open.precision = precision;
    sendData(open);
}

void Application::lease(std::uint64_t id, protocol::TransferMode mode, std::span<const protocol::LeaseItem> items)
{
    protocol::LeasePart part;
    part.runUid = m_runUid;
    part.lease = LeaseId(id);
    part.mode = mode;
    for (; !items.empty(); ++part.part) {
        const auto encoded = protocol::encodeItems(items);
        items = items.subspan(encoded.count);
        part.last = items.empty();
        sendData(part, encoded.payload);
    }
}

void Application::commit(bool on)
{
    m_commits = on;
    if (results.empty())
        return;
    protocol::Committed committed{m_runUid, {}};
    for (const auto& [item, result] : results)
        committed.ranges.push_back({result.sequence, result.sequence});
    sendData(committed);
}

void Application::reconnect()
{
    welcomes.clear();
    m_control->reconnect();
    m_data->reconnect();
}

} // namespace vitfleet::test
