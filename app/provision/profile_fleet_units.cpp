// SPDX-License-Identifier: GPL-3.0-or-later
// What the provider says of each unit, and what the engine hears of it.
#include "app/provision/profile_fleet.h"

#include "shared/base/log.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace vitfleet::app {
namespace {

constexpr std::size_t mostEnded = 20; ///< that are told of

} // namespace

void ProfileFleet::poll()
{
    std::vector<Joined> joined;
    {
        const std::lock_guard lock(m_mutex);
        joined.swap(m_joined);
    }
    for (Joined& answer : joined) {
        const auto unit =
            std::ranges::find_if(m_units, [&](const Unit& each) { return each.record.key() == answer.key; });
        if (unit == m_units.end() || unit->address != answer.address) {
            if (answer.node)
                m_options.nodes.remove(*answer.node);
        } else if (answer.node) {
            unit->node = *answer.node;
            unit->hasNode = true;
            unit->isOfNoUse = false;
            unit->seen = false;
            unit->joinedAt = Clock::now();
            if (!unit->leaving)
                setState(*unit, UnitState::Running, unit->reason);
            else
                m_options.nodes.remove(unit->node);
        } else {
            unit->address.clear();
            refuse(*unit, answer.node.error());
        }
    }
    if (m_failures == 0)
        m_trouble = {ErrorCode::None, {}};
    std::vector<UnitRecord> records;
    for (const Unit& unit : m_units)
        records.push_back(unit.record);
    if (records.empty())
        return;
    m_provider->tend();
    auto statuses = m_provider->status(records);
    if (!statuses) {
        m_trouble = statuses.error();
        return;
    }
    for (Unit& unit : m_units) {
        const auto status = statuses->find(unit.record.key());
        if (status != statuses->end() && unit.state != UnitState::Ended)
            apply(unit, status->second);
    }
}

void ProfileFleet::apply(Unit& unit, const UnitStatus& status)
{
    using Phase = UnitStatus::Phase;
    if (!status.providerId.empty() && status.providerId != unit.record.providerId) {
        unit.record.providerId = status.providerId;
        unit.lookUntil = {};
        unit.stoppedAt = {}; // that was for one that was not there yet
        if (auto stored = m_options.ledger->putUnits({unit.record}); !stored)
            m_trouble = stored.error();
    }
    // Removed by hand from the fleet: then it is not wanted any more either.
    const bool isThere = unit.hasNode && m_options.nodes.isThere(unit.node);
    unit.seen = unit.seen || isThere;
    unit.found = unit.found && status.phase == Phase::Gone;
    if (isThere && !unit.ran)
        judge(unit);
    if (unit.hasNode && unit.seen && !unit.leaving && !isThere) {
        unit.hasNode = false;
        if (!m_provider->endsFromTheTail())
            letGo(unit);
        unit.address.clear();
        const std::lock_guard lock(m_mutex);
        m_target -= std::min<std::uint32_t>(m_target, 1);
    }
    switch (status.phase) {
    case Phase::Gone:
        if (Clock::now() >= unit.lookUntil)
            end(unit, status);
        return;
    case Phase::Pending:
        // A job that goes back to the queue comes again as a new agent, with a new key.
        if (!unit.address.empty()) {
            unit.gone = unit.address;
            leaveEngine(unit, "it was put back into the queue");
        }
        if (!unit.leaving)
            setState(unit, UnitState::Pending, status.reason);
        return;
    case Phase::Running:
        if (unit.leaving)
            return;
        if (status.failure.code != ErrorCode::None) {
            refuse(unit, status.failure);
        } else if (status.reply && status.reply->address.line() != unit.gone) {
            unit.reason = status.reason;
            join(unit, *status.reply);
        } else {
            setState(unit, UnitState::Starting, status.reason);
        }
        return;
    default:
        if (!status.reason.empty() && !unit.leaving)
            unit.reason = status.reason;
    }
}

/// Whether a node was of use. Not as soon as it has answered: an agent that dies while it loads the model would be
/// started again for ever. One that cannot be reached, or refuses us, costs and does nothing.
void ProfileFleet::judge(Unit& unit)
{
    const bool isSettled = Clock::now() - unit.joinedAt > m_options.settledAfter;
    const bool hasWorked = m_options.nodes.hasWorked(unit.node);
    if (!isSettled && !hasWorked)
        return;
    if (const Error trouble = m_options.nodes.trouble(unit.node); !hasWorked && trouble.code != ErrorCode::None) {
        if (!unit.leaving)
            refuse(unit, trouble);
        return;
    }
    unit.ran = true;
    unit.isOfNoUse = false;
    m_failures = 0;
    if (!unit.leaving)
        setState(unit, UnitState::Running, unit.reason);
}

void ProfileFleet::join(Unit& unit, const launch::Reply& reply)
{
    const std::string address = reply.address.line();
    if (unit.address == address)
        return;
    if (!unit.address.empty())
        leaveEngine(unit, "it has started anew");
    auto reached = m_provider->reach(unit.record, reply);
    if (!reached) {
        m_trouble = reached.error();
        return;
    }
    unit.address = address;
    LaunchedNode node;
    node.name = m_options.profile.name + "-" + unit.record.providerId;
    node.addressLine = *reached;
    node.provider = name(m_options.profile.provider);
    node.providerId = unit.record.providerId;
    node.paths = m_options.profile.paths;
    unit.nodeName = node.name;
    setState(unit, UnitState::Starting, unit.reason);
    m_options.nodes.add(std::move(node), [this, key = unit.record.key(), address](Result<NodeId> added) {
        {
            const std::lock_guard lock(m_mutex);
            m_joined.push_back({key, address, std::move(added)});
        }
        m_wake.notify_all();
    });
}

void ProfileFleet::leaveEngine(Unit& unit, const std::string& why)
{
    if (unit.hasNode) {
        m_options.nodes.ended(unit.node, {ErrorCode::NodeEnded, unit.record.providerId + ": " + why});
        m_options.nodes.remove(unit.node);
    }
    m_provider->leave(unit.record);
    unit.hasNode = false;
    unit.address.clear();
}

/// It is to be given back. Should this process end before it is, the next one finishes that: it is kept no longer.
void ProfileFleet::letGo(Unit& unit)
{
    unit.leaving = true;
    if (!std::exchange(unit.record.keep, false))
        return;
    if (auto stored = m_options.ledger->putUnits({unit.record}); !stored)
        m_trouble = stored.error();
}

/// Trying again would be of no use.
bool ProfileFleet::isFinal(ErrorCode code)
{
    switch (code) {
    case ErrorCode::ProviderMissing:
    case ErrorCode::ProviderDenied:
    case ErrorCode::NodeSystem:
    case ErrorCode::HostName:
    case ErrorCode::SlurmField:
    case ErrorCode::TooManyNodes:
        return true;
    default:
        return false;
    }
}

/// Nothing can be done with it, and it costs: another one may do.
void ProfileFleet::refuse(Unit& unit, const Error& error)
{
    const Error named{error.code, unit.record.providerId + ": " + error.detail};
    if (!m_provider->endsFromTheTail()) {
        letGo(unit);
        failed(named, isFinal(error.code));
        return;
    }
    // Ending it would end those behind it, which may work; its provider starts it again by itself.
    setState(unit, UnitState::Starting, error.detail);
    const bool isCounted = unit.isOfNoUse && (m_failures >= maxFailures || Clock::now() < m_retryAt);
    unit.isOfNoUse = true;
    if (!isCounted)
        failed(named, isFinal(error.code));
}

/// Those at the end of their allocation that are of no use, with none behind them that is.
void ProfileFleet::letGoOfTails()
{
    std::map<std::string, std::vector<Unit*>> allocations;
    for (Unit& unit : m_units) {
        if (!unit.leaving && unit.state != UnitState::Ended)
            allocations[unit.record.allocation].push_back(&unit);
    }
    for (auto& [allocation, units] : allocations) {
        std::ranges::sort(units, std::greater(), [](const Unit* unit) { return unit->record.index; });
        for (Unit* unit : units) {
            if (!unit->isOfNoUse)
                break;
            letGo(*unit);
        }
    }
}

void ProfileFleet::end(Unit& unit, const UnitStatus& status)
{
    if (unit.hasNode)
        m_options.nodes.ended(unit.node, {ErrorCode::NodeEnded, unit.record.providerId + ": " + status.reason});
    m_provider->leave(unit.record);
    setState(unit, UnitState::Ended, status.reason);
    if (unit.leaving)
        return;
    m_ended.insert(m_ended.begin(),
                   UnitSnapshot{unit.record, UnitState::Ended, unit.reason, unit.since, NodeId(), unit.nodeName});
    m_ended.resize(std::min(m_ended.size(), mostEnded));
    note(m_options.profile.name + ": " + unit.record.providerId + " has ended: " + status.reason + ".",
         {ErrorCode::NodeEnded, status.reason}, unit.nodeName);
    if (status.byHand) {
        // A person wanted one node less.
        const std::lock_guard lock(m_mutex);
        m_target -= std::min<std::uint32_t>(m_target, 1);
    } else if (unit.found) {
        // It ended while nobody looked. Whoever asks for a count gets another one; what was kept is what is left.
        const std::lock_guard lock(m_mutex);
        m_target -= std::min<std::uint32_t>(m_target, m_isSettled ? 1 : 0);
    } else if (!unit.ran && !unit.record.providerId.empty()) { // without a number it never began, and that was said
        failed({ErrorCode::NodeEnded, unit.record.providerId + ": " + status.reason}, false);
    }
}

void ProfileFleet::removeEnded()
{
    std::vector<UnitRecord> ended;
    for (const Unit& unit : m_units) {
        if (unit.state == UnitState::Ended)
            ended.push_back(unit.record);
    }
    if (ended.empty() && m_rests.empty())
        return;
    std::erase_if(m_units, [](const Unit& unit) { return unit.state == UnitState::Ended; });
    m_rests.insert(m_rests.end(), ended.begin(), ended.end());
    std::vector<UnitRecord> clean;
    std::erase_if(m_rests, [&](const UnitRecord& record) {
        const bool inUse =
            std::ranges::any_of(m_units, [&](const Unit& unit) { return unit.record.allocation == record.allocation; });
        if (!inUse)
            clean.push_back(record);
        return !inUse;
    });
    std::map<std::string, std::vector<UnitRecord>> allocations;
    for (const UnitRecord& record : clean)
        allocations[record.allocation].push_back(record);
    for (const auto& [allocation, records] : allocations) {
        if (auto cleaned = m_provider->cleanUp(records); !cleaned)
            log::warning("launch_folder_stays", {{"error", describe(cleaned.error())}});
    }
    if (auto removed = m_options.ledger->removeUnits(ended); !removed)
        m_trouble = removed.error();
}

} // namespace vitfleet::app
