// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/courier.h"

#include "agent/core/settings.h"
#include "shared/base/log.h"

#include <algorithm>
#include <span>
#include <utility>

namespace vitfleet::agent {
namespace {

/// Facts for people, from libraries and files: clipped, and of characters that no reader can stumble over.
std::string plainText(std::string text)
{
    text.resize(std::min(text.size(), bounds::detailBytes));
    std::ranges::replace_if(
        text, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return text;
}

} // namespace

void Courier::send(protocol::Message message, protocol::Bytes payload)
{
    if (m_waiting.empty() && trySend(message, payload))
        return;
    if (m_waiting.size() >= bounds::waitingMessages) {
        log::warning("messages_dropped", {{"waiting", m_waiting.size()}});
        return;
    }
    m_waiting.push_back({std::move(message), std::move(payload)});
    flushAfter(bounds::retryInterval);
}

/// False where it has to be tried again; what can never be sent counts as done.
bool Courier::trySend(const protocol::Message& message, protocol::BytesView payload)
{
    const transport::SendStatus status = m_send(message, payload);
    if (status == transport::SendStatus::TooLarge)
        log::error("message_too_large", {{"type", message.index()}, {"payload", payload.size()}});
    return status != transport::SendStatus::WouldBlock;
}

void Courier::addResult(protocol::ResultItem result)
{
    result.errorDetail = plainText(std::move(result.errorDetail));
    result.note = plainText(std::move(result.note));
    m_outbox.add(std::move(result));
    if (m_outbox.unsentCount() >= bounds::resultsPerMessage)
        flush();
    else
        flushAfter(bounds::resultInterval);
}

void Courier::flush()
{
    m_timerSet = false;
    while (!m_waiting.empty()) {
        if (!trySend(m_waiting.front().message, m_waiting.front().payload)) {
            flushAfter(bounds::retryInterval);
            return;
        }
        m_waiting.pop_front();
    }
    if (!m_held && !flushResults())
        flushAfter(bounds::retryInterval);
}

/// False where it has to be tried again.
bool Courier::flushResults()
{
    while (m_outbox.unsentCount() > 0) {
        const auto results = m_outbox.unsent(bounds::resultsPerMessage);
        auto encoded = protocol::encodeResults(std::span(results));
        switch (m_send(protocol::Results{m_runUid}, encoded.payload)) {
        case transport::SendStatus::Sent:
            m_outbox.sent(results, encoded.count);
            break;
        case transport::SendStatus::WouldBlock:
            return false;
        default: // no connection: they stay, and go out once there is one
            return true;
        }
    }
    return true;
}

void Courier::flushAfter(EventLoop::Clock::duration delay)
{
    if (std::exchange(m_timerSet, true))
        return;
    m_timer = m_loop.after(delay, [this] { flush(); });
}

void Courier::beginRun(std::string runUid)
{
    m_runUid = std::move(runUid);
    m_outbox.clear();
    m_held = false;
}

void Courier::hold()
{
    m_held = true;
}

void Courier::resend()
{
    m_held = false;
    m_outbox.rewind();
    flush();
}

void Courier::reconnected()
{
    m_waiting.clear();
    if (!m_held)
        resend();
}

} // namespace vitfleet::agent
