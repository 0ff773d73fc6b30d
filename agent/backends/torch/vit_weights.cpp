// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/vit_weights.h"

#include "agent/backends/torch/device.h"

#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <algorithm>
#include <atomic>
#include <c10/core/InferenceMode.h>
#include <cmath>
#include <cstring>
#include <future>
#include <stdexcept>
#include <string>

namespace vitfleet::torchbackend {
namespace {

/// Finds tensors by name and copies them out of the mapping: it promises no alignment, and ends with the call.
class Source
{
public:
    Source(const ModelSpec& model, const c10::Device& device, const Arithmetic& arithmetic)
        : m_model(model), m_device(device), m_arithmetic(arithmetic)
    {
    }

    /// fp32 on the CPU.
    at::Tensor load(const std::string& name) const
    {
        const auto it = m_model.tensors.find(name);
        if (it == m_model.tensors.end())
            throw std::invalid_argument("the tensor " + name + " is missing");
        const TensorView& view = it->second;
        auto tensor = at::empty(view.shape, scalarType(view.dtype));
        if (tensor.nbytes() != view.bytes)
            throw std::invalid_argument("the tensor " + name + " has another size than its shape says");
        std::memcpy(tensor.data_ptr(), view.data, view.bytes);
        return tensor.to(at::kFloat);
    }

    at::Tensor onDevice(const at::Tensor& tensor) const
    {
        return tensor.to(at::TensorOptions(m_device).dtype(m_arithmetic.type)).contiguous();
    }

    Linear make(const at::Tensor& weight, const at::Tensor& bias, std::int64_t pictures, std::int64_t rowsEach,
                Activation activation = Activation::Invalid) const
    {
        return {m_arithmetic, onDevice(weight), bias.defined() ? onDevice(bias) : at::Tensor(),
                pictures,     rowsEach,         activation};
    }

    /// Reads pixels, which are integers up to 255 and so exact in bf16.
    Linear makeEmbedding(const at::Tensor& weight, const at::Tensor& bias, std::int64_t pictures,
                         std::int64_t rowsEach) const
    {
        Arithmetic arithmetic = m_arithmetic;
        if (arithmetic.kernels != nullptr)
            arithmetic.numbers = arithmetic.kernels->besides(arithmetic.numbers);
        return {arithmetic, onDevice(weight), onDevice(bias), pictures, rowsEach};
    }

    /// Gives logits: fp32 where our kernels compute.
    Linear makeClassifier(const at::Tensor& weight, const at::Tensor& bias, std::int64_t pictures,
                          std::int64_t rowsEach) const
    {
        Arithmetic arithmetic = m_arithmetic;
        arithmetic.numbers = kernels::Numbers::Float;
        return {arithmetic, onDevice(weight), onDevice(bias), pictures, rowsEach};
    }

    Norm norm(const std::string& name) const
    {
        return {onDevice(load(name + ".weight")), onDevice(load(name + ".bias"))};
    }

    /// One linear out of the rows of several.
    Linear linear(const std::vector<std::string>& names, bool hasBias, std::int64_t pictures, std::int64_t rowsEach,
                  Activation activation = Activation::Invalid) const
    {
        std::vector<at::Tensor> weights;
        std::vector<at::Tensor> biases;
        for (const auto& name : names) {
            weights.push_back(load(name + ".weight"));
            if (hasBias)
                biases.push_back(load(name + ".bias"));
        }
        const auto weight = weights.size() == 1 ? weights.front() : at::cat(weights);
        return make(weight, hasBias ? at::cat(biases) : at::Tensor(), pictures, rowsEach, activation);
    }

    /// A linear whose outputs are multiplied by the vector `scale` afterwards (none where that is empty): in double.
    Linear scaledLinear(const std::string& name, const std::string& scale, std::int64_t pictures,
                        std::int64_t rowsEach) const
    {
        if (scale.empty())
            return linear({name}, true, pictures, rowsEach);
        const auto factors = load(scale).to(at::kDouble);
        const auto weight = load(name + ".weight").to(at::kDouble).mul(factors.unsqueeze(1)).to(at::kFloat);
        const auto bias = load(name + ".bias").to(at::kDouble).mul(factors).to(at::kFloat);
        return make(weight, bias, pictures, rowsEach);
    }

private:
    static at::ScalarType scalarType(DType dtype)
    {
        switch (dtype) {
        case DType::F32:
            return at::kFloat;
        case DType::F16:
            return at::kHalf;
        case DType::BF16:
            return at::kBFloat16;
        case DType::Invalid:
            break;
        }
        throw std::invalid_argument("a tensor has no type");
    }

    const ModelSpec& m_model;
    c10::Device m_device;
    const Arithmetic& m_arithmetic;
};

/// The convolution over patches that do not overlap is a linear over each patch's values, here in the order row,
/// column, channel of the picture's bytes p; x = (p × factor − mean) / std goes into weights and bias, in double.
Linear foldedPatchEmbedding(const Source& source, const ModelSpec& model, std::int64_t pictures, std::int64_t patches)
{
    const std::string name = moduleNames(model.config).prefix + "embeddings.patch_embeddings.projection";
    const Preprocess& preprocess = model.preprocess;
    const double factor = preprocess.rescale ? preprocess.rescaleFactor : 1.0;
    std::vector<double> scale(3, factor);
    std::vector<double> shift(3, 0.0);
    for (std::size_t channel = 0; preprocess.normalize && channel < 3; ++channel) {
        scale[channel] = factor / preprocess.std[channel];
        shift[channel] = -preprocess.mean[channel] / preprocess.std[channel];
    }
    const auto weight = source.load(name + ".weight").to(at::kDouble).permute({0, 2, 3, 1}); // outputs, y, x, channel
    const auto flat = [&](const std::vector<double>& perChannel) {
        return weight.mul(at::tensor(perChannel, at::kDouble)).reshape({weight.size(0), -1});
    };
    const auto bias = source.load(name + ".bias").to(at::kDouble).add(flat(shift).sum(1));
    return source.makeEmbedding(flat(scale).to(at::kFloat), bias.to(at::kFloat), pictures, patches);
}

EncoderLayer loadLayer(const Source& source, const VitWeights& weights, std::uint32_t index)
{
    const VitConfig& config = weights.config;
    const std::int64_t batch = weights.batch;
    const std::int64_t all = weights.tokens;
    // Of everything after the last layer's keys and values.
    const std::int64_t rows = index + 1 == config.layers ? weights.headTokens : all;
    const ModuleNames names = moduleNames(config);
    const std::string prefix = names.prefix + "encoder.layer." + std::to_string(index) + ".";
    const std::string attention = prefix + "attention.attention.";
    const auto scale = [&](const char* name) { return config.layerScale ? prefix + name + ".lambda1" : std::string(); };

    EncoderLayer layer;
    layer.before = source.norm(prefix + names.normBefore);
    layer.after = source.norm(prefix + names.normAfter);
    if (rows != all) {
        layer.query = source.linear({attention + "query"}, config.qkvBias, batch, rows);
        layer.queryKeyValue = source.linear({attention + "key", attention + "value"}, config.qkvBias, batch, all);
    } else {
        layer.queryKeyValue =
            source.linear({attention + "query", attention + "key", attention + "value"}, config.qkvBias, batch, all);
    }
    layer.attentionOutput = source.scaledLinear(prefix + "attention.output.dense", scale("layer_scale1"), batch, rows);
    if (config.swiGlu)
        layer.up = source.linear({prefix + names.gate, prefix + names.up}, true, batch, rows);
    else
        layer.up = source.linear({prefix + names.up}, true, batch, rows, config.activation);
    layer.down = source.scaledLinear(prefix + names.down, scale("layer_scale2"), batch, rows);
    return layer;
}

/// Copying and packing the layers is most of what a start costs, and each stands for itself.
void loadLayers(const Source& source, VitWeights& weights, std::size_t threads)
{
    weights.layers.resize(weights.config.layers);
    std::atomic<std::uint32_t> next = 0;
    const auto work = [&] {
        computeInThisThreadOnly();
        const c10::InferenceMode inference;
        for (std::uint32_t index = next++; index < weights.config.layers; index = next++)
            weights.layers[index] = loadLayer(source, weights, index);
    };
    std::vector<std::future<void>> others; // each waits for its thread, also where this one throws
    for (std::size_t i = 1; i < std::min<std::size_t>(threads, weights.config.layers); ++i)
        others.push_back(std::async(std::launch::async, work));
    work();
    for (std::future<void>& other : others)
        other.get();
}

/// Positions of the patches as transformers computes them: interpolated where pictures are not of the size that the
/// file's are for.
at::Tensor patchPositions(const VitConfig& config, const at::Tensor& stored)
{
    if (config.storedPositions == 0)
        return stored;
    const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(config.storedPositions))));
    const std::vector<std::int64_t> size{config.imageHeight / config.patchHeight,
                                         config.imageWidth / config.patchWidth};
    const auto square = stored.view({1, side, side, -1}).permute({0, 3, 1, 2});
    const auto resized = config.antialiasPositions ? at::_upsample_bicubic2d_aa(square, size, false)
                                                   : at::upsample_bicubic2d(square, size, false);
    return resized.permute({0, 2, 3, 1}).reshape({size[0] * size[1], -1});
}

/// Class and distillation token with their positions, registers without.
at::Tensor leadingTokensOf(const Source& source, const VitConfig& config, const at::Tensor& positions)
{
    const std::string prefix = moduleNames(config).prefix + "embeddings.";
    const auto rows = [&](const char* name) { return source.load(prefix + name).view({-1, config.hiddenSize}); };
    std::vector<at::Tensor> tokens{rows("cls_token").add(positions.narrow(0, 0, 1))};
    if (config.distillationToken)
        tokens.push_back(rows("distillation_token").add(positions.narrow(0, 1, 1)));
    if (config.registerTokens > 0)
        tokens.push_back(rows("register_tokens"));
    return at::cat(tokens);
}

/// DeiT's two heads as one over both tokens: halving is exact, so that only the order of the sum differs.
Linear loadClassifier(const Source& source, const VitWeights& weights)
{
    if (weights.config.head != Head::ClassAndDistillation)
        return source.makeClassifier(source.load("classifier.weight"), source.load("classifier.bias"), weights.batch,
                                     1);
    const auto both = [&](const char* part, const auto& join) {
        return join(source.load(std::string("cls_classifier") + part),
                    source.load(std::string("distillation_classifier") + part))
            .mul(0.5);
    };
    const auto weight = both(".weight", [](const at::Tensor& a, const at::Tensor& b) { return at::cat({a, b}, 1); });
    const auto bias = both(".bias", [](const at::Tensor& a, const at::Tensor& b) { return a.add(b); });
    return source.makeClassifier(weight, bias, weights.batch, 1);
}

} // namespace

std::int64_t preferredBatch(const VitConfig& config, const c10::Device& device)
{
    const std::int64_t tokens = tokenCount(config);
    const auto rounded = [tokens](std::int64_t rows) { return (rows + tokens / 2) / tokens; };
    if (!device.is_cpu())
        return 256;
    // Seen on a core with AVX-512 and 1 MiB of its own cache, CPU time per picture: 28×28 at 8, 16, 32, 64, 128
    // pictures 0.41, 0.39, 0.37, 0.40, 0.42 ms; ViT-B/16 at 2, 4, 8, 16, 32 pictures 160, 155, 157, 173, 184 ms.
    constexpr std::int64_t widestBytes = std::int64_t{10} << 20; // of the MLP's inner activations
    const std::int64_t fitting = widestBytes / (4 * static_cast<std::int64_t>(config.intermediateSize));
    return std::clamp<std::int64_t>(rounded(std::min<std::int64_t>(1'600, fitting)), 1, 64);
}

VitWeights loadWeights(const ModelSpec& model, const c10::Device& device, const Arithmetic& arithmetic,
                       std::size_t threads)
{
    const Source source(model, device, arithmetic);
    VitWeights weights;
    weights.config = model.config;
    weights.device = device;
    weights.batch = preferredBatch(model.config, device);
    weights.patchRows = model.config.imageHeight / model.config.patchHeight;
    weights.patchColumns = model.config.imageWidth / model.config.patchWidth;
    const std::int64_t patches = weights.patchRows * weights.patchColumns;
    weights.tokens = tokenCount(model.config);
    weights.leading = leadingTokens(model.config);
    weights.headTokens = model.config.head == Head::ClassAndPatchMean      ? weights.tokens
                         : model.config.head == Head::ClassAndDistillation ? 2
                                                                           : 1;

    const std::string prefix = moduleNames(model.config).prefix;
    weights.patchEmbedding = foldedPatchEmbedding(source, model, weights.batch, patches);
    const auto positions = source.load(prefix + "embeddings.position_embeddings").view({-1, model.config.hiddenSize});
    const std::int64_t placed = model.config.distillationToken ? 2 : 1; // leading tokens with a position
    weights.patchPositions =
        source.onDevice(patchPositions(model.config, positions.narrow(0, placed, positions.size(0) - placed)));
    weights.leadingTokens = source.onDevice(leadingTokensOf(source, model.config, positions));
    loadLayers(source, weights, threads);
    weights.norm = source.norm(prefix + "layernorm");
    weights.classifier = loadClassifier(source, weights);
    // Replicas compute on streams of their own, which do not wait for the one that has laid out the weights.
    if (!device.is_cpu())
        at::empty({1}, at::TensorOptions(device)).to(at::kCPU);
    return weights;
}

} // namespace vitfleet::torchbackend
