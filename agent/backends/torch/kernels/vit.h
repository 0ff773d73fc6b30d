// SPDX-License-Identifier: GPL-3.0-or-later
// A ViT on a CPU: the same arithmetic as vit_forward.h, over the kernels of this folder and without LibTorch.
//
// The stream that layers add to, layer norms, softmax and the classifier are fp32 in every precision. bf16: all other
// products, and the rows between the two of an MLP. int8: the products with weights inside the layers, between which
// rows are bf16 in an MLP; patch embedding and attention, with its result, are bf16 where the CPU has such products,
// else fp32.
#pragma once

#include "agent/backends/torch/kernels/attention.h"
#include "agent/backends/torch/kernels/matrix.h"

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace vitfleet::kernels {

struct VitNorm
{
    std::vector<float> weight, bias;
};

struct VitLayer
{
    VitNorm before, after;
    Matrix queryKeyValue; ///< in the last layer, where the head reads few tokens, keys and values alone
    Matrix query;         ///< then: of those tokens
    Matrix attentionOutput;
    Matrix up, down; ///< gated: `up` gives gate and value side by side
};

struct Vit
{
    Kernels kernels;
    Numbers attention = Numbers::Float;
    std::size_t imageWidth = 0, patchHeight = 0, patchWidth = 0, patchRows = 0, patchColumns = 0, channels = 3;
    std::size_t hidden = 0, inner = 0, heads = 0;
    std::size_t tokens = 0, leading = 1; ///< all; before the patches'
    std::size_t headTokens = 1;          ///< the first ones or all: what the last layer computes
    std::size_t labels = 0;
    float epsilon = 1e-12F;
    bool gated = false;     ///< the MLP is down(silu(gate) × value)
    bool patchMean = false; ///< the head reads the class token and the mean of the patches' tokens
    Matrix patchEmbedding;  ///< from 8-bit values as floats
    std::vector<float> patchPositions, leadingTokens;
    std::vector<VitLayer> layers;
    VitNorm norm;
    Matrix classifier;

    std::size_t patches() const { return patchRows * patchColumns; }
};

/// One thread's buffers for up to `batch` pictures.
class VitRun
{
public:
    VitRun(const Vit& vit, std::size_t batch);

    /// Logits of 1 to batch pictures (RGB, 8 bits, at the model's size), pictures × labels. Raises `progress` after
    /// each layer. A picture's bits depend on nothing but the picture.
    void classify(std::span<const std::uint8_t* const> pictures, float* logits, std::atomic<std::uint64_t>& progress);

private:
    /// Rows of values on their way from one product to the next, fp32 or bf16.
    struct Values
    {
        Numbers numbers = Numbers::Float;
        const void* data = nullptr;
        std::size_t stride = 0; ///< in values
    };

    /// Rows being made ready for a product of `matrix`: normalised (fp32 alone), converted, quantised.
    Rows prepared(const Matrix& matrix, const Values& rows, std::size_t count, const VitNorm* norm);
    /// target (+)= matrix(norm(rows)), a block of rows at a time.
    void product(const Matrix& matrix, const Values& rows, std::size_t count, const VitNorm* norm,
                 const Target& target);
    Values hidden(const float* rows) const { return {Numbers::Float, rows, m_hiddenStride}; }
    void embed(std::span<const std::uint8_t* const> pictures);
    void encode(const VitLayer& layer, std::size_t pictures);
    void encodeHeadTokens(const VitLayer& layer, std::size_t pictures);
    void mlp(const VitLayer& layer, float* rows, std::size_t count);
    void head(std::size_t pictures, float* logits);

    const Vit& m_vit;
    std::size_t m_batch;
    Numbers m_innerNumbers; ///< of the rows between the two products of the MLP: bf16 wherever the second is not fp32
    std::size_t m_hiddenStride, m_mixedStride, m_qkvStride, m_queryStride, m_upStride, m_readyStride, m_headStride;
    Buffer<float> m_hidden;      ///< pictures × tokens: the stream
    Buffer<float> m_few;         ///< pictures × head tokens, where those are few
    Buffer<Word> m_mixed;        ///< what attention gives, in its numbers
    Buffer<Word> m_inner;        ///< a block of the MLP's inner rows, in m_innerNumbers
    Buffer<float> m_line;        ///< one row between norm and conversion
    Buffer<Word> m_qkv, m_query; ///< fp32 or bf16
    Buffer<Word> m_ready;        ///< a block of rows for a product
    Buffer<RowScale> m_scales;
    Buffer<float> m_features, m_logits;
    Attention m_attention;
};

} // namespace vitfleet::kernels
