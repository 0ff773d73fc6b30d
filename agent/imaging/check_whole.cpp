// SPDX-License-Identifier: GPL-3.0-or-later
// Is the file all there? Decoders hand out what they have; a picture that is cut or damaged must never get a label.
#include "agent/imaging/decode_formats.h"
#include "agent/imaging/tiff_directory.h"
#include "shared/base/limits.h"

#include <algorithm>
#include <optional>

namespace vitfleet::imaging {

namespace {

Error truncated(std::string detail)
{
    return {ErrorCode::ImgTruncated, std::move(detail)};
}

/// How many bytes uncompressed strip `index` really needs, whatever its byte count says, which Pillow does not look at;
/// nothing where the picture is stored otherwise.
std::optional<std::uint64_t> uncompressedStripBytes(const TiffDirectory& directory, std::uint64_t index)
{
    constexpr std::uint64_t mostBits = 64, mostSamples = 16;
    const auto valueOf = [&directory](TiffTag tag, std::uint64_t fallback) {
        return directory.number(tag).value_or(fallback);
    };
    const std::uint64_t width = valueOf(TiffTag::ImageWidth, 0), height = valueOf(TiffTag::ImageLength, 0);
    const std::uint64_t bits = valueOf(TiffTag::BitsPerSample, 1), samples = valueOf(TiffTag::SamplesPerPixel, 1);
    const std::uint64_t rows = std::min(height, valueOf(TiffTag::RowsPerStrip, height));
    const bool plain = valueOf(TiffTag::Compression, 1) == 1 && valueOf(TiffTag::PlanarConfiguration, 1) == 1;
    if (!plain || width == 0 || width > limits::maxSide || height > limits::maxSide || bits > mostBits ||
        samples > mostSamples || rows == 0 || index >= (height + rows - 1) / rows)
        return std::nullopt;
    return (width * samples * bits + 7) / 8 * std::min(rows, height - index * rows);
}

} // namespace

Result<void> checkWebP(Bytes bytes)
{
    const ByteReader in(bytes, ByteOrder::Little);
    const std::uint64_t end = std::uint64_t{in.u32(4)} + 8;
    if (end > bytes.size())
        return truncated("WebP of " + std::to_string(end) + " bytes ends after " + std::to_string(bytes.size()));
    // In an extended file libwebp's demultiplexer, which Pillow asks, wants chunk after chunk up to the very end.
    constexpr std::uint64_t fileHeaderBytes = 12, chunkHeaderBytes = 8;
    if (!in.starts(fileHeaderBytes, "VP8X"))
        return {};
    std::uint64_t at = fileHeaderBytes;
    while (at + chunkHeaderBytes <= end) {
        const std::uint64_t length = in.u32(static_cast<std::size_t>(at) + 4);
        at += chunkHeaderBytes + length + length % 2;
    }
    if (at != end)
        return Error{ErrorCode::ImgCorrupt, "WebP with a chunk that does not end where the file does"};
    return {};
}

Result<void> checkTiff(Bytes bytes)
{
    const auto directory = TiffDirectory::first(bytes);
    if (!directory)
        return directory.error();
    const bool tiled = directory->count(TiffTag::TileOffsets) > 0;
    const auto offsetsTag = tiled ? TiffTag::TileOffsets : TiffTag::StripOffsets;
    const auto countsTag = tiled ? TiffTag::TileByteCounts : TiffTag::StripByteCounts;
    constexpr std::size_t maxPieces = 1 << 20;
    const auto offsets = directory->numbers(offsetsTag, maxPieces);
    const auto counts = directory->numbers(countsTag, maxPieces);
    if (offsets.empty())
        return Error{ErrorCode::ImgCorrupt, "TIFF without picture data"};
    // libtiff makes do with a part of a palette; Pillow takes it for none.
    constexpr std::uint64_t palette = 3; // TIFF 6.0, section 5
    if (directory->number(TiffTag::Photometric) == palette &&
        directory->numbers(TiffTag::ColorMap, directory->count(TiffTag::ColorMap)).empty())
        return truncated("the palette of the TIFF lies behind the end");
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        const std::uint64_t count = i < counts.size() ? counts[i] : 0;
        if (offsets[i] <= bytes.size() && count <= bytes.size() - offsets[i])
            continue;
        const auto needed = tiled ? std::nullopt : uncompressedStripBytes(*directory, i);
        if (!needed || offsets[i] > bytes.size() || *needed > bytes.size() - offsets[i])
            return truncated("TIFF piece " + std::to_string(i) + " lies behind the end");
    }
    return {};
}

} // namespace vitfleet::imaging
