// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/vit_config.h"

#include "agent/model/field_reader.h"
#include "agent/model/json_file.h"
#include "agent/model/model_limits.h"
#include "shared/base/limits.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <tuple>

namespace vitfleet {
namespace {

using nlohmann::json;

constexpr std::string_view supported = "supported: model_type vit with ViTForImageClassification";

/// ACT2FN of transformers; what it calls swish is silu.
struct NamedActivation
{
    std::string_view name;
    Activation activation;
};
constexpr std::array activations{
    NamedActivation{"gelu", Activation::Gelu},
    NamedActivation{"gelu_new", Activation::GeluNew},
    NamedActivation{"gelu_pytorch_tanh", Activation::GeluTanh},
    NamedActivation{"quick_gelu", Activation::QuickGelu},
    NamedActivation{"relu", Activation::Relu},
    NamedActivation{"silu", Activation::Silu},
    NamedActivation{"swish", Activation::Silu},
};

Result<void> checkType(FieldReader& reader, const std::string& name)
{
    const json* type = reader.find("model_type");
    if (type == nullptr || !type->is_string())
        return {ErrorCode::ModelType, name + ": no model_type; " + std::string(supported)};
    if (type->get_ref<const std::string&>() != "vit")
        return {ErrorCode::ModelType,
                name + ": model_type " + quoted(type->get<std::string>()) + "; " + std::string(supported)};
    const json* architectures = reader.find("architectures");
    if (architectures == nullptr)
        return {};
    if (!architectures->is_array())
        return {ErrorCode::ModelConfig, name + ": architectures is not a list"};
    std::string found;
    for (const json& architecture : *architectures) {
        if (architecture == "ViTForImageClassification")
            return {};
        if (found.empty() && architecture.is_string())
            found.append(" ").append(quoted(architecture.get<std::string>()));
    }
    return {ErrorCode::ModelType, name + ": architectures" + found + "; " + std::string(supported)};
}

Activation readActivation(FieldReader& reader)
{
    const std::string name = reader.text("hidden_act", "gelu");
    std::string known;
    for (const auto& candidate : activations) {
        if (candidate.name == name)
            return candidate.activation;
        known += (known.empty() ? "" : ", ") + std::string(candidate.name);
    }
    reader.fail("hidden_act " + quoted(name) + "; supported: " + known);
    return Activation::Invalid;
}

void checkGeometry(const VitConfig& config, FieldReader& reader)
{
    if (config.patchHeight > config.imageHeight || config.patchWidth > config.imageWidth)
        return reader.fail("patch_size is larger than image_size");
    if (tokenCount(config) > limits::maxTokens)
        return reader.fail(std::to_string(tokenCount(config)) + " tokens a picture, the limit is " +
                           std::to_string(limits::maxTokens));
    if (config.hiddenSize % config.heads != 0)
        return reader.fail("hidden_size " + std::to_string(config.hiddenSize) +
                           " is not a multiple of num_attention_heads " + std::to_string(config.heads));
    const auto headSize = config.hiddenSize / config.heads;
    if (reader.count("head_dim", headSize, 1, limits::maxHidden) != headSize)
        reader.fail("head_dim is not hidden_size / num_attention_heads");
}

std::optional<std::size_t> labelIndex(const std::string& key)
{
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error != std::errc() || end != key.data() + key.size() || std::to_string(index) != key)
        return std::nullopt;
    return index;
}

Result<std::vector<std::string>> readLabels(FieldReader& reader, const std::string& name)
{
    const json* names = reader.find("id2label");
    if (names == nullptr) {
        // What transformers does: LABEL_0, LABEL_1 … for num_labels outputs, two where that is missing too.
        std::vector<std::string> labels(reader.count("num_labels", 2, 1, limits::maxLabels));
        for (std::size_t i = 0; i < labels.size(); ++i)
            labels[i] = "LABEL_" + std::to_string(i);
        return labels;
    }
    if (!names->is_object() || names->empty())
        return {ErrorCode::ModelLabels, name + ": id2label has no names"};
    if (names->size() > limits::maxLabels)
        return {ErrorCode::ModelLabels, name + ": id2label has " + std::to_string(names->size()) +
                                            " names, the limit is " + std::to_string(limits::maxLabels)};
    std::vector<std::string> labels(names->size());
    for (const auto& [key, value] : names->items()) {
        const auto index = labelIndex(key);
        if (!index || *index >= labels.size())
            return {ErrorCode::ModelLabels, name + ": id2label has the key " + quoted(key) + " among " +
                                                std::to_string(labels.size()) + " names"};
        if (!value.is_string())
            return {ErrorCode::ModelLabels, name + ": the name of output " + key + " is not a string"};
        labels[*index] = value.get<std::string>();
        if (labels[*index].size() > limits::maxLabelBytes)
            return {ErrorCode::ModelLabels, name + ": the name of output " + key + " is longer than " +
                                                std::to_string(limits::maxLabelBytes) + " bytes"};
        if (labels[*index].find('\0') != std::string::npos)
            return {ErrorCode::ModelLabels, name + ": the name of output " + key + " contains NUL"};
    }
    return labels;
}

ProblemType readProblemType(FieldReader& reader, std::size_t labels)
{
    const std::string type = reader.text("problem_type", "");
    if (type == "regression")
        return ProblemType::Regression;
    if (type == "multi_label_classification")
        return ProblemType::MultiLabel;
    if (!type.empty() && type != "single_label_classification")
        reader.fail("problem_type " + quoted(type));
    return labels == 1 ? ProblemType::MultiLabel : ProblemType::SingleLabel;
}

} // namespace

std::uint32_t tokenCount(const VitConfig& config)
{
    return config.imageHeight / config.patchHeight * (config.imageWidth / config.patchWidth) + 1;
}

Result<VitConfig> readVitConfig(const json& object, const std::string& name)
{
    FieldReader reader(object, name);
    if (auto type = checkType(reader, name); !type)
        return type.error();

    VitConfig config;
    config.modelType = "vit";
    std::tie(config.imageHeight, config.imageWidth) = reader.side("image_size", 224, limits::maxModelSide);
    std::tie(config.patchHeight, config.patchWidth) = reader.side("patch_size", 16, limits::maxModelSide);
    // The decoder makes RGB, as the image processors of transformers do.
    config.channels = reader.count("num_channels", 3, 3, 3);
    config.hiddenSize = reader.count("hidden_size", 768, 1, limits::maxHidden);
    config.layers = reader.count("num_hidden_layers", 12, 1, limits::maxLayers);
    config.heads = reader.count("num_attention_heads", 12, 1, limits::maxHeads);
    config.intermediateSize = reader.count("intermediate_size", 3072, 1, limits::maxIntermediate);
    config.activation = readActivation(reader);
    config.layerNormEps = reader.number("layer_norm_eps", 1e-12, 0.0, limits::maxLayerNormEps);
    config.qkvBias = reader.flag("qkv_bias", true);
    if (!reader.failed())
        checkGeometry(config, reader);
    if (reader.failed())
        return {ErrorCode::ModelConfig, reader.problem()};

    auto labels = readLabels(reader, name);
    if (!labels)
        return labels.error();
    config.labels = *std::move(labels);
    config.problemType = readProblemType(reader, config.labels.size());
    if (reader.failed())
        return {ErrorCode::ModelConfig, reader.problem()};
    return config;
}

} // namespace vitfleet
