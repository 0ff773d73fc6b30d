// SPDX-License-Identifier: GPL-3.0-or-later
// OpenCV 4.6 reads still WebP only. A frame of an animation holds the chunks of a still one (RIFF container
// specification, "Animation"), so it only needs a header of its own.
#include "agent/imaging/webp_frame.h"

namespace vitfleet::imaging {

namespace {

constexpr std::size_t fileHeaderBytes = 12, chunkHeaderBytes = 8, frameHeaderBytes = 16;

void append(std::vector<std::byte>& to, std::string_view text)
{
    for (const char c : text)
        to.push_back(static_cast<std::byte>(c));
}

void appendNumber(std::vector<std::byte>& to, std::uint64_t value, std::size_t bytes)
{
    for (std::size_t i = 0; i < bytes; ++i)
        to.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}

/// A VP8X header makes room for the alpha chunk that may come before the picture's.
WebPFrame stillOf(const ByteReader& in, std::size_t at, std::size_t length)
{
    WebPFrame frame;
    frame.left = in.u24(at) * 2;
    frame.top = in.u24(at + 3) * 2;
    frame.width = in.u24(at + 6) + 1;
    frame.height = in.u24(at + 9) + 1;
    const Bytes chunks = in.part(at + frameHeaderBytes, length - frameHeaderBytes);
    const bool alpha = in.starts(at + frameHeaderBytes, "ALPH");
    constexpr std::size_t extendedBytes = 10;
    const std::size_t total = 4 + chunks.size() + chunks.size() % 2 + (alpha ? chunkHeaderBytes + extendedBytes : 0);
    frame.file.reserve(chunkHeaderBytes + total);
    append(frame.file, "RIFF");
    appendNumber(frame.file, total, 4);
    append(frame.file, "WEBP");
    if (alpha) {
        append(frame.file, "VP8X");
        appendNumber(frame.file, extendedBytes, 4);
        appendNumber(frame.file, 0x10, 4); // has alpha
        appendNumber(frame.file, frame.width - 1, 3);
        appendNumber(frame.file, frame.height - 1, 3);
    }
    frame.file.insert(frame.file.end(), chunks.begin(), chunks.end());
    if (chunks.size() % 2)
        frame.file.push_back(std::byte{0});
    return frame;
}

} // namespace

Result<std::optional<WebPFrame>> firstWebPFrame(Bytes bytes)
{
    const ByteReader in(bytes, ByteOrder::Little);
    constexpr std::uint8_t animationFlag = 2;
    if (!in.starts(fileHeaderBytes, "VP8X") || !(in.u8(20) & animationFlag))
        return std::optional<WebPFrame>();
    std::size_t at = fileHeaderBytes;
    while (in.has(at, chunkHeaderBytes)) {
        const std::size_t length = in.u32(at + 4);
        if (in.starts(at, "ANMF")) {
            if (length < frameHeaderBytes + chunkHeaderBytes || !in.has(at + chunkHeaderBytes, length))
                return Error{ErrorCode::ImgCorrupt, "WebP with a damaged frame"};
            auto frame = stillOf(in, at + chunkHeaderBytes, length);
            if (std::uint64_t{frame.left} + frame.width > std::uint64_t{in.u24(24)} + 1 ||
                std::uint64_t{frame.top} + frame.height > std::uint64_t{in.u24(27)} + 1)
                return Error{ErrorCode::ImgCorrupt, "WebP with a frame outside its canvas"};
            return std::optional(std::move(frame));
        }
        at += chunkHeaderBytes + length + length % 2;
    }
    return Error{ErrorCode::ImgCorrupt, "WebP animation without a frame"};
}

} // namespace vitfleet::imaging
