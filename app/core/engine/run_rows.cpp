// SPDX-License-Identifier: GPL-3.0-or-later
// Rows on their way into the store, and acknowledgements once they are there.
#include "app/core/engine/run_controller.h"
#include "shared/protocol/precision_names.h"

#include <algorithm>

namespace vitfleet::app {

/// Takes its labels.
ResultRow RunController::rowOf(const Node& node, protocol::ResultItem& result, std::uint32_t attempt) const
{
    ResultRow row;
    row.item = result.item;
    row.error = {result.error, result.errorDetail};
    row.note = result.note;
    row.top = std::move(result.top);
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
    const auto owe = [this, &owed](Node* node, std::uint64_t incarnation) -> std::vector<std::uint64_t>* {
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
    const bool isBusy = m_stage == Stage::Working && node.takesWork() && m_scheduler.leasedItems(node.id) > 0;
    if (isBusy && node.durable.size() < manyRows && at - node.durableSince < mergedFor)
        return;
    acknowledge(node, node.durable);
    node.durable.clear(); // the buffer stays: the next ones come soon
}

/// A duplicate may come before the row that it is a duplicate of is durable. Rows are committed in order: after the
/// latest, all are.
void RunController::acknowledgeRefused(Node& node, std::vector<std::uint64_t> sequences)
{
    if (m_pending.empty())
        acknowledge(node, sequences);
    else
        m_pending.back().refused.push_back({node.id, node.welcome.incarnation, std::move(sequences)});
}

void RunController::acknowledge(Node& node, std::vector<std::uint64_t>& sequences)
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

} // namespace vitfleet::app
