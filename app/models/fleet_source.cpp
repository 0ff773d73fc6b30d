// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/fleet_source.h"

namespace vitfleet::app {

FleetSource::FleetSource(QObject* parent) : QObject(parent), m_snapshot(std::make_shared<FleetSnapshot>()) {}

void FleetSource::publish(SnapshotPtr snapshot, const std::vector<EventRecord>& events)
{
    if (!events.empty())
        Q_EMIT eventsAdded(events);
    if (!snapshot)
        return;
    m_snapshot = std::move(snapshot);
    Q_EMIT snapshotChanged(m_snapshot);
}

} // namespace vitfleet::app
