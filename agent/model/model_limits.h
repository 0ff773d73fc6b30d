// SPDX-License-Identifier: GPL-3.0-or-later
// What a model's configuration may ask for: far beyond the largest published ViT (ViT-22B: 6,144 wide, 48 layers), and
// small enough that no product of shapes overflows 64 bits. Sizes of files are in shared/base/limits.h.
#pragma once

#include <cstdint>

namespace vitfleet::limits {

inline constexpr std::uint32_t maxModelSide = 4096; ///< pixels of the model's picture, either side
inline constexpr std::uint32_t maxTokens = 65'536;  ///< patches and the class token
inline constexpr std::uint32_t maxHidden = 16'384;
inline constexpr std::uint32_t maxIntermediate = 131'072;
inline constexpr std::uint32_t maxHeads = 1'024;
inline constexpr std::uint32_t maxLayers = 512;
inline constexpr std::uint32_t maxRegisterTokens = 1'024;
inline constexpr std::uint32_t maxTensorDimensions = 8;
inline constexpr std::uint32_t maxTensorNameBytes = 512;
inline constexpr double maxLayerNormEps = 1.0;
inline constexpr double maxPixelScale = 1e6; ///< of rescale_factor, image_mean and image_std

} // namespace vitfleet::limits
