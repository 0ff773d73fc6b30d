// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <c10/util/Exception.h>

namespace vitfleet::torchbackend {

/// Whether memory ran out. Only the caching allocator for GPUs has a type of its own for that: the allocator of the
/// CPU, the CUDA runtime and the libraries on it (cuBLAS, cuDNN) say it in a plain c10::Error's text.
bool isAboutMemory(const c10::Error& error);

} // namespace vitfleet::torchbackend
