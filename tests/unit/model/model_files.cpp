// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/model/model_files.h"

#include "tests/unit/model/hashed_model.h"

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace vitfleet::tests {

using nlohmann::json;

void writeFile(const std::filesystem::path& file, const std::string& bytes)
{
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush())
        throw std::runtime_error(file.string());
}

std::string safetensorsBytes(const std::string& header, const std::string& data)
{
    std::string bytes;
    for (int shift = 0; shift < 64; shift += 8)
        bytes += static_cast<char>((static_cast<std::uint64_t>(header.size()) >> shift) & 0xff);
    return bytes + header + data;
}

std::string safetensorsBytes(const std::map<std::string, FileTensor>& tensors)
{
    json header{{"__metadata__", {{"format", "pt"}}}};
    std::string data;
    for (const auto& [name, tensor] : tensors) {
        header[name] = {{"dtype", tensor.dtype},
                        {"shape", tensor.shape},
                        {"data_offsets", {data.size(), data.size() + tensor.bytes.size()}}};
        data += tensor.bytes;
    }
    return safetensorsBytes(header.dump(), data);
}

void ModelFiles::setLabels(std::size_t count)
{
    config["id2label"] = json::object();
    for (std::size_t i = 0; i < count; ++i)
        config["id2label"][std::to_string(i)] = std::string("n") + std::to_string(i);
}

void ModelFiles::writeTo(const std::filesystem::path& directory) const
{
    std::filesystem::create_directories(directory);
    writeFile(directory / "config.json", config.dump(2));
    writeFile(directory / "preprocessor_config.json", preprocessor.dump(2));
    writeFile(directory / "model.safetensors", safetensorsBytes(tensors));
}

void ModelFiles::writeShards(const std::filesystem::path& directory, std::size_t count) const
{
    writeTo(directory);
    std::filesystem::remove(directory / "model.safetensors");
    std::vector<std::map<std::string, FileTensor>> shards(count);
    json map = json::object();
    std::size_t next = 0;
    for (const auto& [name, tensor] : tensors) {
        const std::size_t shard = next++ % count;
        shards[shard][name] = tensor;
        map[name] = shardName(shard, count);
    }
    for (std::size_t shard = 0; shard < count; ++shard)
        writeFile(directory / shardName(shard, count), safetensorsBytes(shards[shard]));
    writeFile(directory / "model.safetensors.index.json",
              json{{"metadata", {{"total_size", 1}}}, {"weight_map", map}}.dump());
}

std::string shardName(std::size_t index, std::size_t count)
{
    char name[64];
    std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", index + 1, count);
    return name;
}

ModelFiles tinyFiles()
{
    const HashedModel model(tinyConfig());
    const VitConfig& config = model.spec().config;
    ModelFiles files;
    files.config = {{"architectures", {"ViTForImageClassification"}},
                    {"model_type", "vit"},
                    {"image_size", {config.imageHeight, config.imageWidth}},
                    {"patch_size", {config.patchHeight, config.patchWidth}},
                    {"hidden_size", config.hiddenSize},
                    {"num_hidden_layers", config.layers},
                    {"num_attention_heads", config.heads},
                    {"intermediate_size", config.intermediateSize},
                    {"layer_norm_eps", config.layerNormEps},
                    {"id2label", json::object()}};
    for (std::size_t i = 0; i < config.labels.size(); ++i)
        files.config["id2label"][std::to_string(i)] = config.labels[i];
    files.preprocessor = {{"image_processor_type", "ViTImageProcessor"},
                          {"size", {{"height", config.imageHeight}, {"width", config.imageWidth}}}};
    for (const auto& [name, tensor] : model.spec().tensors)
        files.tensors[name] = {"F32", tensor.shape, {reinterpret_cast<const char*>(tensor.data), tensor.bytes}};
    return files;
}

} // namespace vitfleet::tests
