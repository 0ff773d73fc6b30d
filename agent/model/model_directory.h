// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a Hugging Face model directory: config.json, preprocessor_config.json, model.safetensors or the shards of
// model.safetensors.index.json. Nothing that could run code is ever opened.
#pragma once

#include "agent/backends/api/model_spec.h"
#include "agent/model/mapped_file.h"
#include "shared/base/result.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace vitfleet {

/// A model whose weights are mapped read-only for as long as this lives.
class ModelDirectory
{
public:
    /// Reads and checks everything (promises.md, "Models"): ModelMissing, ModelConfig, ModelType, ModelPreprocessor,
    /// ModelWeights, ModelShape, ModelNan, ModelLabels, ModelUntrusted (a pickle or TorchScript and no safetensors),
    /// ModelTooLarge.
    static Result<std::unique_ptr<ModelDirectory>> open(const std::filesystem::path& directory);
    ~ModelDirectory();

    const ModelSpec& spec() const { return m_spec; }

private:
    ModelDirectory() = default;
    ModelSpec m_spec;
    std::vector<MappedFile> m_mappings;
};

} // namespace vitfleet
