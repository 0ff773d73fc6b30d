// SPDX-License-Identifier: GPL-3.0-or-later
// The first directory of a TIFF (also of EXIF, which is one): enough to know size, orientation and where the data lies.
#pragma once

#include "agent/imaging/byte_reader.h"
#include "shared/base/result.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace vitfleet::imaging {

enum class TiffTag : std::uint16_t
{
    Invalid = 0,
    ImageWidth = 256,
    ImageLength = 257,
    BitsPerSample = 258,
    Compression = 259,
    Photometric = 262,
    StripOffsets = 273,
    Orientation = 274,
    SamplesPerPixel = 277,
    RowsPerStrip = 278,
    StripByteCounts = 279,
    PlanarConfiguration = 284,
    Predictor = 317,
    ColorMap = 320,
    TileWidth = 322,
    TileLength = 323,
    TileOffsets = 324,
    TileByteCounts = 325,
    ExtraSamples = 338,
    SampleFormat = 339,
};

class TiffDirectory
{
public:
    /// Errors: ImgTruncated, ImgCorrupt. Classic TIFF and BigTIFF, both byte orders. Keeps `bytes`, copies nothing.
    static Result<TiffDirectory> first(Bytes bytes);

    /// The first value of a whole-number tag.
    std::optional<std::uint64_t> number(TiffTag tag) const;
    /// All values of a whole-number tag, at most `limit`; empty where the tag is absent or its values lie outside.
    std::vector<std::uint64_t> numbers(TiffTag tag, std::size_t limit) const;
    /// How many values the tag has; 0 where it is absent.
    std::uint64_t count(TiffTag tag) const;
    ByteOrder order() const { return m_in.order(); }

private:
    struct Entry
    {
        TiffTag tag = TiffTag::Invalid;
        std::uint16_t type = 0;
        std::uint64_t count = 0;
        std::uint64_t valueOffset = 0; ///< where the values are, in the entry or elsewhere
    };

    explicit TiffDirectory(ByteReader in) : m_in(in) {}
    const Entry* find(TiffTag tag) const;
    std::optional<std::uint64_t> valueAt(const Entry& entry, std::uint64_t index) const;

    ByteReader m_in;
    std::vector<Entry> m_entries;
};

} // namespace vitfleet::imaging
