// SPDX-License-Identifier: GPL-3.0-or-later
// Counts what nodes of profiles cost while a run goes, and keeps it with the run at its end: as an event, and as what
// lists of runs show. For the window; the command line counts its one run itself.
#pragma once

#include "app/core/engine.h"
#include "app/core/run_cost.h"
#include "app/core/scale_out.h"
#include "app/core/store.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace vitfleet::app {

class CostKeeper
{
public:
    /// All three must outlive it.
    CostKeeper(Engine& engine, ScaleOut& scaleOut, StoreWriter& writer);
    /// A run that still goes is kept as far as it has come.
    ~CostKeeper();

private:
    struct Held
    {
        Profile profile;
        RunCost cost;
    };
    void onSnapshot(const FleetSnapshot& snapshot);    ///< in the engine's thread
    void onScaleOut(const ScaleOutSnapshot& snapshot); ///< in a profile's
    void observe(const ScaleOutSnapshot& snapshot);
    void finish(std::uint64_t rows);

    Engine& m_engine;
    ScaleOut& m_scaleOut;
    StoreWriter& m_writer;
    std::mutex m_mutex; ///< guards the following
    std::optional<RunId> m_run;
    std::uint64_t m_rowsBefore = 0, m_rows = 0;
    std::map<std::string, Profile> m_profiles; ///< as they were when their nodes were first seen
    std::map<std::string, Held> m_held;
    std::optional<ScaleOutSnapshot> m_last;
    Subscription m_snapshots, m_allocations; ///< last: they end first
};

} // namespace vitfleet::app
