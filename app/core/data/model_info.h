// SPDX-License-Identifier: GPL-3.0-or-later
// What the application needs to know of a model directory: its files with their hashes, its labels and its shape. The
// agent checks the weights; here only config.json is read.
#pragma once

#include "shared/base/result.h"
#include "shared/protocol/messages.h"

#include <filesystem>
#include <string>
#include <vector>

namespace vitfleet::app {

struct ModelInfo
{
    std::filesystem::path directory; ///< absolute
    std::string name;
    std::string modelType;
    std::vector<std::string> labels;
    /// config.json, preprocessor_config.json, processor_config.json or both, and model.safetensors or
    /// model.safetensors.index.json with its shards; hashes are zero until hashFiles().
    std::vector<protocol::ModelFile> files;
    std::string sha256; ///< hex; empty until hashFiles()
    std::uint32_t imageHeight = 0, imageWidth = 0, patchHeight = 0, patchWidth = 0, hiddenSize = 0, layers = 0;
    std::uint64_t bytes = 0;
};

/// Quick: ModelMissing, ModelConfig, ModelType, ModelLabels, ModelWeights (the index of shards), ModelUntrusted,
/// ModelTooLarge.
Result<ModelInfo> readModelInfo(const std::filesystem::path& directory);
/// Hashes the files: 330 MB take about a third of a second to a second, so never in a window's or an engine's thread.
Result<void> hashFiles(ModelInfo& model);

} // namespace vitfleet::app
