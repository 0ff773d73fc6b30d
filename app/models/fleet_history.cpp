// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/fleet_history.h"

#include <algorithm>

namespace vitfleet::app {
namespace {

float loadOf(const NodeSnapshot& node)
{
    return node.cores == 0 ? 0.0f : std::clamp(node.cpuPercent / 100.0f / static_cast<float>(node.cores), 0.0f, 1.0f);
}

bool isWorking(const NodeSnapshot& node)
{
    return (node.state == NodeState::Online || node.state == NodeState::Suspect || node.state == NodeState::Draining) &&
           (node.idle == IdleReason::None || node.leased > 0);
}

} // namespace

FleetHistory::FleetHistory(QObject* parent) : QObject(parent) {}

void FleetHistory::update(const FleetSnapshot& snapshot)
{
    if (snapshot.at - m_at < sampleMs && snapshot.at >= m_at)
        return;
    m_at = snapshot.at;
    // What is in the meters at the end of a run belongs to it; what follows is of the next.
    const bool isActive =
        snapshot.run && (snapshot.run->state == RunState::Created || snapshot.run->state == RunState::Running);
    const std::string work = isActive ? workOf(snapshot.run->modelPath, snapshot.run->precision) : std::string();
    for (const NodeSnapshot& node : snapshot.nodes) {
        Node& kept = m_nodes[node.id];
        kept.id = node.id;
        kept.name = node.name;
        kept.samples.push_back({snapshot.at, node.imagesPerSecond, loadOf(node), node.state, isWorking(node)});
        if (!work.empty()) {
            float& fastest = kept.fastest[work];
            fastest = std::max(fastest, node.imagesPerSecond);
        }
        while (kept.samples.front().at < snapshot.at - keptMs)
            kept.samples.pop_front();
    }
    std::erase_if(m_nodes, [&](const auto& entry) { return entry.second.samples.back().at < snapshot.at - keptMs; });
    addSpread(snapshot);
    Q_EMIT sampled();
}

void FleetHistory::addSpread(const FleetSnapshot& snapshot)
{
    std::vector<float> rates;
    for (const NodeSnapshot& node : snapshot.nodes) {
        if (isWorking(node))
            rates.push_back(node.imagesPerSecond);
    }
    if (!rates.empty()) {
        std::ranges::sort(rates);
        const auto at = [&rates](double share) {
            return rates[static_cast<std::size_t>(share * static_cast<double>(rates.size() - 1) + 0.5)];
        };
        m_spread.push_back({snapshot.at, at(0.1), at(0.5), at(0.9)});
    }
    while (!m_spread.empty() && m_spread.front().at < snapshot.at - keptMs)
        m_spread.pop_front();
}

const FleetHistory::Node* FleetHistory::node(NodeId id) const
{
    const auto found = m_nodes.find(id);
    return found == m_nodes.end() ? nullptr : &found->second;
}

std::vector<NodeId> FleetHistory::outliers() const
{
    std::vector<std::pair<float, NodeId>> slow;
    if (m_spread.empty())
        return {};
    const float limit = m_spread.back().median / 2;
    for (const auto& [id, node] : m_nodes) {
        const Sample& last = node.samples.back();
        if (last.at == m_at && last.working && last.imagesPerSecond < limit)
            slow.emplace_back(last.imagesPerSecond, id);
    }
    std::ranges::sort(slow);
    std::vector<NodeId> ids;
    for (const auto& [rate, id] : slow)
        ids.push_back(id);
    return ids;
}

std::string FleetHistory::workOf(const std::string& modelPath, const std::string& precision)
{
    return precision + ' ' + modelPath;
}

std::vector<double> FleetHistory::speeds(const std::string& work) const
{
    std::vector<double> speeds;
    for (const auto& [id, node] : m_nodes) {
        const auto measured = node.fastest.find(work);
        if (measured != node.fastest.end() && measured->second > 0)
            speeds.push_back(static_cast<double>(measured->second));
    }
    std::ranges::sort(speeds, std::greater<>());
    return speeds;
}

} // namespace vitfleet::app
