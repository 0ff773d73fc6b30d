// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/safetensors.h"
#include "tests/fuzz/fuzz_target.h"

#include <algorithm>

using namespace vitfleet;

VITFLEET_FUZZ_TARGET(safetensors)
{
    const auto bytes = fuzz::bytesOf(input);
    const auto tensors = parseSafetensors(bytes, "model.safetensors");
    if (!tensors) {
        const ErrorCode code = tensors.error().code;
        fuzz::require(code == ErrorCode::ModelWeights || code == ErrorCode::ModelUntrusted);
        return;
    }
    // Every tensor lies within the file, and all of them fill it.
    std::size_t sum = 0;
    for (const auto& [name, tensor] : *tensors) {
        fuzz::require(tensor.data >= bytes.data() && tensor.data + tensor.bytes <= bytes.data() + bytes.size());
        fuzz::require(std::ranges::all_of(tensor.shape, [](std::int64_t length) { return length >= 0; }));
        sum += tensor.bytes;
    }
    fuzz::require(sum <= bytes.size());
}
