// SPDX-License-Identifier: GPL-3.0-or-later
// Which tensors a model has, by the names that transformers saves them with.
#pragma once

#include "agent/backends/api/model_spec.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitfleet {

struct ExpectedTensor
{
    std::string name;
    std::vector<std::int64_t> shape;
};

/// In no particular order. The classifier's rows are the number of labels.
std::vector<ExpectedTensor> expectedTensors(const VitConfig& config);

/// transformers 5 calls the modules otherwise in memory ("vit.layers.0.attention.q_proj.weight") than in the files that
/// it saves by default; a state dict saved as it is has those names. Turns them into the ones of the files; any other
/// name stays as it is.
std::string savedName(std::string_view name);

/// DINOv2's files hold the weights of gate and up one above the other as "mlp.weights_in"; rows are contiguous, so that
/// each half is a tensor of its own. Anything else stays whole.
std::vector<std::pair<std::string, TensorView>> splitTensor(std::string name, TensorView tensor);

} // namespace vitfleet
