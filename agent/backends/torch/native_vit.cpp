// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/native_vit.h"

namespace vitfleet::torchbackend {
namespace {

std::vector<float> valuesOf(const at::Tensor& tensor)
{
    const auto flat = tensor.contiguous();
    const float* data = flat.data_ptr<float>();
    return {data, data + flat.numel()};
}

kernels::VitNorm normOf(const Norm& norm)
{
    return {valuesOf(norm.weight), valuesOf(norm.bias)};
}

kernels::VitLayer layerOf(EncoderLayer& layer)
{
    kernels::VitLayer result;
    result.before = normOf(layer.before);
    result.after = normOf(layer.after);
    result.queryKeyValue = std::move(layer.queryKeyValue.matrix());
    result.query = std::move(layer.query.matrix());
    result.attentionOutput = std::move(layer.attentionOutput.matrix());
    result.up = std::move(layer.up.matrix());
    result.down = std::move(layer.down.matrix());
    return result;
}

/// bf16 takes two values at a time, so heads of an odd size cannot.
kernels::Numbers attentionNumbers(const VitConfig& config, const kernels::Kernels& kernels, kernels::Numbers numbers)
{
    const bool even = config.hiddenSize / config.heads % 2 == 0;
    return even ? kernels.besides(numbers) : kernels::Numbers::Float;
}

} // namespace

kernels::Vit nativeVit(VitWeights weights, const kernels::Kernels& kernels, kernels::Numbers numbers)
{
    const VitConfig& config = weights.config;
    kernels::Vit vit;
    vit.kernels = kernels;
    vit.attention = attentionNumbers(config, kernels, numbers);
    vit.imageWidth = config.imageWidth;
    vit.patchHeight = config.patchHeight;
    vit.patchWidth = config.patchWidth;
    vit.channels = config.channels;
    vit.patchRows = static_cast<std::size_t>(weights.patchRows);
    vit.patchColumns = static_cast<std::size_t>(weights.patchColumns);
    vit.hidden = config.hiddenSize;
    vit.inner = config.intermediateSize;
    vit.heads = config.heads;
    vit.tokens = static_cast<std::size_t>(weights.tokens);
    vit.leading = static_cast<std::size_t>(weights.leading);
    vit.headTokens = static_cast<std::size_t>(weights.headTokens);
    vit.labels = config.labels.size();
    vit.epsilon = static_cast<float>(config.layerNormEps);
    vit.gated = config.swiGlu;
    vit.patchMean = config.head == Head::ClassAndPatchMean;
    vit.patchEmbedding = std::move(weights.patchEmbedding.matrix());
    vit.patchPositions = valuesOf(weights.patchPositions);
    vit.leadingTokens = valuesOf(weights.leadingTokens);
    for (EncoderLayer& layer : weights.layers)
        vit.layers.push_back(layerOf(layer));
    vit.norm = normOf(weights.norm);
    vit.classifier = std::move(weights.classifier.matrix());
    return vit;
}

void NativeForward::classify(std::span<const BackendItem> items, std::span<float> logits,
                             std::atomic<std::uint64_t>& progress)
{
    m_pictures.clear();
    for (const BackendItem& item : items)
        m_pictures.push_back(item.pixels);
    m_run.classify(m_pictures, logits.data(), progress);
}

} // namespace vitfleet::torchbackend
