// SPDX-License-Identifier: GPL-3.0-or-later
// Weights that transformers has split over files: which names model.safetensors.index.json may list.
#pragma once

#include "shared/base/limits.h"

#include <string_view>

namespace vitfleet {

/// Beside them a model has its configuration, its preprocessor's under one or two names, and the index.
inline constexpr std::size_t maxShards = limits::maxModelFiles - 4;

/// The bare name of a safetensors file, so that it lies in the model's directory.
inline bool isShardName(std::string_view name)
{
    constexpr std::string_view ending = ".safetensors";
    return name.size() > ending.size() && name.size() <= limits::maxFileNameBytes && name.ends_with(ending) &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

} // namespace vitfleet
