// SPDX-License-Identifier: GPL-3.0-or-later
// Leases go out, results come in, rows are stored and acknowledged.
#include "app/core/engine/clock.h"
#include "app/core/engine/run_controller.h"
#include "shared/base/limits.h"
#include "shared/base/log.h"
#include "shared/protocol/precision_names.h"

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
    m_payloads->readLease(
        m_dataSet, std::move(items),
        [this, id = node->id, session = node->session, number = lease.lease](PayloadWorker::Lease read) {
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
    for (const protocol::ResultItem& result : *results)
        onResult(node, result);
    m_moreRows = false;
    storeRows();
    if (!m_refused.empty())
        acknowledgeRefused(node, std::exchange(m_refused, {}));
    endIfSettled();
    m_changed();
}

void RunController::onResult(Node& node, const protocol::ResultItem& result)
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

/// A picture that is still on its way over a slow link is nobody's silence.
void RunController::tellTransfers()
{
    for (const auto& [id, node] : m_fleet.nodes()) {
        if (!node->up || node->phase != RunPhase::Working)
            continue;
        const std::size_t queued = m_fleet.link().queuedBytes(id);
        if (queued == 0 && !m_queuedAtLastTick.contains(id))
            continue;
        std::size_t& before = m_queuedAtLastTick[id];
        if (std::exchange(before, queued) > queued)
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

ResultRow RunController::rowOf(const Node& node, const protocol::ResultItem& result, std::uint32_t attempt) const
{
    ResultRow row;
    row.item = result.item;
    row.error = {result.error, result.errorDetail};
    row.note = result.note;
    row.top = result.top;
    row.node = node.name;
    row.device = node.ready.device;
    row.backend = node.ready.backend;
    row.precision = protocol::precisionName(result.precision != protocol::Precision::Invalid ? result.precision
                                                                                             : node.ready.precision);
    row.synthetic = node.ready.synthetic;
    row.attempt = attempt;
    row.decodeMicros = result.decodeMicros;
    row.inferenceMicros = result.inferenceMicros;
    return row;
}

void RunController::addRow(ResultRow row, Node* node, std::uint64_t sequence)
{
    row.finishedAt = unixNow();
    Pending pending;
    pending.labelled = row.error.code == ErrorCode::None;
    if (pending.labelled && !row.top.empty()) {
        // Compared by name: two outputs may share one (ImageNet's cranes), and a reader of the CSV sees the names.
        if (const auto expected = m_items->expectedLabel(row.item))
            row.correct = pending.correct = m_run.labels[row.top.front().label] == m_run.labels[*expected];
    }
    if (node) {
        pending.node = node->id;
        pending.incarnation = node->welcome.incarnation;
        pending.sequence = sequence;
        ++node->awaitingCommit;
    }
    remember(row);
    m_pending.push_back(std::move(pending));
    ++m_nextToken;
    m_rows.push_back(std::move(row));
    if (!m_moreRows)
        storeRows();
}

/// Rows of one message go to the store together.
void RunController::storeRows()
{
    if (m_rows.empty())
        return;
    const std::uint64_t firstToken = m_nextToken - m_rows.size();
    m_store.writer().addResults(m_run.id, firstToken, std::exchange(m_rows, {}));
}

/// A few rows a second for people to look at: copying every one would cost more than anyone can see.
void RunController::remember(const ResultRow& row)
{
    constexpr std::size_t shown = 24;
    constexpr auto interval = std::chrono::milliseconds(150);
    const auto steady = steadyNow();
    if (steady - m_latestAt < interval && m_latest.size() >= shown)
        return;
    m_latestAt = steady;
    m_latest.push_front({m_items->at(row.item), row});
    if (m_latest.size() > shown)
        m_latest.pop_back();
}

void RunController::committed(const std::vector<std::uint64_t>& tokens)
{
    std::vector<NodeId> owed; // acknowledgements
    Node* last = nullptr;     // rows come as nodes send them: many of one node
    const auto nodeOf = [this, &last](NodeId id) {
        if (!last || last->id != id)
            last = m_fleet.find(id);
        return last;
    };
    const auto owe = [&owed](Node* node, std::uint64_t incarnation) -> std::vector<std::uint64_t>* {
        if (!node || !node->up || node->welcome.incarnation != incarnation)
            return nullptr;
        if (node->durable.empty())
            node->durableSince = steadyNow();
        if (owed.empty() || owed.back() != node->id)
            owed.push_back(node->id);
        return &node->durable;
    };
    for (const std::uint64_t token : tokens) {
        // Of an earlier run otherwise.
        if (m_pending.empty() || token != m_nextToken - m_pending.size())
            continue;
        const Pending row = std::move(m_pending.front());
        m_pending.pop_front();
        for (const auto& [id, incarnation, sequences] : row.refused) {
            if (auto* durable = owe(nodeOf(id), incarnation))
                durable->insert(durable->end(), sequences.begin(), sequences.end());
        }
        (row.labelled ? m_run.labelled : m_run.errors) += 1;
        if (row.correct)
            (*row.correct ? m_run.correct : m_run.incorrect) += 1;
        if (Node* node = nodeOf(row.node)) {
            (row.labelled ? node->labelled : node->errors) += 1;
            node->labelledEver += row.labelled;
            node->awaitingCommit -= std::min<std::uint64_t>(1, node->awaitingCommit);
            if (auto* durable = owe(node, row.incarnation))
                durable->push_back(row.sequence);
        }
    }
    for (const NodeId id : owed) {
        Node& node = *m_fleet.find(id);
        acknowledgeDurable(node, steadyNow());
        checkDrained(node);
    }
    endIfSettled();
    m_changed();
}

/// What is durable is acknowledged a little later where more will follow: a message for each COMMIT would cost a large
/// fleet as much as the results do. Until then the agent keeps what it could forget, and nothing else changes.
void RunController::acknowledgeDurable(Node& node, Node::Time at)
{
    constexpr std::size_t manyRows = 256;
    constexpr auto mergedFor = std::chrono::seconds(1);
    if (node.durable.empty())
        return;
    const bool isBusy = m_stage == Stage::Working && !node.draining && m_scheduler.node(node.id).leasedItems > 0;
    if (isBusy && node.durable.size() < manyRows && at - node.durableSince < mergedFor)
        return;
    acknowledge(node, std::exchange(node.durable, {}));
}

/// A duplicate may come before the row that it is a duplicate of is durable. Rows are committed in order: after the
/// latest, all are.
void RunController::acknowledgeRefused(Node& node, std::vector<std::uint64_t> sequences)
{
    if (m_pending.empty())
        acknowledge(node, std::move(sequences));
    else
        m_pending.back().refused.push_back({node.id, node.welcome.incarnation, std::move(sequences)});
}

void RunController::acknowledge(Node& node, std::vector<std::uint64_t> sequences)
{
    std::ranges::sort(sequences);
    protocol::Committed message;
    message.runUid = m_run.uid;
    constexpr std::size_t maxRanges = 1024; // well inside one envelope
    for (const std::uint64_t sequence : sequences) {
        if (!message.ranges.empty() && message.ranges.back().last + 1 >= sequence) {
            message.ranges.back().last = sequence;
            continue;
        }
        if (message.ranges.size() == maxRanges) {
            m_fleet.link().send(node.id, Channel::Data, message);
            message.ranges.clear();
        }
        message.ranges.push_back({sequence, sequence});
    }
    if (!message.ranges.empty())
        m_fleet.link().send(node.id, Channel::Data, message);
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
