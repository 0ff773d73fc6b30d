// SPDX-License-Identifier: GPL-3.0-or-later
// The header of the portable bitmap family, P1 to P6 (netpbm's pbm(5), pgm(5), ppm(5)).
#pragma once

#include "agent/imaging/byte_reader.h"
#include "shared/base/result.h"

#include <cstddef>
#include <cstdint>

namespace vitfleet::imaging {

struct PnmHeader
{
    char kind = 0; ///< '1' to '6'
    std::uint64_t width = 0, height = 0;
    std::uint32_t maximum = 1;  ///< sample value that means white; 1 for bitmaps
    std::size_t dataOffset = 0; ///< the first byte of the samples
};

inline bool isPnmSpace(std::uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// The next number from `at`, which then stands behind it; comments and white space before it are skipped. -1 where
/// there is none or it has more than ten digits.
std::int64_t nextPnmNumber(const ByteReader& in, std::size_t& at);

/// Errors: ImgTruncated, ImgCorrupt.
Result<PnmHeader> readPnmHeader(Bytes bytes);

} // namespace vitfleet::imaging
