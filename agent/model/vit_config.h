// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/model_spec.h"
#include "shared/base/result.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace vitfleet {

/// Reads config.json as ViTConfig, DeiTConfig, Dinov2Config, Dinov2WithRegistersConfig and PreTrainedConfig of
/// transformers do, defaults included. `name` is the file, for errors: ModelType, ModelConfig, ModelLabels. A single
/// output without problem_type "regression" is MultiLabel: the pipeline of transformers applies a sigmoid there.
Result<VitConfig> readVitConfig(const nlohmann::json& object, const std::string& name);

/// DINOv2 interpolates its positions to whatever size pictures have; the others insist on image_size.
bool takesAnyInputSize(const VitConfig& config);

/// For those: makes this the input's size. ModelConfig where transformers could not interpolate either.
Result<void> setInputSize(VitConfig& config, std::uint32_t height, std::uint32_t width, const std::string& name);

} // namespace vitfleet
