// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/vit_config.h"

#include "agent/model/field_reader.h"
#include "agent/model/json_file.h"
#include "agent/model/model_limits.h"
#include "shared/base/limits.h"
#include "shared/base/model_families.h"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <tuple>

namespace vitfleet {
namespace {

using nlohmann::json;

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

/// The architecture that counts: the first one that is read, as AutoModelForImageClassification chooses.
Result<std::string_view> readArchitecture(FieldReader& reader, const std::string& name, VitConfig& config)
{
    const json* type = reader.find("model_type");
    if (type == nullptr || !type->is_string())
        return {ErrorCode::ModelType, name + ": no model_type; " + supportedModels()};
    config.modelType = type->get<std::string>();
    const ModelFamily* family = findModelFamily(config.modelType);
    if (family == nullptr)
        return {ErrorCode::ModelType,
                name + ": model_type " + vitfleet::quoted(config.modelType) + "; " + supportedModels()};
    const json* architectures = reader.find("architectures");
    if (architectures == nullptr)
        return family->architectures.front();
    if (!architectures->is_array())
        return {ErrorCode::ModelConfig, name + ": architectures is not a list"};
    std::string found;
    for (const json& architecture : *architectures) {
        for (const auto known : family->architectures) {
            if (architecture == known)
                return known;
        }
        if (found.empty() && architecture.is_string())
            found.append(" ").append(quoted(architecture.get<std::string>()));
    }
    return {ErrorCode::ModelType,
            name + ": model_type " + config.modelType + ", architectures" + found + "; " + supportedModels()};
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

/// What Dinov2Config and Dinov2WithRegistersConfig have otherwise. The MLP's width is a multiple of hidden_size, which
/// SwiGLU takes two thirds of, rounded up to a multiple of 8.
void readDino(VitConfig& config, FieldReader& reader)
{
    config.layerScale = true;
    config.head = Head::ClassAndPatchMean;
    if (config.modelType == "dinov2_with_registers") {
        config.registerTokens = reader.count("num_register_tokens", 4, 0, limits::maxRegisterTokens);
        config.antialiasPositions = true;
    }
    const double width = std::floor(config.hiddenSize * reader.number("mlp_ratio", 4.0, 0.0, limits::maxIntermediate));
    config.swiGlu = reader.flag("use_swiglu_ffn", false);
    config.activation = config.swiGlu ? Activation::Silu : readActivation(reader);
    if (width < 1 || width > limits::maxIntermediate)
        return reader.fail("hidden_size times mlp_ratio is not within 1 to " + std::to_string(limits::maxIntermediate));
    config.intermediateSize = static_cast<std::uint32_t>(width);
    if (config.swiGlu)
        config.intermediateSize = (static_cast<std::uint32_t>(width * 2 / 3) + 7) / 8 * 8;
    if (config.intermediateSize == 0)
        reader.fail("mlp_ratio leaves the MLP no width");
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

Result<VitConfig> readVitConfig(const json& object, const std::string& name)
{
    FieldReader reader(object, name);
    VitConfig config;
    const auto architecture = readArchitecture(reader, name, config);
    if (!architecture)
        return architecture.error();

    const bool dino = config.modelType.starts_with("dinov2");
    std::tie(config.imageHeight, config.imageWidth) = reader.side("image_size", 224, limits::maxModelSide);
    std::tie(config.patchHeight, config.patchWidth) =
        reader.side("patch_size", config.modelType == "dinov2" ? 14 : 16, limits::maxModelSide);
    // The decoder makes RGB, as the image processors of transformers do.
    config.channels = reader.count("num_channels", 3, 3, 3);
    config.hiddenSize = reader.count("hidden_size", 768, 1, limits::maxHidden);
    config.layers = reader.count("num_hidden_layers", 12, 1, limits::maxLayers);
    config.heads = reader.count("num_attention_heads", 12, 1, limits::maxHeads);
    config.layerNormEps = reader.number("layer_norm_eps", dino ? 1e-6 : 1e-12, 0.0, limits::maxLayerNormEps);
    config.qkvBias = reader.flag("qkv_bias", true);
    if (dino) {
        readDino(config, reader);
    } else {
        config.intermediateSize = reader.count("intermediate_size", 3072, 1, limits::maxIntermediate);
        config.activation = readActivation(reader);
        config.distillationToken = config.modelType == "deit";
        if (*architecture == families::deit[1])
            config.head = Head::ClassAndDistillation;
    }
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

bool takesAnyInputSize(const VitConfig& config)
{
    return config.modelType.starts_with("dinov2");
}

Result<void> setInputSize(VitConfig& config, std::uint32_t height, std::uint32_t width, const std::string& name)
{
    const std::uint32_t stored = patchCount(config);
    config.imageHeight = height;
    config.imageWidth = width;
    if (config.patchHeight > height || config.patchWidth > width)
        return {ErrorCode::ModelConfig, name + ": patch_size is larger than the pictures that preprocessing makes"};
    if (tokenCount(config) > limits::maxTokens)
        return {ErrorCode::ModelConfig, name + ": " + std::to_string(tokenCount(config)) +
                                            " tokens a picture, the limit is " + std::to_string(limits::maxTokens)};
    if (patchCount(config) == stored && height == width)
        return {};
    const auto side = static_cast<std::uint32_t>(std::sqrt(static_cast<double>(stored)));
    if (side * side != stored)
        return {ErrorCode::ModelConfig, name + ": positions of " + std::to_string(stored) +
                                            " patches, which are no square, cannot be interpolated to " +
                                            std::to_string(height) + " by " + std::to_string(width) + " pixels"};
    config.storedPositions = stored;
    return {};
}

} // namespace vitfleet
