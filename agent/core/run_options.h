// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/model_spec.h"
#include "shared/base/result.h"
#include "shared/protocol/messages.h"

#include <string>

namespace vitfleet::agent {

inline constexpr const char* syntheticBackend = "synthetic";

/// What the core itself must know of a run's backend options.
struct RunOptions
{
    bool decode = true;  ///< `"decode": false`, synthetic only: items are read and checked, not decoded
    std::string backend; ///< what the backend is told
};

/// Options are the synthetic backend's alone: JSON, in which `"nodes": {"NAME": {…}}` replaces fields for the node of
/// that name, so that one run can have unequal nodes. Settings where they are no JSON object; Protocol for any other
/// backend.
Result<RunOptions> readRunOptions(const std::string& backend, const std::string& options, const std::string& nodeName);

/// What the synthetic backend classifies where a run brings no model: 28 × 28, ten labels "class 0" to "class 9".
ModelSpec syntheticModel();

} // namespace vitfleet::agent
