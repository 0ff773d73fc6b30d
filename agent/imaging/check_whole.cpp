// SPDX-License-Identifier: GPL-3.0-or-later
// Is the file all there? Decoders hand out what they have; a picture that is cut or damaged must never get a label.
#include "agent/imaging/decode_formats.h"
#include "agent/imaging/tiff_directory.h"

namespace vitfleet::imaging {

namespace {

Error truncated(std::string detail)
{
    return {ErrorCode::ImgTruncated, std::move(detail)};
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
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        const std::uint64_t count = i < counts.size() ? counts[i] : 0;
        if (offsets[i] > bytes.size() || count > bytes.size() - offsets[i])
            return truncated("TIFF piece " + std::to_string(i) + " lies behind the end");
    }
    return {};
}

} // namespace vitfleet::imaging
