// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/torch/forward.h"
#include "agent/backends/torch/vit_forward.h"

#include <c10/core/Stream.h>
#include <c10/util/Optional.h>
#include <memory>

namespace vitfleet::torchbackend {

/// LibTorch's operations, always over a whole batch: with another number of rows they may round otherwise. On a GPU
/// whose memory does not suffice the batch is halved, for good. On a GPU each has a stream of its own, so that batches
/// of two replicas are in flight at once.
class LibraryForward : public Forward
{
public:
    explicit LibraryForward(const VitWeights& weights);

    void classify(std::span<const BackendItem> items, std::span<float> logits,
                  std::atomic<std::uint64_t>& progress) override;

private:
    void compute(std::span<const BackendItem> items, std::span<float> logits, std::atomic<std::uint64_t>& progress);

    const VitWeights& m_weights;
    c10::optional<c10::Stream> m_stream; ///< of a GPU
    std::size_t m_batch;
    std::unique_ptr<VitForward> m_forward;
};

/// How many pictures a batch should have: measured, in at most some 3 s, with memory for a second replica taken, too.
std::size_t probedBatch(const VitWeights& weights);

} // namespace vitfleet::torchbackend
