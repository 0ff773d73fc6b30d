// SPDX-License-Identifier: GPL-3.0-or-later
// A ViT's weights as the forward pass wants them: fp32, on their device, laid out for a fixed batch, shared by all
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
    Linear queryKeyValue; ///< hidden → 3 × hidden; in the last layer keys and values only
    Linear query;         ///< the last layer's, for the class token alone
    Linear attentionOutput;
    Linear up, down; ///< the MLP
};

struct VitWeights
{
    VitConfig config;
    c10::Device device{c10::kCPU};
    std::int64_t batch = 1;
    std::int64_t patchRows = 0, patchColumns = 0; ///< how many patches
    std::int64_t tokens = 0;                      ///< with the class token
    Linear patchEmbedding;     ///< from 8-bit values as floats; rescaling and normalising are folded in
    at::Tensor patchPositions; ///< patches × hidden
    at::Tensor classToken;     ///< hidden; its position is added
    std::vector<EncoderLayer> layers;
    Norm norm;
    Linear classifier;
};

/// How many pictures a call works best with: enough rows to keep a product's fixed costs small, and few enough that
/// the activations stay in the cache. From the model's shape alone, so that equal nodes compute alike.
std::int64_t preferredBatch(const VitConfig& config, const c10::Device& device);

/// Copies everything that it needs out of `model`. Throws what LibTorch throws.
VitWeights loadWeights(const ModelSpec& model, const c10::Device& device);

} // namespace vitfleet::torchbackend
