// SPDX-License-Identifier: GPL-3.0-or-later
// Writes model directories, whole or spoilt.
#pragma once

#include "agent/backends/api/model_spec.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace vitfleet::tests {

/// A tensor to be written.
struct FileTensor
{
    std::string dtype = "F32";
    std::vector<std::int64_t> shape;
    std::string bytes;
};

/// The three files of a model, to be changed before they are written.
struct ModelFiles
{
    nlohmann::json config;
    nlohmann::json preprocessor;
    std::map<std::string, FileTensor> tensors;

    /// Gives the outputs this many names: n0, n1 …
    void setLabels(std::size_t count);
    void writeTo(const std::filesystem::path& directory) const;
    /// The weights in that many files, dealt out in turn, with an index.
    void writeShards(const std::filesystem::path& directory, std::size_t count) const;
};

/// "model-00001-of-00002.safetensors" for 0 of 2.
std::string shardName(std::size_t index, std::size_t count);

/// A model that is read without complaint: what transformers would save for tests/unit/model/hashed_model's tiny one.
ModelFiles tinyFiles();

/// The bytes of a safetensors file with this header and these data, whatever they are.
std::string safetensorsBytes(const std::string& header, const std::string& data);
std::string safetensorsBytes(const std::map<std::string, FileTensor>& tensors);

void writeFile(const std::filesystem::path& file, const std::string& bytes);

} // namespace vitfleet::tests
