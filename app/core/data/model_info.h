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
    std::vector<protocol::ModelFile>
        files;          ///< config.json, preprocessor_config.json, model.safetensors; hashes are zero until hashFiles()
    std::string sha256; ///< hex; empty until hashFiles()
    std::uint32_t imageHeight = 0, imageWidth = 0, patchSize = 0, hiddenSize = 0, layers = 0;
    std::uint64_t bytes = 0;
};

/// Quick: ModelMissing, ModelConfig, ModelType, ModelLabels, ModelUntrusted.
Result<ModelInfo> readModelInfo(const std::filesystem::path& directory);
/// Hashes the files: 330 MB take about a third of a second to a second, so never in a window's or an engine's thread.
Result<void> hashFiles(ModelInfo& model);

} // namespace vitfleet::app
