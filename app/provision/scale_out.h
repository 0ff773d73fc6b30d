// SPDX-License-Identifier: GPL-3.0-or-later
// The fleets of all profiles: what app/core/scale_out.h promises.
#pragma once

#include "app/core/engine.h"
#include "app/core/scale_out.h"
#include "shared/transport/keys.h"

#include <filesystem>
#include <memory>

namespace vitfleet::app {

struct ScaleOutOptions
{
    Engine* engine = nullptr;     ///< outlives it
    UnitLedger* ledger = nullptr; ///< likewise; nullptr: nothing can be started
    transport::PublicKey applicationKey;
    std::filesystem::path profiles;     ///< the settings file
    std::filesystem::path requests;     ///< folder of counts that other processes ask for
    std::filesystem::path agentProgram; ///< of this machine; empty: as LocalProvisionerOptions
};

std::unique_ptr<ScaleOut> makeScaleOut(ScaleOutOptions options);

/// What the providers say of these units at this moment, beside a process that works with them; unknown where a
/// provider does not answer. Takes as long as they do.
std::vector<AllocationSnapshot> lookAt(const std::vector<Profile>& profiles, const std::vector<UnitRecord>& units);

/// Asks the process that has the database for another count. DbBusy where it does not take notice within `patience`.
Result<void> requestCount(const std::filesystem::path& folder, const std::string& profile, std::uint32_t nodes,
                          std::chrono::milliseconds patience);

} // namespace vitfleet::app
