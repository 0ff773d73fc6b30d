// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/expected_tensors.h"

#include "agent/model/vit_config.h"

#include <array>
#include <utility>

namespace vitfleet {
namespace {

/// In a layer: what transformers 5 has in memory, and what is in files.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> renamedModules{{
    {"attention.q_proj.", "attention.attention.query."},
    {"attention.k_proj.", "attention.attention.key."},
    {"attention.v_proj.", "attention.attention.value."},
    {"attention.o_proj.", "attention.output.dense."},
    {"mlp.fc1.", "intermediate.dense."},
    {"mlp.fc2.", "output.dense."},
}};

} // namespace

std::vector<ExpectedTensor> expectedTensors(const VitConfig& config)
{
    const std::int64_t hidden = config.hiddenSize;
    const std::int64_t intermediate = config.intermediateSize;
    const auto labels = static_cast<std::int64_t>(config.labels.size());
    std::vector<ExpectedTensor> tensors{
        {"vit.embeddings.cls_token", {1, 1, hidden}},
        {"vit.embeddings.position_embeddings", {1, tokenCount(config), hidden}},
        {"vit.embeddings.patch_embeddings.projection.weight",
         {hidden, config.channels, config.patchHeight, config.patchWidth}},
        {"vit.embeddings.patch_embeddings.projection.bias", {hidden}},
        {"vit.layernorm.weight", {hidden}},
        {"vit.layernorm.bias", {hidden}},
        {"classifier.weight", {labels, hidden}},
        {"classifier.bias", {labels}},
    };
    for (std::uint32_t layer = 0; layer < config.layers; ++layer) {
        const std::string prefix = "vit.encoder.layer." + std::to_string(layer) + ".";
        const auto add = [&](const char* module, std::int64_t outputs, std::int64_t inputs, bool bias) {
            tensors.push_back({prefix + module + ".weight", {outputs, inputs}});
            if (bias)
                tensors.push_back({prefix + module + ".bias", {outputs}});
        };
        add("attention.attention.query", hidden, hidden, config.qkvBias);
        add("attention.attention.key", hidden, hidden, config.qkvBias);
        add("attention.attention.value", hidden, hidden, config.qkvBias);
        add("attention.output.dense", hidden, hidden, true);
        add("intermediate.dense", intermediate, hidden, true);
        add("output.dense", hidden, intermediate, true);
        for (const char* norm : {"layernorm_before", "layernorm_after"}) {
            tensors.push_back({prefix + norm + ".weight", {hidden}});
            tensors.push_back({prefix + norm + ".bias", {hidden}});
        }
    }
    return tensors;
}

std::string savedName(std::string_view name)
{
    constexpr std::string_view memory = "vit.layers.";
    constexpr std::string_view file = "vit.encoder.layer.";
    if (!name.starts_with(memory))
        return std::string(name);
    name.remove_prefix(memory.size());
    const auto dot = name.find('.');
    if (dot == std::string_view::npos)
        return std::string(memory) + std::string(name);
    const std::string layer = std::string(file) + std::string(name.substr(0, dot + 1));
    name.remove_prefix(dot + 1);
    for (const auto& [inMemory, inFile] : renamedModules) {
        if (name.starts_with(inMemory))
            return layer + std::string(inFile) + std::string(name.substr(inMemory.size()));
    }
    return layer + std::string(name);
}

} // namespace vitfleet
