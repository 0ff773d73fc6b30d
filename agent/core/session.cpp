// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/session.h"

#include "shared/base/limits.h"

#include <algorithm>
#include <string>

namespace vitfleet::agent {
namespace {

std::string versionRange(std::uint16_t newest, std::uint16_t oldest)
{
    return newest == oldest ? std::to_string(newest) : std::to_string(oldest) + " to " + std::to_string(newest);
}

bool isWork(Session::Keeping keeping)
{
    return keeping == Session::Keeping::Work || keeping == Session::Keeping::Unclaimed;
}

} // namespace

std::optional<std::uint16_t> Session::commonVersion(const protocol::Hello& hello)
{
    const std::uint16_t common = std::min(hello.protocolVersion, protocol::version);
    if (common < hello.minProtocolVersion || common < protocol::minVersion)
        return std::nullopt;
    return common;
}

Result<Session::Admission> Session::hello(Connection connection, const transport::PublicKey& key,
                                          const protocol::Hello& hello, TimePoint now, Keeping keeping)
{
    if (!commonVersion(hello)) {
        return Error{ErrorCode::ProtocolVersion,
                     "the application speaks " + versionRange(hello.protocolVersion, hello.minProtocolVersion) +
                         ", the agent " + versionRange(protocol::version, protocol::minVersion)};
    }

    Admission admission = Admission::SameOwner;
    if (!isOwner(key, hello.processNonce)) {
        if (m_owner && !mayFollow(key, hello, now, keeping)) {
            const char* more = isWork(keeping) && beatsAreLate(now) ? "; it is silent, and its work is kept for it"
                               : keeping == Keeping::Nothing        ? "; it has no run, and makes room for one"
                                                                    : "";
            return Error{ErrorCode::AgentBusy, "its owner's fingerprint is " + m_owner->key.fingerprint() + more};
        }
        admission = m_owner && m_owner->key == key ? Admission::NextProcess : Admission::NewOwner;
        m_owner = Owner{key, hello.processNonce};
        m_ownedSince = now;
        m_control.reset();
        m_data.reset();
    }
    gone(connection); // the same connection may say hello again in another role
    (hello.role == protocol::ConnectionRole::Control ? m_control : m_data) = connection;
    m_heard = now;
    return admission;
}

void Session::heard(TimePoint now)
{
    m_heard = std::max(m_heard, now);
}

void Session::gone(Connection connection)
{
    for (auto* mine : {&m_control, &m_data}) {
        if (*mine == connection)
            mine->reset();
    }
}

void Session::forgetOwner()
{
    m_owner.reset();
    m_control.reset();
    m_data.reset();
}

bool Session::isOwner(const transport::PublicKey& key, std::uint64_t processNonce) const
{
    return m_owner && m_owner->key == key && m_owner->processNonce == processNonce;
}

bool Session::beatsAreLate(TimePoint now) const
{
    return now - m_heard >= limits::ownerLostAfter;
}

bool Session::mayFollow(const transport::PublicKey& key, const protocol::Hello& hello, TimePoint now,
                        Keeping keeping) const
{
    const bool hadTime = now - m_ownedSince >= limits::ownerLostAfter; // to open a run
    // Who only looks on makes room for who has work. Two that both look on would do so for ever.
    if (keeping == Keeping::Nothing && hello.hasRun && hadTime)
        return true;
    if (m_owner->key != key) // it would end the run
        return !isWork(keeping) && beatsAreLate(now);
    // The same user's next process need not wait once the one before has let go of both connections. A stranger must:
    // the owner may only be reconnecting.
    if (beatsAreLate(now) || (!m_control && !m_data))
        return true;
    // A process that came while the run's own was cut off and does not ask for the run, a window say, is in its way.
    return keeping == Keeping::Unclaimed && hadTime;
}

bool Session::ownerIsAlive(TimePoint now) const
{
    return m_owner && (m_control || m_data) && !beatsAreLate(now);
}

std::optional<protocol::ConnectionRole> Session::roleOf(Connection connection) const
{
    if (m_control == connection)
        return protocol::ConnectionRole::Control;
    if (m_data == connection)
        return protocol::ConnectionRole::Data;
    return std::nullopt;
}

} // namespace vitfleet::agent
