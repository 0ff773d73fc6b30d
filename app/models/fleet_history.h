// SPDX-License-Identifier: GPL-3.0-or-later
// The last minutes of every node, one sample a second: for the inspector's curves, the timeline of a run and the lines
// of the chart. And the speeds that were measured, from which the number of nodes is advised.
#pragma once

#include "app/core/snapshot.h"

#include <QObject>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace vitfleet::app {

class FleetHistory : public QObject
{
    Q_OBJECT
public:
    static constexpr UnixMs keptMs = 120'000;
    static constexpr UnixMs sampleMs = 1'000;

    struct Sample
    {
        UnixMs at = 0;
        float imagesPerSecond = 0;
        float load = 0; ///< 0 … 1
        NodeState state = NodeState::Connecting;
        bool working = false;
    };
    struct Node
    {
        NodeId id;
        std::string name;
        std::deque<Sample> samples;           ///< oldest first
        std::map<std::string, float> fastest; ///< highest mean over five seconds, by the work (see workOf)
    };
    /// Of all nodes at one moment: what a band shows of many.
    struct Spread
    {
        UnixMs at = 0;
        float low = 0, median = 0, high = 0; ///< tenth, fiftieth and ninetieth percentile
    };

    explicit FleetHistory(QObject* parent = nullptr);

    void update(const FleetSnapshot& snapshot);
    const std::map<NodeId, Node>& nodes() const { return m_nodes; }
    const Node* node(NodeId id) const;
    const std::deque<Spread>& spread() const { return m_spread; }
    UnixMs newest() const { return m_at; }
    /// Working nodes whose speed is less than half of the median's, slowest first.
    std::vector<NodeId> outliers() const;
    /// What a speed is a speed of: a model, in a precision as it is asked for.
    static std::string workOf(const std::string& modelPath, const std::string& precision);
    /// Images a second of the nodes that were measured at this work, the fastest first. Empty while none has been.
    std::vector<double> speeds(const std::string& work) const;

Q_SIGNALS:
    void sampled();

private:
    void addSpread(const FleetSnapshot& snapshot);

    std::map<NodeId, Node> m_nodes;
    std::deque<Spread> m_spread;
    UnixMs m_at = 0;
};

} // namespace vitfleet::app
