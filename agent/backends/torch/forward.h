// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/backend.h"

namespace vitfleet::torchbackend {

/// One replica's forward pass with its buffers; used by one thread at a time.
class Forward
{
public:
    virtual ~Forward() = default;

    /// Logits of 1 to preferredBatch pictures, pictures × labels. Raises `progress` after every encoder layer. Throws
    /// what LibTorch throws.
    virtual void classify(std::span<const BackendItem> items, std::span<float> logits,
                          std::atomic<std::uint64_t>& progress) = 0;
};

} // namespace vitfleet::torchbackend
