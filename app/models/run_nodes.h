// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes of a profile that a run has brought up: given back when it does not start and when it has ended, as the command
// line does it. What was there before the run stays.
#pragma once

#include "app/models/fleet_source.h"

#include <string>

namespace vitfleet::app {

class ScaleOut;

class RunNodes : public QObject
{
    Q_OBJECT
public:
    /// `scaleOut` null: nothing is ever brought up.
    RunNodes(FleetSource& fleet, ScaleOut* scaleOut, QObject* parent = nullptr);

    /// How many of the profile's nodes are wanted at this moment. Any thread.
    static std::uint32_t wanted(const ScaleOut& scaleOut, const std::string& profile);

    /// Nodes were asked for; `before` is what was wanted without them.
    void broughtUp(const std::string& profile, std::uint32_t before);
    /// The run that they are for, and that it could not be started. `again`: it had ended before, and goes on; what is
    /// known of it at this moment may still be its old end.
    void started(RunId run, bool again);
    void notStarted();
    /// The nodes are there for this run already.
    bool has(RunId run) const { return run != RunId() && m_run == run && !m_profile.empty(); }
    /// While somebody may still want to go on with a run that he has stopped, its nodes stay.
    void setHeld(bool held);

private:
    bool isGoing() const;
    void look();
    void giveBack();

    FleetSource& m_fleet;
    ScaleOut* m_scaleOut;
    std::string m_profile; ///< empty: none
    std::uint32_t m_before = 0;
    RunId m_run;
    FleetSource::SnapshotPtr m_old; ///< tells nothing of the run
    bool m_held = false;
};

} // namespace vitfleet::app
