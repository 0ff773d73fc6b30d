// SPDX-License-Identifier: GPL-3.0-or-later
// A PNG must be whole: every chunk there with the right checksum, up to IEND; animations in order; no text that unpacks
// to more than a megabyte. That is what Pillow asks, too, but for the end.
#include "agent/imaging/decode_formats.h"
#include "agent/imaging/png_text.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace vitfleet::imaging {

namespace {

constexpr std::size_t maxTextBytes = 1024 * 1024; ///< Pillow's limit for one chunk

Error corrupt(std::string detail)
{
    return {ErrorCode::ImgCorrupt, std::move(detail)};
}
Error truncated(std::string detail)
{
    return {ErrorCode::ImgTruncated, std::move(detail)};
}

bool isLetter(std::uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Sequence numbers of an animation's chunks, which count from 0 without a gap.
class FrameSequence
{
public:
    bool accept(std::string_view name, Bytes data)
    {
        m_sawData = m_sawData || name == "IDAT";
        m_animated = m_animated || name == "acTL";
        if (m_ended || (name != "fcTL" && name != "fdAT"))
            return true;
        if (name == "fcTL" && m_sawData && m_animated) {
            m_ended = true; // the second frame begins: no longer ours
            return true;
        }
        if (name == "fdAT" && m_next == 0)
            return false; // data of a frame that was never begun
        return ByteReader(data).u32(0) == m_next++;
    }

private:
    std::uint32_t m_next = 0;
    bool m_sawData = false, m_animated = false, m_ended = false;
};

} // namespace

std::optional<std::string> inflateText(Bytes packed, std::size_t limit)
{
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK)
        return std::nullopt;
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string text;
    std::array<char, 16384> part;
    int status = Z_OK;
    while (status == Z_OK && text.size() <= limit) {
        stream.next_out = reinterpret_cast<Bytef*>(part.data());
        stream.avail_out = part.size();
        status = inflate(&stream, Z_NO_FLUSH);
        text.append(part.data(), part.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    if (text.size() > limit)
        return std::nullopt;
    return text;
}

Bytes packedText(std::string_view name, Bytes data)
{
    const auto text = ByteReader(data).view();
    const auto keyword = text.find('\0');
    if (keyword == std::string_view::npos)
        return {};
    if (name == "zTXt" || name == "iCCP")
        return data.subspan(std::min(data.size(), keyword + 2));
    if (name != "iTXt" || ByteReader(data).u8(keyword + 1) == 0)
        return {};
    const auto language = text.find('\0', std::min(text.size(), keyword + 3));
    const auto translated = language == std::string_view::npos ? language : text.find('\0', language + 1);
    return translated == std::string_view::npos ? Bytes{} : data.subspan(translated + 1);
}

Result<void> checkPng(Bytes bytes)
{
    const ByteReader in(bytes);
    FrameSequence frames;
    std::size_t at = 8;
    bool data = false;
    while (true) {
        if (!in.has(at, 12))
            return truncated("PNG ends without IEND");
        for (std::size_t i = 0; i < 4; ++i)
            if (!isLetter(in.u8(at + 4 + i)))
                return corrupt("PNG chunk with a name that is none");
        const auto name = in.view().substr(at + 4, 4);
        const std::size_t length = in.u32(at);
        if (!in.has(at, length + 12))
            return truncated("PNG ends within chunk " + std::string(name));
        const Bytes checked = in.part(at + 4, length + 4), content = checked.subspan(4);
        const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(checked.data()), checked.size());
        if (crc != in.u32(at + 8 + length))
            return corrupt("PNG chunk " + std::string(name) + " has a wrong checksum");
        if (!frames.accept(name, content))
            return corrupt("PNG with frames out of order");
        if (const Bytes packed = packedText(name, content); !packed.empty() && !inflateText(packed, maxTextBytes))
            return corrupt("PNG chunk " + std::string(name) + " unpacks to more than a megabyte");
        data = data || name == "IDAT";
        if (name == "IEND")
            break;
        at += length + 12;
    }
    if (!data)
        return corrupt("PNG without picture data");
    return {};
}

} // namespace vitfleet::imaging
