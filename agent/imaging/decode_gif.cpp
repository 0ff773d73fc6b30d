// SPDX-License-Identifier: GPL-3.0-or-later
// The first frame of a GIF (GIF89a specification, CompuServe 1990). OpenCV 4.6 has no reader for it.
#include "agent/imaging/decode_formats.h"

#include <algorithm>
#include <array>
#include <vector>

namespace vitfleet::imaging {

namespace {

constexpr std::size_t maxCodes = 4096;
constexpr int maxCodeBits = 12;

using Palette = std::array<std::array<std::uint8_t, 3>, 256>;

Error truncated()
{
    return {ErrorCode::ImgTruncated, "GIF ends before its trailer"};
}
Error corrupt(const char* detail)
{
    return {ErrorCode::ImgCorrupt, detail};
}

/// The bits of a chain of sub-blocks, least significant first.
class BlockBits
{
public:
    BlockBits(const ByteReader& in, std::size_t at) : m_in(in), m_at(at) {}

    /// -1 where the blocks end; `cut()` tells whether the file ended with them.
    int next(int bits)
    {
        while (m_count < bits) {
            if (m_left == 0) {
                if (!m_in.has(m_at, 1)) {
                    m_cut = true;
                    return -1;
                }
                m_left = m_in.u8(m_at);
                if (m_left == 0)
                    return -1;
                ++m_at;
            }
            if (!m_in.has(m_at, 1)) {
                m_cut = true;
                return -1;
            }
            m_bits |= std::uint32_t{m_in.u8(m_at++)} << m_count;
            m_count += 8;
            --m_left;
        }
        const int value = static_cast<int>(m_bits & ((1U << bits) - 1));
        m_bits >>= bits;
        m_count -= bits;
        return value;
    }

    bool cut() const { return m_cut; }

private:
    const ByteReader& m_in;
    std::size_t m_at;
    std::size_t m_left = 0;
    std::uint32_t m_bits = 0;
    int m_count = 0;
    bool m_cut = false;
};

/// Fills `indices` with colour numbers. A code's string is written backwards from its end.
Result<void> decodeLzw(const ByteReader& in, std::size_t at, std::vector<std::uint8_t>& indices)
{
    const int minimumBits = in.u8(at);
    if (minimumBits < 1 || minimumBits >= maxCodeBits)
        return corrupt("GIF with codes of an impossible size");
    BlockBits bits(in, at + 1);
    const int clear = 1 << minimumBits, end = clear + 1;
    std::array<std::uint16_t, maxCodes> prefix{}, length{};
    std::array<std::uint8_t, maxCodes> last{}, first{};
    for (int code = 0; code < clear; ++code) {
        last[code] = first[code] = static_cast<std::uint8_t>(code);
        length[code] = 1;
    }
    int codeBits = minimumBits + 1, nextCode = end + 1, previous = -1;
    std::size_t written = 0;
    while (written < indices.size()) {
        const int code = bits.next(codeBits);
        if (code < 0)
            return bits.cut() ? truncated() : Error{ErrorCode::ImgTruncated, "GIF with fewer codes than pixels"};
        if (code == clear) {
            codeBits = minimumBits + 1;
            nextCode = end + 1;
            previous = -1;
            continue;
        }
        if (code == end)
            return Error{ErrorCode::ImgTruncated, "GIF with fewer codes than pixels"};
        if (previous < 0 ? code >= clear : code > nextCode || (code == nextCode && nextCode == maxCodes))
            return corrupt("GIF with a code that is not defined");
        if (previous >= 0 && nextCode < static_cast<int>(maxCodes)) {
            prefix[nextCode] = static_cast<std::uint16_t>(previous);
            first[nextCode] = first[previous];
            last[nextCode] = code == nextCode ? first[previous] : first[code];
            length[nextCode] = static_cast<std::uint16_t>(length[previous] + 1);
            ++nextCode;
            if (nextCode == 1 << codeBits && codeBits < maxCodeBits)
                ++codeBits;
        }
        const std::size_t count = length[code];
        int part = code;
        for (std::size_t i = count; i-- > 0; part = prefix[part])
            if (written + i < indices.size())
                indices[written + i] = last[part];
        written += count;
        previous = code;
    }
    return {};
}

struct Frame
{
    std::uint32_t left = 0, top = 0, width = 0, height = 0;
    bool interlaced = false;
    std::size_t dataAt = 0;
};

/// Row `i` of the stored rows of an interlaced frame belongs here.
std::vector<std::uint32_t> rowOrder(std::uint32_t height, bool interlaced)
{
    std::vector<std::uint32_t> order;
    order.reserve(height);
    if (!interlaced) {
        for (std::uint32_t y = 0; y < height; ++y)
            order.push_back(y);
        return order;
    }
    constexpr std::array<std::array<std::uint32_t, 2>, 4> passes{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    for (const auto& [start, step] : passes)
        for (std::uint32_t y = start; y < height; y += step)
            order.push_back(y);
    return order;
}

std::size_t readPalette(const ByteReader& in, std::size_t at, std::uint8_t flags, Palette& palette)
{
    const std::size_t colors = std::size_t{2} << (flags & 7);
    palette = {};
    for (std::size_t i = 0; i < colors; ++i)
        for (std::size_t channel = 0; channel < 3; ++channel)
            palette[i][channel] = in.u8(at + i * 3 + channel);
    return at + colors * 3;
}

/// Behind a chain of sub-blocks; nothing where the file ends first.
std::size_t skipBlocks(const ByteReader& in, std::size_t at)
{
    while (in.has(at, 1) && in.u8(at) != 0)
        at += std::size_t{1} + in.u8(at);
    return at + 1;
}

/// All blocks behind the first frame must be there, up to the trailer: without it nobody knows what is missing.
Result<void> checkRest(const ByteReader& in, std::size_t dataAt)
{
    std::size_t at = skipBlocks(in, dataAt + 1);
    while (in.has(at, 1)) {
        const std::uint8_t kind = in.u8(at++);
        if (kind == '!') {
            at = skipBlocks(in, at + 1);
        } else if (kind == ',') {
            const std::uint8_t flags = in.u8(at + 8);
            at += 9 + (flags & 0x80 ? std::size_t{6} << (flags & 7) : 0);
            at = skipBlocks(in, at + 1);
        } else {
            return {}; // the trailer, or something that is not ours
        }
    }
    return truncated();
}

struct Canvas
{
    std::uint32_t width = 0, height = 0;
    std::uint8_t background = 0;
    int transparent = -1;
    Palette palette{};
};

/// Finds the first frame and what comes before it.
Result<Frame> findFrame(const ByteReader& in, Canvas& canvas)
{
    canvas.width = in.u16(6);
    canvas.height = in.u16(8);
    canvas.background = in.u8(11);
    const std::uint8_t flags = in.u8(10);
    std::size_t at = 13;
    if (flags & 0x80)
        at = readPalette(in, at, flags, canvas.palette);
    else
        for (std::size_t i = 0; i < canvas.palette.size(); ++i)
            canvas.palette[i].fill(static_cast<std::uint8_t>(i));
    while (in.has(at, 1)) {
        const std::uint8_t kind = in.u8(at++);
        if (kind == ';')
            return corrupt("GIF without a frame");
        if (kind == '!') {
            if (in.u8(at) == 0xf9 && in.u8(at + 1) == 4 && (in.u8(at + 2) & 1))
                canvas.transparent = in.u8(at + 5);
            at = skipBlocks(in, at + 1);
        } else if (kind == ',') {
            if (!in.has(at, 10))
                return truncated();
            Frame frame{in.u16(at), in.u16(at + 2), in.u16(at + 4), in.u16(at + 6), (in.u8(at + 8) & 0x40) != 0,
                        at + 9};
            if (in.u8(at + 8) & 0x80)
                frame.dataAt = readPalette(in, at + 9, in.u8(at + 8), canvas.palette);
            return frame;
        }
    }
    return truncated();
}

} // namespace

Result<RgbImage> decodeGif(Bytes bytes)
{
    const ByteReader in(bytes, ByteOrder::Little);
    Canvas canvas;
    const auto frame = findFrame(in, canvas);
    if (!frame)
        return frame.error();
    if (!in.has(frame->dataAt, 1))
        return truncated();
    const std::uint32_t width = std::max(canvas.width, frame->left + frame->width);
    const std::uint32_t height = std::max(canvas.height, frame->top + frame->height);
    if (auto checked = checkSize(width, height); !checked)
        return checked.error();
    if (frame->width == 0 || frame->height == 0)
        return corrupt("GIF with an empty frame");

    std::vector<std::uint8_t> indices(std::size_t{frame->width} * frame->height);
    if (auto decoded = decodeLzw(in, frame->dataAt, indices); !decoded)
        return decoded.error();

    RgbImage image(width, height);
    const auto& outside =
        canvas.palette[canvas.transparent >= 0 ? static_cast<std::size_t>(canvas.transparent) : canvas.background];
    if (frame->width != width || frame->height != height)
        for (std::size_t i = 0, end = image.bytes(); i < end; ++i)
            image.pixels()[i] = outside[i % 3];
    const auto order = rowOrder(frame->height, frame->interlaced);
    for (std::uint32_t y = 0; y < frame->height; ++y) {
        const std::uint8_t* from = indices.data() + std::size_t{y} * frame->width;
        std::uint8_t* to = image.row(frame->top + order[y]) + std::size_t{frame->left} * 3;
        for (std::uint32_t x = 0; x < frame->width; ++x, to += 3)
            std::copy_n(canvas.palette[from[x]].data(), 3, to);
    }
    if (auto whole = checkRest(in, frame->dataAt); !whole)
        return whole.error();
    return image;
}

} // namespace vitfleet::imaging
