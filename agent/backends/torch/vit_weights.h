// SPDX-License-Identifier: GPL-3.0-or-later
// A ViT's weights as a forward pass wants them: on their device, laid out for a fixed batch, shared by all
// replicas and never written after they are loaded.
#pragma once

#include "agent/backends/api/model_spec.h"
#include "agent/backends/torch/linear.h"

#include <ATen/core/Tensor.h>
#include <cstdint>
#include <vector>

namespace vitfleet::torchbackend {

struct Norm
{
    at::Tensor weight, bias; ///< hidden
};

struct EncoderLayer
{
    Norm before, after;
    Linear queryKeyValue;   ///< hidden → 3 × hidden; where only some tokens go on, keys and values only
    Linear query;           ///< the last layer's, for those tokens alone
    Linear attentionOutput; ///< with the layer scale
    Linear up, down;        ///< the MLP; with SwiGLU `up` gives gate and up side by side; down with the layer scale
};

struct VitWeights
{
    VitConfig config;
    c10::Device device{c10::kCPU};
    std::int64_t batch = 1;
    std::int64_t patchRows = 0, patchColumns = 0; ///< how many patches
    std::int64_t tokens = 0;                      ///< all
    std::int64_t leading = 1;                     ///< before the patches' tokens
    /// Tokens that the head reads, and thus the last layer computes: the first one or two, or all.
    std::int64_t headTokens = 1;
    Linear patchEmbedding;     ///< from 8-bit values as floats; rescaling and normalising are folded in
    at::Tensor patchPositions; ///< patches × hidden
    at::Tensor leadingTokens;  ///< leading × hidden; their positions are added
    std::vector<EncoderLayer> layers;
    Norm norm;
    Linear classifier; ///< over hidden or 2 × hidden values; two averaged heads are one
};

/// How many pictures a call works best with: enough rows to keep a product's fixed costs small, and few enough that
/// the activations stay in the cache. From the model's shape alone, so that equal nodes compute alike. On a GPU the
/// most that probedBatch() tries.
std::int64_t preferredBatch(const VitConfig& config, const c10::Device& device);

/// Copies everything that it needs out of `model`, in so many threads at most. Throws what LibTorch throws.
VitWeights loadWeights(const ModelSpec& model, const c10::Device& device, const Arithmetic& arithmetic,
                       std::size_t threads);

} // namespace vitfleet::torchbackend
