// SPDX-License-Identifier: GPL-3.0-or-later
// Where a model computes, and on which core with how many threads.
#pragma once

#include "shared/base/result.h"

#include <c10/core/Device.h>
#include <string>
#include <vector>

namespace vitfleet::torchbackend {

/// "cpu", "cuda" (every CUDA device), "cuda:N", or "auto" (CUDA where there is any, else the CPU). Device where it
/// cannot be had.
Result<std::vector<c10::Device>> chooseDevices(const std::string& name);

/// "AVX512", "CUDA": what LibTorch itself uses there.
std::string deviceName(const c10::Device& device);

/// Makes everything that LibTorch computes in the calling thread stay in it: ATen and oneDNN through OpenMP, MKL, and
/// OpenBLAS, which knows nothing of OpenMP in Debian's default build.
void computeInThisThreadOnly();

/// Ties the calling thread to one core. NodeIo with errno's text where the system refuses.
Result<void> pinThisThread(int cpu);

} // namespace vitfleet::torchbackend
