// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace vitfleet::kernels::bench {

/// From the pixels of four pictures to their logits as a ViT-B/16 at 224 computes them, weights made up, one case for
/// each precision of each level of CPU that has products of its own for it: `vit/LEVEL/PRECISION`. No higher than
/// VITFLEET_CPU asks for.
void registerWholeModels();

} // namespace vitfleet::kernels::bench
