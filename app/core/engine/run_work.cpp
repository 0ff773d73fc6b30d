// SPDX-License-Identifier: GPL-3.0-or-later
// Leases go out, results come in. What becomes of their rows is in run_rows.cpp.
#include "app/core/engine/run_controller.h"
#include "shared/base/limits.h"
#include "shared/base/log.h"

#include <algorithm>

namespace vitfleet::app {
namespace {

template <typename... Handlers>
struct Overloaded : Handlers...
{
    using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>; // clang 14 does not find it by itself

} // namespace

scheduler::Time RunController::now() const
{
    return std::chrono::duration_cast<scheduler::Time>(steadyNow().time_since_epoch());
}

void RunController::step(const scheduler::Event& event)
{
    for (const scheduler::Action& action : m_scheduler.step(event, now()))
        apply(action);
}

void RunController::apply(const scheduler::Action& action)
{
    std::visit(
        Overloaded{
            [this](const scheduler::SendLease& lease) { sendLease(lease); },
            [this](const scheduler::TakeBack& take) {
                m_fleet.link().send(take.node, Channel::Control,
                                    protocol::Revoke{m_run.uid, take.lease, take.maxItems});
            },
            [this](const scheduler::AcceptResult& accepted) {
                Node* node = m_fleet.find(accepted.node);
                if (!m_current || !node)
                    return;
                if (accepted.audit)
                    m_audit.keep(accepted.item, currentAnswer());
                addRow(rowOf(*node, *m_current, accepted.attempt), node, m_current->sequence);
            },
            [this](const scheduler::RejectResult& rejected) {
                if (!m_current)
                    return;
                m_refused.push_back(m_current->sequence);
                if (rejected.why == scheduler::RejectResult::Why::Foreign)
                    foreignResult(rejected.node);
            },
            [this](const scheduler::FailItem& failed) {
                ResultRow row;
                row.item = failed.item;
                row.error = failed.error;
                row.attempt = failed.attempt;
                // A result may have just decided it: that node may forget its own part once this row is durable.
                if (m_current && m_current->item == failed.item) {
                    row.note = m_current->note;
                    addRow(std::move(row), m_currentNode, m_current->sequence);
                } else {
                    addRow(std::move(row), nullptr, 0);
                }
            },
            [this](const scheduler::Redispatched& again) {
                if (again.count > 0)
                    emit(EventKind::ItemsRedispatched, m_fleet.find(again.from), {ErrorCode::None, {}}, again.count);
            },
            [this](const scheduler::SetAside& aside) {
                if (Node* node = m_fleet.find(aside.node)) {
                    node->setAside = aside.lastError;
                    if (node->up)
                        m_fleet.setThere(*node);
                    emit(EventKind::NodeSetAside, node, aside.lastError);
                }
            },
            [this](const scheduler::Restored& restored) {
                if (Node* node = m_fleet.find(restored.node)) {
                    node->setAside = {ErrorCode::None, {}};
                    if (node->up && node->state == NodeState::SetAside)
                        m_fleet.setThere(*node);
                    emit(EventKind::NodeRestored, node);
                }
            },
            [this](const scheduler::NodeSuspectedHung& hung) {
                if (Node* node = m_fleet.find(hung.node); node && node->up)
                    m_loop.post([this, id = hung.node, alive = std::weak_ptr(m_alive)] {
                        Node* late = alive.lock() ? m_fleet.find(id) : nullptr;
                        if (late && late->up)
                            m_fleet.drop(*late, {ErrorCode::LeaseTimeout, {}});
                    });
            },
            [this](const scheduler::CompareResult& compare) {
                m_refused.push_back(m_current->sequence);
                compareAnswer(compare.item);
            },
            [this](const scheduler::AuditEnded& ended) { auditEnded(ended); },
            [this](const scheduler::AllSettled&) { m_allSettled = true; },
        },
        action);
}

void RunController::sendLease(const scheduler::SendLease& lease)
{
    Node* node = m_fleet.find(lease.node);
    const auto giveBack = [this, &lease] {
        // Later: step() must not be entered from within itself.
        m_loop.post([this, node = lease.node, id = lease.lease, alive = std::weak_ptr(m_alive)] {
            if (alive.lock() && m_stage == Stage::Working)
                step(scheduler::LeaseNotSent{node, id});
        });
    };
    if (!node || !node->up || m_stage != Stage::Working)
        return giveBack();
    node->chunk = static_cast<std::uint32_t>(lease.items.size());
    if (node->mode == protocol::TransferMode::Paths) {
        std::vector<protocol::LeaseItem> items;
        items.reserve(lease.items.size());
        for (const ItemId item : lease.items)
            items.push_back(toLeaseItem(m_items->at(item)));
        sendParts(*node, lease.lease, protocol::TransferMode::Paths, encodeParts(items));
        return;
    }
    std::vector<ItemRecord> items;
    items.reserve(lease.items.size());
    for (const ItemId item : lease.items)
        items.push_back(m_items->at(item));
    ++m_reading[node->id];
    m_payloads->readLease(
        m_dataSet, std::move(items),
        [this, id = node->id, session = node->session, number = lease.lease](PayloadWorker::Lease read) {
            --m_reading[id];
            if (m_stage != Stage::Working)
                return;
            for (const auto& [item, error] : read.unreadable) {
                // Back to the queue, uncharged: it is not the node's disk. Another one may see the file itself.
                const auto giveBackItem = [this, id, number, item = item] {
                    step(scheduler::ItemsReturned{id, number, {item}});
                };
                if (!readLater(m_failedReads[item], error, giveBackItem))
                    settleHere(item, error);
            }
            Node* target = m_fleet.find(id);
            if (target && target->up && target->session == session && !read.parts.empty())
                sendParts(*target, number, protocol::TransferMode::Bytes, std::move(read.parts));
        });
}

void RunController::sendParts(Node& node, LeaseId lease, protocol::TransferMode mode,
                              std::vector<protocol::Bytes> parts)
{
    for (std::size_t i = 0; i < parts.size(); ++i) {
        protocol::LeasePart part;
        part.runUid = m_run.uid;
        part.lease = lease;
        part.mode = mode;
        part.part = static_cast<std::uint32_t>(i);
        part.last = i + 1 == parts.size();
        if (m_fleet.link().sendOwned(node.id, Channel::Data, part, std::move(parts[i])))
            continue;
        m_loop.post([this, id = node.id, lease, alive = std::weak_ptr(m_alive)] {
            if (alive.lock() && m_stage == Stage::Working)
                step(scheduler::LeaseNotSent{id, lease});
        });
        return;
    }
}

/// Whether what failed to be read here is tried again, which `again` then does: a disk or a network file system may
/// come back. What is wrong with the file itself stays so.
bool RunController::readLater(FailedReads& failed, const Error& error, std::function<void()> again)
{
    constexpr std::uint32_t mostReads = 5;
    constexpr auto firstPause = std::chrono::seconds(1); // doubled at each further one: 15 s, half of a lease's time
    if (info(error.code).kind != ErrorKind::Node)
        return false;
    // Several pieces of one file that fail at once are one failure.
    if (const auto at = steadyNow(); failed.againAt <= at) {
        if (++failed.count >= mostReads)
            return false;
        failed.againAt = at + firstPause * (1U << (failed.count - 1));
    }
    m_unread.push_back({failed.againAt, std::move(again)});
    return true;
}

void RunController::readAgain()
{
    // Not std::ranges::stable_partition: clang 14, which fuzzes, does not take libstdc++'s subrange.
    const auto late = std::stable_partition(m_unread.begin(), m_unread.end(),
                                            [at = steadyNow()](const Unread& each) { return each.againAt > at; });
    std::vector<Unread> due(std::make_move_iterator(late), std::make_move_iterator(m_unread.end()));
    m_unread.erase(late, m_unread.end()); // before the calls, which may add more
    for (const Unread& each : due)
        each.again();
}

/// An item that no node can do anything about: its row is made here.
void RunController::settleHere(ItemId item, const Error& error)
{
    if (m_scheduler.isSettled(item))
        return;
    ResultRow row;
    row.item = item;
    row.error = error;
    addRow(std::move(row), nullptr, 0);
    step(scheduler::ItemsSettled{{item}});
}

void RunController::onResults(Node& node, protocol::BytesView payload)
{
    auto results = protocol::decodeResults(payload);
    if (!results) {
        m_fleet.drop(node, results.error());
        return;
    }
    const auto steady = steadyNow();
    node.meter.add(results->size(), steady);
    if (!std::exchange(m_anyResult, true))
        m_firstResultAt = steady;
    m_refused.clear();
    m_moreRows = true;
    m_rows.reserve(results->size());
    for (protocol::ResultItem& result : *results)
        onResult(node, result);
    m_moreRows = false;
    storeRows();
    if (!m_refused.empty())
        acknowledgeRefused(node, std::exchange(m_refused, {}));
    endIfSettled();
    m_changed();
}

void RunController::onResult(Node& node, protocol::ResultItem& result)
{
    // No process on this run has ever given that lease.
    const bool neverGiven = result.lease < m_firstLease && result.lease < m_firstOfEarlier;
    if (neverGiven || result.item.value >= m_items->size() ||
        std::ranges::any_of(result.top, [this](const auto& top) { return top.label >= m_run.labels.size(); })) {
        foreignResult(node.id);
        m_refused.push_back(result.sequence);
        return;
    }
    if (PrecisionChoice::isCheck(result.lease)) {
        onCheckResult(node, result);
        return;
    }
    m_current = &result;
    m_currentNode = &node;
    if (result.lease < m_firstLease) {
        // From the outbox of before this process: the lease was another scheduler's.
        if (m_scheduler.isSettled(result.item)) {
            m_refused.push_back(result.sequence);
            ++m_run.duplicatesRefused;
        } else if (result.error == ErrorCode::None) {
            addRow(rowOf(node, result, 1), &node, result.sequence);
            step(scheduler::ItemsSettled{{result.item}});
        } else {
            m_refused.push_back(result.sequence); // An error is tried again: that costs little and needs no history.
        }
    } else {
        step(scheduler::ResultArrived{node.id, result.lease, result.item, {result.error, result.errorDetail}});
    }
    m_current = nullptr;
    m_currentNode = nullptr;
    if (m_compared)
        step(*std::exchange(m_compared, std::nullopt));
}

bool RunController::isReadingFor(NodeId id) const
{
    const auto reading = m_reading.find(id);
    return reading != m_reading.end() && reading->second > 0;
}

/// A picture that is still read here, or still on its way over a slow link, is nobody's silence.
void RunController::tellTransfers()
{
    for (const auto& [id, node] : m_fleet.nodes()) {
        if (!node->up || node->phase != RunPhase::Working)
            continue;
        bool isOnItsWay = isReadingFor(id);
        const std::size_t queued = m_fleet.link().queuedBytes(id);
        if (queued > 0 || m_queuedAtLastTick.contains(id))
            isOnItsWay |= std::exchange(m_queuedAtLastTick[id], queued) > queued;
        if (isOnItsWay)
            step(scheduler::NodeTransfer{id});
    }
}

/// Told at once, then once a second: whoever sends thousands must not fill the database with what is said of him.
void RunController::foreignResult(NodeId node)
{
    Foreign& foreign = m_foreign[node];
    ++foreign.untold;
    if (steadyNow() >= foreign.nextAt)
        tellForeign(node, foreign);
}

void RunController::tellForeign(NodeId node, Foreign& foreign)
{
    foreign.nextAt = steadyNow() + std::chrono::seconds(1);
    emit(EventKind::ForeignResult, m_fleet.find(node), {ErrorCode::ResultForeign, {}},
         std::exchange(foreign.untold, 0));
}

void RunController::tellForeign(bool all)
{
    for (auto& [node, foreign] : m_foreign)
        if (foreign.untold > 0 && (all || steadyNow() >= foreign.nextAt))
            tellForeign(node, foreign);
}

void RunController::onRevoked(Node& node, const protocol::Revoked& revoked, protocol::BytesView payload)
{
    auto items = protocol::decodeItems(payload);
    if (!items) {
        m_fleet.drop(node, items.error());
        return;
    }
    if (PrecisionChoice::isCheck(revoked.lease)) {
        if (m_precision && !items->empty())
            m_precision->givenBack(node);
        return;
    }
    scheduler::ItemsReturned returned{node.id, revoked.lease, {}};
    for (const protocol::LeaseItem& item : *items)
        returned.items.push_back(item.item);
    step(returned);
    m_changed();
}

} // namespace vitfleet::app
