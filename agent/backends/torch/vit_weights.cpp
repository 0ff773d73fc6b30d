// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/vit_weights.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace vitfleet::torchbackend {
namespace {

/// Finds tensors by name and copies them out of the mapping: it promises no alignment, and ends with the call.
class Source
{
public:
    Source(const ModelSpec& model, const c10::Device& device) : m_model(model), m_device(device) {}

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

    at::Tensor onDevice(const at::Tensor& tensor) const { return tensor.to(m_device).contiguous(); }

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
        return {onDevice(weight), hasBias ? onDevice(at::cat(biases)) : at::Tensor(), pictures, rowsEach, activation};
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
};

/// The convolution over patches that do not overlap is a linear over each patch's values, here in the order row,
/// column, channel of the picture's bytes p; x = (p × factor − mean) / std goes into weights and bias, in double.
Linear foldedPatchEmbedding(const Source& source, const ModelSpec& model, std::int64_t pictures, std::int64_t patches)
{
    const std::string name = "vit.embeddings.patch_embeddings.projection";
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
    return {source.onDevice(flat(scale).to(at::kFloat)), source.onDevice(bias.to(at::kFloat)), pictures, patches};
}

EncoderLayer loadLayer(const Source& source, const VitWeights& weights, std::uint32_t index)
{
    const bool last = index + 1 == weights.config.layers;
    const bool bias = weights.config.qkvBias;
    const std::int64_t batch = weights.batch;
    const std::int64_t all = weights.tokens;
    const std::int64_t rows = last ? 1 : all; // of everything after the last layer's keys and values
    const std::string prefix = "vit.encoder.layer." + std::to_string(index) + ".";
    const std::string attention = prefix + "attention.attention.";

    EncoderLayer layer;
    layer.before = source.norm(prefix + "layernorm_before");
    layer.after = source.norm(prefix + "layernorm_after");
    if (last) {
        layer.query = source.linear({attention + "query"}, bias, batch, rows);
        layer.queryKeyValue = source.linear({attention + "key", attention + "value"}, bias, batch, all);
    } else {
        layer.queryKeyValue =
            source.linear({attention + "query", attention + "key", attention + "value"}, bias, batch, all);
    }
    layer.attentionOutput = source.linear({prefix + "attention.output.dense"}, true, batch, rows);
    layer.up = source.linear({prefix + "intermediate.dense"}, true, batch, rows, weights.config.activation);
    layer.down = source.linear({prefix + "output.dense"}, true, batch, rows);
    return layer;
}

} // namespace

std::int64_t preferredBatch(const VitConfig& config, const c10::Device& device)
{
    const std::int64_t tokens =
        static_cast<std::int64_t>(config.imageHeight / config.patchHeight) * (config.imageWidth / config.patchWidth) +
        1;
    const auto rounded = [tokens](std::int64_t rows) { return (rows + tokens / 2) / tokens; };
    if (!device.is_cpu())
        return std::clamp<std::int64_t>(rounded(12'800), 1, 256);
    // Seen on a core with AVX-512 and 1 MiB of its own cache, CPU time per picture: 28×28 at 8, 16, 32, 64, 128
    // pictures 0.41, 0.39, 0.37, 0.40, 0.42 ms; ViT-B/16 at 2, 4, 8, 16, 32 pictures 160, 155, 157, 173, 184 ms.
    constexpr std::int64_t widestBytes = std::int64_t{10} << 20; // of the MLP's inner activations
    const std::int64_t fitting = widestBytes / (4 * static_cast<std::int64_t>(config.intermediateSize));
    return std::clamp<std::int64_t>(rounded(std::min<std::int64_t>(1'600, fitting)), 1, 64);
}

VitWeights loadWeights(const ModelSpec& model, const c10::Device& device)
{
    const Source source(model, device);
    VitWeights weights;
    weights.config = model.config;
    weights.device = device;
    weights.batch = preferredBatch(model.config, device);
    weights.patchRows = model.config.imageHeight / model.config.patchHeight;
    weights.patchColumns = model.config.imageWidth / model.config.patchWidth;
    const std::int64_t patches = weights.patchRows * weights.patchColumns;
    weights.tokens = patches + 1;

    weights.patchEmbedding = foldedPatchEmbedding(source, model, weights.batch, patches);
    const auto positions = source.load("vit.embeddings.position_embeddings").view({weights.tokens, -1});
    weights.patchPositions = source.onDevice(positions.narrow(0, 1, patches));
    weights.classToken =
        source.onDevice(source.load("vit.embeddings.cls_token").view({-1}).add(positions.select(0, 0)));
    for (std::uint32_t index = 0; index < model.config.layers; ++index)
        weights.layers.push_back(loadLayer(source, weights, index));
    weights.norm = source.norm("vit.layernorm");
    weights.classifier = source.linear({"classifier"}, true, weights.batch, 1);
    return weights;
}

} // namespace vitfleet::torchbackend
