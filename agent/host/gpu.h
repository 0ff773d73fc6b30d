// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace vitfleet::host {

struct GpuFacts
{
    std::string name;   ///< "2 × NVIDIA L4"; empty: none
    std::string reason; ///< why there is none
};

/// Asks NVIDIA's management library, which is opened only for this call: it is part of the driver, so a node without
/// it has no GPU that LibTorch could use.
GpuFacts readGpu();

} // namespace vitfleet::host
