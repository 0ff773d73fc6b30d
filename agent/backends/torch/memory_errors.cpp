// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/memory_errors.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace vitfleet::torchbackend {

bool isAboutMemory(const c10::Error& error)
{
    constexpr std::array<std::string_view, 4> words{"DefaultCPUAllocator", "out of memory",
                                                    "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"};
    if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr)
        return true;
    const std::string_view text = error.what_without_backtrace();
    return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

} // namespace vitfleet::torchbackend
