// SPDX-License-Identifier: GPL-3.0-or-later
// The safetensors format: 8 bytes with the header's length N (little-endian), N bytes of JSON, then the tensors' bytes
// without gap or overlap to the end of the file. Source: the format's description in Hugging Face's safetensors.
#pragma once

#include "agent/backends/api/model_spec.h"
#include "shared/base/result.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>

namespace vitfleet {

using TensorMap = std::map<std::string, TensorView, std::less<>>;

/// The tensors of a whole file; they point into `bytes`. `name` is the file, for errors: ModelWeights, and
/// ModelUntrusted where it is a pickle or a zip archive of PyTorch under another name.
Result<TensorMap> parseSafetensors(std::span<const std::byte> bytes, const std::string& name);

} // namespace vitfleet
