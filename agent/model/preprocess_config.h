// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/model_spec.h"
#include "shared/base/result.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

namespace vitfleet {

/// Reads preprocessor_config.json as the processors for ViT, DeiT, BEiT and BiT (which DINOv2 has) of transformers do,
/// whichever it names or `config`'s family has: a field that is missing or null has the
/// class's default, fields that only say how data travel are passed over, a field that is not honoured here is refused
/// unless it is false or null. What comes out must be of the model's size, or of
/// one size where the model takes any. `name` is the file. ModelPreprocessor.
Result<Preprocess> readPreprocess(const nlohmann::json& object, const std::string& name, const VitConfig& config);

/// Height and width of what comes out.
std::pair<std::uint32_t, std::uint32_t> outputSize(const Preprocess& preprocess);

} // namespace vitfleet
