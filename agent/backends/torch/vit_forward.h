// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/torch/vit_weights.h"

#include <ATen/core/Tensor.h>
#include <atomic>
#include <cstdint>

namespace vitfleet::torchbackend {

/// One replica's buffers and its forward pass, always over the whole batch: what a slot holds from earlier changes
/// nothing for the others. Used by one thread at a time.
class VitForward
{
public:
    VitForward(const VitWeights& weights, std::int64_t batch);

    /// Puts a picture (RGB, 8 bits, at the model's size) into a slot below the batch.
    void setPicture(std::int64_t slot, const std::uint8_t* pixels);

    /// batch × labels, fp32, contiguous, on the CPU. Raises `progress` after every encoder layer.
    at::Tensor run(std::atomic<std::uint64_t>& progress);

private:
    template <typename Value>
    void setPatches(Value* picture, const std::uint8_t* pixels) const;
    void embed();
    void encode(const EncoderLayer& layer);
    at::Tensor encodeHeadTokens(const EncoderLayer& layer);
    at::Tensor mlp(const at::Tensor& rows, const EncoderLayer& layer) const;
    at::Tensor headInput();
    at::Tensor normalized(const at::Tensor& rows, const Norm& norm) const;

    const VitWeights& m_weights;
    std::int64_t m_batch;
    at::Tensor m_patches; ///< on the CPU: (batch × patches) × (patch height × patch width × 3)
    at::Tensor m_hidden;  ///< batch × tokens × hidden: the residual stream
};

} // namespace vitfleet::torchbackend
