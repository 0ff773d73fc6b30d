// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/expected_tensors.h"

#include <array>
#include <span>
#include <utility>

namespace vitfleet {
namespace {

struct Renamed
{
    std::string_view inMemory, inFile;
};

/// In a layer of a ViT or DeiT: what transformers 5 has in memory, and what is in files.
constexpr std::array<Renamed, 6> vitModules{{
    {"attention.q_proj.", "attention.attention.query."},
    {"attention.k_proj.", "attention.attention.key."},
    {"attention.v_proj.", "attention.attention.value."},
    {"attention.o_proj.", "attention.output.dense."},
    {"mlp.fc1.", "intermediate.dense."},
    {"mlp.fc2.", "output.dense."},
}};

/// The same for DINOv2; its gate and up stay apart here (splitTensor).
constexpr std::array<Renamed, 5> dinoModules{{
    {"attention.q_proj.", "attention.attention.query."},
    {"attention.k_proj.", "attention.attention.key."},
    {"attention.v_proj.", "attention.attention.value."},
    {"attention.o_proj.", "attention.output.dense."},
    {"mlp.weights_out.", "mlp.down_proj."},
}};

/// Tensors whose modules differ from family to family.
void addHead(const VitConfig& config, std::vector<ExpectedTensor>& tensors)
{
    const std::int64_t hidden = config.hiddenSize;
    const auto labels = static_cast<std::int64_t>(config.labels.size());
    if (config.head == Head::ClassAndDistillation) {
        for (const char* name : {"cls_classifier", "distillation_classifier"}) {
            tensors.push_back({std::string(name) + ".weight", {labels, hidden}});
            tensors.push_back({std::string(name) + ".bias", {labels}});
        }
        return;
    }
    tensors.push_back({"classifier.weight", {labels, config.head == Head::ClassAndPatchMean ? 2 * hidden : hidden}});
    tensors.push_back({"classifier.bias", {labels}});
}

void addLayer(const VitConfig& config, const std::string& prefix, std::vector<ExpectedTensor>& tensors)
{
    const std::int64_t hidden = config.hiddenSize;
    const std::int64_t intermediate = config.intermediateSize;
    const ModuleNames names = moduleNames(config);
    const auto add = [&](const char* module, std::int64_t outputs, std::int64_t inputs, bool bias) {
        tensors.push_back({prefix + module + ".weight", {outputs, inputs}});
        if (bias)
            tensors.push_back({prefix + module + ".bias", {outputs}});
    };
    add("attention.attention.query", hidden, hidden, config.qkvBias);
    add("attention.attention.key", hidden, hidden, config.qkvBias);
    add("attention.attention.value", hidden, hidden, config.qkvBias);
    add("attention.output.dense", hidden, hidden, true);
    if (names.gate != nullptr)
        add(names.gate, intermediate, hidden, true);
    add(names.up, intermediate, hidden, true);
    add(names.down, hidden, intermediate, true);
    for (const char* norm : {names.normBefore, names.normAfter}) {
        tensors.push_back({prefix + norm + ".weight", {hidden}});
        tensors.push_back({prefix + norm + ".bias", {hidden}});
    }
    if (config.layerScale) {
        for (const char* scale : {"layer_scale1", "layer_scale2"})
            tensors.push_back({prefix + scale + ".lambda1", {hidden}});
    }
}

std::string inLayer(std::string_view layer, std::string_view name, std::span<const Renamed> modules)
{
    for (const auto& [inMemory, inFile] : modules) {
        if (name.starts_with(inMemory))
            return std::string(layer).append(inFile).append(name.substr(inMemory.size()));
    }
    return std::string(layer).append(name);
}

} // namespace

std::vector<ExpectedTensor> expectedTensors(const VitConfig& config)
{
    const std::int64_t hidden = config.hiddenSize;
    const std::string prefix = moduleNames(config).prefix;
    const std::int64_t positions = (config.storedPositions != 0 ? config.storedPositions : patchCount(config)) + 1 +
                                   (config.distillationToken ? 1 : 0);
    std::vector<ExpectedTensor> tensors{
        {prefix + "embeddings.cls_token", {1, 1, hidden}},
        {prefix + "embeddings.position_embeddings", {1, positions, hidden}},
        {prefix + "embeddings.patch_embeddings.projection.weight",
         {hidden, config.channels, config.patchHeight, config.patchWidth}},
        {prefix + "embeddings.patch_embeddings.projection.bias", {hidden}},
        {prefix + "layernorm.weight", {hidden}},
        {prefix + "layernorm.bias", {hidden}},
    };
    if (config.distillationToken)
        tensors.push_back({prefix + "embeddings.distillation_token", {1, 1, hidden}});
    if (config.registerTokens > 0)
        tensors.push_back({prefix + "embeddings.register_tokens", {1, config.registerTokens, hidden}});
    addHead(config, tensors);
    for (std::uint32_t layer = 0; layer < config.layers; ++layer)
        addLayer(config, prefix + "encoder.layer." + std::to_string(layer) + ".", tensors);
    return tensors;
}

std::string savedName(std::string_view name)
{
    // "vit.layers.N." is "vit.encoder.layer.N." in files; DINOv2's layers are called alike in both.
    for (const std::string_view family : {"vit.", "deit.", "dinov2.", "dinov2_with_registers."}) {
        if (!name.starts_with(family))
            continue;
        const bool dino = family.starts_with("dinov2");
        const std::string_view layers = dino ? "encoder.layer." : "layers.";
        const auto rest = name.substr(family.size());
        const auto dot = rest.find('.', layers.size());
        if (!rest.starts_with(layers) || dot == std::string_view::npos)
            return std::string(name);
        const std::string layer =
            std::string(family) + "encoder.layer." + std::string(rest.substr(layers.size(), dot + 1 - layers.size()));
        return dino ? inLayer(layer, rest.substr(dot + 1), dinoModules)
                    : inLayer(layer, rest.substr(dot + 1), vitModules);
    }
    return std::string(name);
}

std::vector<std::pair<std::string, TensorView>> splitTensor(std::string name, TensorView tensor)
{
    constexpr std::string_view joint = ".mlp.weights_in.";
    const auto at = name.find(joint);
    if (at == std::string::npos || tensor.shape.empty() || tensor.shape.front() % 2 != 0)
        return {{std::move(name), std::move(tensor)}};
    tensor.shape.front() /= 2;
    tensor.bytes /= 2;
    TensorView second = tensor;
    if (second.data != nullptr)
        second.data += second.bytes;
    const std::string prefix = name.substr(0, at) + ".mlp.";
    const std::string kind = name.substr(at + joint.size());
    return {{prefix + "gate_proj." + kind, std::move(tensor)}, {prefix + "up_proj." + kind, std::move(second)}};
}

} // namespace vitfleet
