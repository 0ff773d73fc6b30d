// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/finite.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace vitfleet {
namespace {

/// An exponent of all ones is NaN or infinity. Works on integers, block by block without a branch inside, so that the
/// compiler makes vector instructions of it; memcpy because the file promises no alignment.
template <typename Word>
bool allFiniteIn(const std::byte* data, std::size_t bytes, Word exponent)
{
    constexpr std::size_t blockWords = 4096;
    for (std::size_t words = bytes / sizeof(Word); words > 0;) {
        const std::size_t count = std::min(words, blockWords);
        Word found = 0;
        for (std::size_t i = 0; i < count; ++i) {
            Word word;
            std::memcpy(&word, data + i * sizeof(Word), sizeof(Word));
            found = static_cast<Word>(found | static_cast<Word>((word & exponent) == exponent));
        }
        if (found != 0)
            return false;
        data += count * sizeof(Word);
        words -= count;
    }
    return true;
}

} // namespace

bool allFinite(const TensorView& tensor)
{
    switch (tensor.dtype) {
    case DType::F32:
        return allFiniteIn<std::uint32_t>(tensor.data, tensor.bytes, 0x7f80'0000U);
    case DType::F16:
        return allFiniteIn<std::uint16_t>(tensor.data, tensor.bytes, 0x7c00U);
    case DType::BF16:
        return allFiniteIn<std::uint16_t>(tensor.data, tensor.bytes, 0x7f80U);
    case DType::Invalid:
        break;
    }
    return false;
}

} // namespace vitfleet
