// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/model_spec.h"

namespace vitfleet::agent {

/// Floating-point operations that one picture needs (2 for each multiplication with its addition), counting the matrix
/// products alone. In the last layer only the tokens that the head reads are asked and go on (the class token, the
/// distillation token too, or with DINOv2 all), and only these are counted: 32.7e9 for ViT-B/16 at 224.
double flopsOfOnePicture(const VitConfig& config);

} // namespace vitfleet::agent
