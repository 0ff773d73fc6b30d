// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/backend.h"
#include "shared/base/result.h"

#include <filesystem>
#include <memory>
#include <string>

namespace vitfleet::agent {

/// Opens `folder`/vitfleet-backend-NAME.so and asks it for a backend. BackendMissing where there is no such module or
/// it is of another build; else what the module says. The module stays open: LibTorch cannot be unloaded.
Result<std::unique_ptr<Backend>> loadBackendModule(const std::filesystem::path& folder, const std::string& name,
                                                   const ModelSpec& model, const BackendSettings& settings);

/// Lower-case letters, digits and '-': the name comes from a peer and becomes part of a path.
bool isBackendName(const std::string& name);

} // namespace vitfleet::agent
