// SPDX-License-Identifier: GPL-3.0-or-later
// JPEG by libjpeg-turbo itself: OpenCV hides its warnings and hands out grey where data is missing.
#include "agent/imaging/cmyk.h"
#include "agent/imaging/decode_formats.h"

#include <csetjmp>
#include <cstdio>
// jpeglib.h needs stdio's FILE before it.
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <memory>

namespace vitfleet::imaging {

namespace {

/// libjpeg leaves by longjmp: nothing between setjmp and its calls may need a destructor.
struct Decompressor
{
    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    std::jmp_buf escape{};
    bool truncated = false;
    long warnings = 0;
    std::array<char, JMSG_LENGTH_MAX> firstWarning{};
    std::array<char, JMSG_LENGTH_MAX> failure{};
    int failureCode = 0;

    // Kept here so that a longjmp does not lose them.
    std::unique_ptr<std::uint8_t[]> row;
    RgbImage image;

    Decompressor()
    {
        info.err = jpeg_std_error(&errors);
        info.client_data = this;
        errors.error_exit = onError;
        errors.emit_message = onMessage;
        errors.output_message = [](j_common_ptr) {};
    }
    ~Decompressor() { jpeg_destroy_decompress(&info); }
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;

    static Decompressor& of(j_common_ptr common) { return *static_cast<Decompressor*>(common->client_data); }

    [[noreturn]] static void onError(j_common_ptr common)
    {
        auto& self = of(common);
        common->err->format_message(common, self.failure.data());
        self.failureCode = common->err->msg_code;
        std::longjmp(self.escape, 1);
    }

    static void onMessage(j_common_ptr common, int level)
    {
        if (level >= 0) // traces
            return;
        auto& self = of(common);
        const int code = common->err->msg_code;
        // Data may run short before any marker; only at the end of the picture is something missing there. Before the
        // others libjpeg goes on in step, and so does Pillow.
        if (code == JWRN_JPEG_EOF || (code == JWRN_HIT_MARKER && self.info.unread_marker == JPEG_EOI))
            self.truncated = true;
        if (self.warnings++ == 0)
            common->err->format_message(common, self.firstWarning.data());
    }
};

/// Adobe writes CMYK inverted, and Pillow takes every CMYK JPEG for one of Adobe's.
void rowFromInvertedCmyk(const std::uint8_t* from, std::uint8_t* to, std::uint32_t width)
{
    for (std::uint32_t x = 0; x < width; ++x, from += 4, to += 3)
        for (int channel = 0; channel < 3; ++channel)
            to[channel] = channelFromCmyk(255 - from[channel], 255 - from[3]);
}

void rowFromGrey(const std::uint8_t* from, std::uint8_t* to, std::uint32_t width)
{
    for (std::uint32_t x = 0; x < width; ++x, to += 3)
        to[0] = to[1] = to[2] = from[x];
}

void readRows(Decompressor& jpeg)
{
    auto& info = jpeg.info;
    while (info.output_scanline < info.output_height) {
        std::uint8_t* out = jpeg.image.row(info.output_scanline);
        if (info.output_components == 3) {
            // Up to rec_outbuf_height rows a call saves libjpeg a copy.
            std::array<JSAMPROW, 4> rows{};
            const auto wanted = std::min<JDIMENSION>(
                {4, static_cast<JDIMENSION>(info.rec_outbuf_height), info.output_height - info.output_scanline});
            for (JDIMENSION i = 0; i < wanted; ++i)
                rows[i] = jpeg.image.row(info.output_scanline + i);
            jpeg_read_scanlines(&info, rows.data(), wanted);
            continue;
        }
        JSAMPROW row = jpeg.row.get();
        jpeg_read_scanlines(&info, &row, 1);
        if (info.output_components == 1)
            rowFromGrey(row, out, info.output_width);
        else
            rowFromInvertedCmyk(row, out, info.output_width);
    }
}

/// Everything that libjpeg may leave by longjmp. False: it did.
bool decode(Decompressor& jpeg, Bytes bytes, Error& error)
{
    auto& info = jpeg.info;
    if (setjmp(jpeg.escape)) // NOLINT(cert-err52-cpp): libjpeg's only way out
        return false;
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&info, TRUE);
    if (auto checked = checkSize(info.image_width, info.image_height); !checked) {
        error = checked.error();
        return true;
    }
    switch (info.num_components) {
    case 1:
        info.out_color_space = JCS_GRAYSCALE;
        break;
    case 3:
        info.out_color_space = JCS_RGB;
        break;
    case 4:
        info.out_color_space = JCS_CMYK;
        break;
    default:
        error = Error{ErrorCode::ImgCorrupt, "JPEG of " + std::to_string(info.num_components) + " components"};
        return true;
    }
    jpeg_start_decompress(&info);
    jpeg.image = RgbImage(info.output_width, info.output_height);
    if (info.output_components != 3)
        jpeg.row = std::make_unique<std::uint8_t[]>(std::size_t{info.output_width} * 4);
    readRows(jpeg);
    jpeg_finish_decompress(&info); // reads to the end of the picture: a missing end marker is found here
    return true;
}

} // namespace

Result<RgbImage> decodeJpeg(Bytes bytes, std::string& note)
{
    Decompressor jpeg;
    Error error{ErrorCode::None, {}};
    if (!decode(jpeg, bytes, error)) {
        if (jpeg.failureCode == JERR_OUT_OF_MEMORY)
            return Error{ErrorCode::DecoderMemory, jpeg.failure.data()};
        // What libjpeg meets behind the end of the data is a consequence of it.
        const bool early = jpeg.truncated || jpeg.failureCode == JERR_INPUT_EOF;
        return Error{early ? ErrorCode::ImgTruncated : ErrorCode::ImgCorrupt, jpeg.failure.data()};
    }
    if (error.code != ErrorCode::None)
        return error;
    if (jpeg.truncated)
        return Error{ErrorCode::ImgTruncated, jpeg.firstWarning.data()};
    if (jpeg.warnings > 0)
        note = jpeg.firstWarning.data();
    return std::move(jpeg.image);
}

} // namespace vitfleet::imaging
