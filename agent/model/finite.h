// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/model_spec.h"

namespace vitfleet {

/// Whether every element is neither NaN nor infinite. Reads the whole tensor once, at the speed of memory.
bool allFinite(const TensorView& tensor);

} // namespace vitfleet
