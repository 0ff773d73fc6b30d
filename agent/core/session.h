// SPDX-License-Identifier: GPL-3.0-or-later
// Whom the agent works for. The owner is a process: its key and the random number in its hellos. Pure: no sockets, the
// time is an argument.
#pragma once

#include "shared/base/result.h"
#include "shared/protocol/messages.h"
#include "shared/transport/keys.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace vitfleet::agent {

class Session
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Connection = std::uint64_t;

    /// How a hello was admitted, and so what becomes of the run.
    enum class Admission : std::uint8_t
    {
        Invalid = 0,
        SameOwner,   ///< the owner's first or next connection: everything stays
        NextProcess, ///< another process with the owner's key: run and outbox are its own once it opens the same run
        NewOwner,    ///< no owner before, or one with another key: nothing of that one's may be seen
    };

    /// What the agent holds for the owner's key: leases, or results that are not committed.
    enum class Keeping : std::uint8_t
    {
        Nothing = 0, ///< no run is open
        Run,         ///< one that is open, and has nothing of these
        Work,        ///< of the run that the owner has opened
        Unclaimed,   ///< of a run that a process before this owner had opened, and this one has not
    };

    /// Judges a hello of an admitted key. ProtocolVersion names both ends' versions, AgentBusy the owner's fingerprint.
    Result<Admission> hello(Connection connection, const transport::PublicKey& key, const protocol::Hello& hello,
                            TimePoint now, Keeping keeping);
    /// A message of the owner's arrived.
    void heard(TimePoint now);
    /// A connection is known to have ended.
    void gone(Connection connection);
    /// The owner's rights have ended: nobody owns the agent, and whoever comes next need not wait.
    void forgetOwner();

    bool hasOwner() const { return m_owner.has_value(); }
    /// True for a hello of this process, whatever its connection.
    bool isOwner(const transport::PublicKey& key, std::uint64_t processNonce) const;
    /// The owner has a connection and was heard within limits::ownerLostAfter.
    bool ownerIsAlive(TimePoint now) const;
    std::optional<protocol::ConnectionRole> roleOf(Connection connection) const;
    std::optional<Connection> control() const { return m_control; }
    std::optional<Connection> data() const { return m_data; }
    const transport::PublicKey* ownerKey() const { return m_owner ? &m_owner->key : nullptr; }

    /// The version that both ends speak; nothing where there is none.
    static std::optional<std::uint16_t> commonVersion(const protocol::Hello& hello);

private:
    struct Owner
    {
        transport::PublicKey key;
        std::uint64_t processNonce = 0;
    };

    bool beatsAreLate(TimePoint now) const;
    bool mayFollow(const transport::PublicKey& key, const protocol::Hello& hello, TimePoint now, Keeping keeping) const;

    std::optional<Owner> m_owner;
    std::optional<Connection> m_control, m_data;
    TimePoint m_heard{};
    TimePoint m_ownedSince{};
};

} // namespace vitfleet::agent
