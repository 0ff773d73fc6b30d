// SPDX-License-Identifier: GPL-3.0-or-later
// A model's weights: one model.safetensors, or the shards that model.safetensors.index.json lists.
#pragma once

#include "agent/model/mapped_file.h"
#include "agent/model/safetensors.h"
#include "shared/base/result.h"

#include <filesystem>
#include <vector>

namespace vitfleet {

struct WeightFiles
{
    std::vector<MappedFile> files; ///< what the tensors point into
    TensorMap tensors;
    std::string name; ///< model.safetensors or the index, for errors
};

/// Whether there are any: ModelMissing, ModelUntrusted (a pickle or TorchScript and no safetensors).
Result<void> findWeights(const std::filesystem::path& directory);

/// ModelMissing, ModelTooLarge, ModelWeights: a damaged file, a shard outside of the directory, a tensor in two shards
/// or in another one than the index says.
Result<WeightFiles> openWeights(const std::filesystem::path& directory);

/// PyTorch's own formats, all of which run code from the file when it is loaded.
bool isUntrustedFormat(const std::filesystem::path& file);

} // namespace vitfleet
