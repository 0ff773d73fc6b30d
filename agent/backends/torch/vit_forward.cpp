// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/vit_forward.h"

#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/zeros.h>
#include <cmath>
#include <torch/version.h>

#if TORCH_VERSION_MAJOR >= 2
#include <ATen/ops/scaled_dot_product_attention.h>
#else
#include <ATen/ops/bmm.h>
#include <ATen/ops/softmax.h>
#endif

namespace vitfleet::torchbackend {
namespace {

/// softmax(q kᵀ / √size) v for each picture and head. `q` is batch × queries × heads × size, `k` and `v` batch × tokens
/// × heads × size, all possibly strided; gives (batch × queries) × (heads × size).
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v)
{
    const auto batch = q.size(0);
    const auto queries = q.size(1);
    const auto heads = q.size(2);
    const auto size = q.size(3);
#if TORCH_VERSION_MAJOR >= 2
    const auto mixed = at::scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2));
#else
    const auto perHead = [&](const at::Tensor& x) {
        return x.transpose(1, 2).reshape({batch * heads, x.size(1), size});
    };
    const auto scaled = perHead(q).mul(1.0 / std::sqrt(static_cast<double>(size)));
    const auto weights = at::softmax(at::bmm(scaled, perHead(k).transpose(1, 2)), -1);
    const auto mixed = at::bmm(weights, perHead(v)).view({batch, heads, queries, size});
#endif
    return mixed.transpose(1, 2).reshape({batch * queries, heads * size});
}

} // namespace

VitForward::VitForward(const VitWeights& weights, std::int64_t batch) : m_weights(weights), m_batch(batch)
{
    const VitConfig& config = weights.config;
    const std::int64_t patches = weights.patchRows * weights.patchColumns;
    const std::int64_t values = static_cast<std::int64_t>(config.patchHeight) * config.patchWidth * config.channels;
    // To a GPU they travel as the bytes that they are, from memory that it reads by itself.
    const bool gpu = !weights.device.is_cpu();
    m_patches =
        at::zeros({batch * patches, values}, at::TensorOptions(gpu ? at::kByte : at::kFloat).pinned_memory(gpu));
    m_hidden = at::empty({batch, weights.tokens, config.hiddenSize}, weights.leadingTokens.options());
}

template <typename Value>
void VitForward::setPatches(Value* picture, const std::uint8_t* pixels) const
{
    const VitConfig& config = m_weights.config;
    const std::int64_t patchLine = static_cast<std::int64_t>(config.patchWidth) * config.channels;
    const std::int64_t pictureLine = static_cast<std::int64_t>(config.imageWidth) * config.channels;
    const std::int64_t patchValues = patchLine * config.patchHeight;
    // Rows and columns that fill no whole patch are left out, as the convolution does.
    for (std::int64_t row = 0; row < m_weights.patchRows * config.patchHeight; ++row) {
        const std::uint8_t* source = pixels + row * pictureLine;
        Value* target = picture + row / config.patchHeight * m_weights.patchColumns * patchValues +
                        row % config.patchHeight * patchLine;
        for (std::int64_t column = 0; column < m_weights.patchColumns; ++column) {
            for (std::int64_t i = 0; i < patchLine; ++i)
                target[i] = static_cast<Value>(source[i]);
            source += patchLine;
            target += patchValues;
        }
    }
}

void VitForward::setPicture(std::int64_t slot, const std::uint8_t* pixels)
{
    const std::int64_t values = m_weights.patchRows * m_weights.patchColumns * m_patches.size(1);
    if (m_patches.scalar_type() == at::kByte)
        setPatches(m_patches.data_ptr<std::uint8_t>() + slot * values, pixels);
    else
        setPatches(m_patches.data_ptr<float>() + slot * values, pixels);
}

at::Tensor VitForward::normalized(const at::Tensor& rows, const Norm& norm) const
{
    return at::layer_norm(rows, {rows.size(-1)}, norm.weight, norm.bias, m_weights.config.layerNormEps);
}

void VitForward::embed()
{
    const auto embedded = m_weights.patchEmbedding(m_patches.to(m_weights.device, true).to(m_hidden.scalar_type()));
    auto patchTokens = m_hidden.narrow(1, m_weights.leading, m_weights.tokens - m_weights.leading);
    at::add_out(patchTokens, embedded.view(patchTokens.sizes()), m_weights.patchPositions);
    m_hidden.narrow(1, 0, m_weights.leading).copy_(m_weights.leadingTokens);
}

void VitForward::encode(const EncoderLayer& layer)
{
    const std::int64_t heads = m_weights.config.heads;
    const std::int64_t size = m_weights.config.hiddenSize / heads;
    auto rows = m_hidden.view({-1, m_hidden.size(2)});
    const auto qkv =
        layer.queryKeyValue(normalized(rows, layer.before)).view({m_batch, m_weights.tokens, 3, heads, size});
    rows.add_(layer.attentionOutput(attend(qkv.select(2, 0), qkv.select(2, 1), qkv.select(2, 2))));
    rows.add_(mlp(rows, layer));
}

at::Tensor VitForward::mlp(const at::Tensor& rows, const EncoderLayer& layer) const
{
    const auto inner = layer.up(normalized(rows, layer.after));
    if (!m_weights.config.swiGlu)
        return layer.down(inner);
    const std::int64_t width = m_weights.config.intermediateSize;
    auto gate = inner.narrow(1, 0, width).contiguous();
    activate(gate, m_weights.config.activation);
    return layer.down(gate.mul_(inner.narrow(1, width, width)));
}

/// The last layer where the head reads only the first one or two tokens: only their queries are asked and only their
/// rows go on; keys and values still come from every token. Exact. Gives (batch × head tokens) × hidden.
at::Tensor VitForward::encodeHeadTokens(const EncoderLayer& layer)
{
    const std::int64_t first = m_weights.headTokens;
    const std::int64_t width = m_weights.config.hiddenSize;
    const std::int64_t heads = m_weights.config.heads;
    const std::int64_t size = m_weights.config.hiddenSize / heads;
    const auto normal = normalized(m_hidden, layer.before);
    const auto kv =
        layer.queryKeyValue(normal.view({-1, normal.size(2)})).view({m_batch, m_weights.tokens, 2, heads, size});
    const auto leadingRows = [&](const at::Tensor& all) { return all.narrow(1, 0, first).reshape({-1, width}); };
    const auto q = layer.query(leadingRows(normal)).view({m_batch, first, heads, size});
    auto rows = leadingRows(m_hidden).clone();
    rows.add_(layer.attentionOutput(attend(q, kv.select(2, 0), kv.select(2, 1))));
    rows.add_(mlp(rows, layer));
    return rows;
}

/// What the classifier reads: batch × hidden, or batch × (2 × hidden).
at::Tensor VitForward::headInput()
{
    const EncoderLayer& last = m_weights.layers.back();
    if (m_weights.headTokens != m_weights.tokens)
        return normalized(encodeHeadTokens(last), m_weights.norm).view({m_batch, -1});
    encode(last);
    if (m_weights.config.head != Head::ClassAndPatchMean)
        return normalized(m_hidden.narrow(1, 0, m_weights.headTokens), m_weights.norm).view({m_batch, -1});
    const auto normal = normalized(m_hidden, m_weights.norm);
    const auto patches = normal.narrow(1, m_weights.leading, m_weights.tokens - m_weights.leading);
    return at::cat({normal.select(1, 0), patches.mean(1)}, 1);
}

at::Tensor VitForward::run(std::atomic<std::uint64_t>& progress)
{
    embed();
    const auto& layers = m_weights.layers;
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
        encode(layers[i]);
        progress.fetch_add(1, std::memory_order_relaxed);
    }
    const auto input = headInput();
    progress.fetch_add(1, std::memory_order_relaxed);
    return m_weights.classifier(input).to(at::kFloat).to(at::kCPU).contiguous();
}

} // namespace vitfleet::torchbackend
