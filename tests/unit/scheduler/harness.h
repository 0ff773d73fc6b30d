// SPDX-License-Identifier: GPL-3.0-or-later
// A scheduler with a clock that the test moves. Every step is followed by the invariants.
#pragma once

#include "app/core/scheduler/scheduler.h"

#include <QtTest>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app::scheduler {

using namespace std::chrono_literals;

inline constexpr Error labelled{ErrorCode::None, {}};

inline NodeId node(std::uint32_t number)
{
    return NodeId(number);
}

/// What follows from an event is plainer without second opinions; test_audit.cpp has those.
inline Policy unaudited()
{
    Policy policy;
    policy.auditShare = 0;
    return policy;
}

class Harness
{
public:
    explicit Harness(Policy policy = unaudited(), std::uint64_t firstLease = 1) : scheduler(policy, LeaseId(firstLease))
    {
    }

    Scheduler scheduler;
    Time now{0};
    std::vector<Action> last;      ///< of the last step
    std::vector<SendLease> leases; ///< all so far

    void step(const Event& event)
    {
        last = scheduler.step(event, now);
        if (const std::string wrong = scheduler.checkInvariants(); !wrong.empty())
            QTest::qFail(wrong.c_str(), __FILE__, __LINE__);
        for (const SendLease& lease : all<SendLease>())
            leases.push_back(lease);
    }
    void wait(Time time)
    {
        now += time;
        step(Tick{});
    }
    /// In ticks of 100 ms, gathering what they bring.
    void waitLong(Time time)
    {
        std::vector<Action> gathered;
        for (const Time end = now + time; now < end;) {
            wait(100ms);
            gathered.insert(gathered.end(), last.begin(), last.end());
        }
        last = std::move(gathered);
    }
    void find(std::uint32_t count, std::uint32_t first = 0)
    {
        step(ItemsFound{ItemId(first), count});
        step(ScanFinished{});
    }
    void ready(std::uint32_t number, double speed = 0) { step(NodeReady{node(number), speed}); }
    void answer(const SendLease& lease, std::uint32_t item, const Error& error = labelled)
    {
        step(ResultArrived{lease.node, lease.lease, ItemId(item), error});
    }
    void answerAll(const SendLease& lease, const Error& error = labelled)
    {
        for (const ItemId item : lease.items)
            answer(lease, item.value, error);
    }

    template <typename T>
    std::vector<T> all() const
    {
        std::vector<T> found;
        for (const Action& action : last)
            if (const T* match = std::get_if<T>(&action))
                found.push_back(*match);
        return found;
    }
    template <typename T>
    std::optional<T> one() const
    {
        const std::vector<T> found = all<T>();
        return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
    }
    template <typename T>
    bool has() const
    {
        return !all<T>().empty();
    }
    /// The first lease of the last step for this node.
    std::optional<SendLease> leaseFor(std::uint32_t number) const
    {
        for (const SendLease& lease : all<SendLease>())
            if (lease.node == node(number))
                return lease;
        return std::nullopt;
    }
    /// The latest lease with this item.
    SendLease leaseWith(std::uint32_t item) const
    {
        for (auto lease = leases.rbegin(); lease != leases.rend(); ++lease)
            if (std::ranges::find(lease->items, ItemId(item)) != lease->items.end())
                return *lease;
        return {};
    }
    bool wasRejected(RejectResult::Why why) const
    {
        const auto rejected = one<RejectResult>();
        return rejected && rejected->why == why && !has<AcceptResult>();
    }
};

/// One item a lease, one lease a node: what each rule does is plain to see.
inline Policy singles()
{
    Policy policy = unaudited();
    policy.credit = 1;
    policy.maxChunkItems = 1;
    return policy;
}

} // namespace vitfleet::app::scheduler
