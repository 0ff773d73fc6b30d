// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/torch/forward.h"
#include "agent/backends/torch/kernels/vit.h"
#include "agent/backends/torch/vit_weights.h"

namespace vitfleet::torchbackend {

/// The model for our own kernels, out of weights that were loaded for them; takes their matrices.
kernels::Vit nativeVit(VitWeights weights, const kernels::Kernels& kernels, kernels::Numbers numbers);

class NativeForward : public Forward
{
public:
    NativeForward(const kernels::Vit& vit, std::size_t batch) : m_run(vit, batch) {}

    void classify(std::span<const BackendItem> items, std::span<float> logits,
                  std::atomic<std::uint64_t>& progress) override;

private:
    kernels::VitRun m_run;
    std::vector<const std::uint8_t*> m_pictures;
};

} // namespace vitfleet::torchbackend
