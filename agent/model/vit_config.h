// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/model_spec.h"
#include "shared/base/result.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace vitfleet {

/// Reads config.json as ViTConfig and PreTrainedConfig of transformers do, defaults included. `name` is the file, for
/// errors: ModelType, ModelConfig, ModelLabels. A single output without problem_type "regression" is MultiLabel: the
/// pipeline of transformers applies a sigmoid there.
Result<VitConfig> readVitConfig(const nlohmann::json& object, const std::string& name);

/// Patches and the class token.
std::uint32_t tokenCount(const VitConfig& config);

} // namespace vitfleet
