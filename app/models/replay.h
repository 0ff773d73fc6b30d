// SPDX-License-Identifier: GPL-3.0-or-later
// A run's fleet at any moment of it, from the samples and events that were stored: what the time scrubber shows.
#pragma once

#include "app/core/snapshot.h"

#include <map>
#include <string>
#include <vector>

namespace vitfleet::app {

class Replay
{
public:
    Replay() = default;
    Replay(std::vector<ThroughputSample> samples, std::vector<EventRecord> events,
           const std::vector<NodeRecord>& nodes);

    bool isEmpty() const { return m_total.empty(); }
    UnixMs begin() const;
    UnixMs end() const;
    /// The whole fleet's speed, oldest first.
    const std::vector<ThroughputSample>& total() const { return m_total; }
    const std::vector<EventRecord>& events() const { return m_events; }
    /// Nodes that had joined by then, with state and speed; those that are gone keep their reason.
    FleetSnapshot at(UnixMs moment) const;

private:
    std::vector<ThroughputSample> m_total;
    std::map<std::string, std::vector<ThroughputSample>> m_nodes;
    std::map<std::string, NodeRecord> m_records;
    std::vector<EventRecord> m_events;
    std::map<std::string, NodeId> m_ids; ///< the same at every moment
};

} // namespace vitfleet::app
