// SPDX-License-Identifier: GPL-3.0-or-later
// TIFF by libtiff itself: it unpacks, the samples are brought to RGB here as Pillow does. (OpenCV 4.6 reads no 2 and 4
// bit grey, no separate 16-bit planes, mistakes premultiplied alpha and turns some pictures twice.)
#include "agent/imaging/decode_formats.h"
#include "agent/imaging/tiff_samples.h"
#include "shared/base/limits.h"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

namespace vitfleet::imaging {

namespace {

constexpr std::uint64_t maxChunkBytes = std::uint64_t{1} << 30;
constexpr std::uint16_t maxSamples = 16;

Error corrupt(std::string detail)
{
    return {ErrorCode::ImgCorrupt, "TIFF: " + std::move(detail)};
}
Error unsupported(std::string detail)
{
    return {ErrorCode::ImgFormat, "TIFF: " + std::move(detail)};
}

/// The file in memory, as libtiff wants to see it.
struct Source
{
    Bytes bytes;
    std::uint64_t at = 0;

    static Source& of(thandle_t handle) { return *static_cast<Source*>(handle); }
    static tmsize_t read(thandle_t handle, void* to, tmsize_t size)
    {
        Source& self = of(handle);
        if (self.at >= self.bytes.size() || size <= 0)
            return 0;
        const auto count = std::min<std::uint64_t>(static_cast<std::uint64_t>(size), self.bytes.size() - self.at);
        std::memcpy(to, self.bytes.data() + self.at, count);
        self.at += count;
        return static_cast<tmsize_t>(count);
    }
    static toff_t seek(thandle_t handle, toff_t offset, int whence)
    {
        Source& self = of(handle);
        const std::uint64_t base = whence == SEEK_CUR ? self.at : whence == SEEK_END ? self.bytes.size() : 0;
        self.at = base + offset;
        return self.at;
    }
    static toff_t size(thandle_t handle) { return of(handle).bytes.size(); }
};

struct Close
{
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, Close>;

Tiff openTiff(Source& source)
{
    const auto write = [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; };
    const auto close = [](thandle_t) { return 0; };
    // 'm': libtiff is not to map the file.
    return Tiff(TIFFClientOpen("picture", "rm", &source, Source::read, write, Source::seek, close, Source::size,
                               nullptr, nullptr));
}

template <typename Value>
Value field(TIFF* tiff, std::uint32_t tag, Value fallback)
{
    Value value = fallback;
    return TIFFGetFieldDefaulted(tiff, tag, &value) ? value : fallback;
}

Result<SampleLayout> readLayout(TIFF* tiff)
{
    SampleLayout layout;
    layout.bits = field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1);
    layout.samples = field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    layout.isSigned = field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT) == SAMPLEFORMAT_INT;
    layout.isFloat = field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT) == SAMPLEFORMAT_IEEEFP;
    layout.separate = field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
    const auto photometric = field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
    std::uint16_t extras = 0;
    std::uint16_t* kinds = nullptr;
    if (TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extras, &kinds) && extras > 0 && kinds)
        layout.premultiplied = kinds[0] == EXTRASAMPLE_ASSOCALPHA;

    switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
        layout.color = SampleColor::Grey;
        layout.inverted = photometric == PHOTOMETRIC_MINISWHITE;
        break;
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_YCBCR: // the JPEG codec is asked for RGB
        layout.color = SampleColor::Rgb;
        break;
    case PHOTOMETRIC_PALETTE: {
        layout.color = SampleColor::Palette;
        std::array<std::uint16_t*, 3> maps{};
        if (layout.bits > 8 || !TIFFGetField(tiff, TIFFTAG_COLORMAP, maps.data(), &maps[1], &maps[2]))
            return corrupt("no usable palette");
        for (std::size_t i = 0; i < std::size_t{1} << layout.bits; ++i)
            for (std::size_t channel = 0; channel < 3; ++channel)
                layout.palette[i][channel] = static_cast<std::uint8_t>(maps[channel][i] >> 8);
        break;
    }
    case PHOTOMETRIC_SEPARATED:
        layout.color = SampleColor::Cmyk;
        break;
    default:
        return unsupported("colours of kind " + std::to_string(photometric));
    }
    if (layout.samples > maxSamples || !layout.isSupported())
        return unsupported(std::to_string(layout.samples) + " samples of " + std::to_string(layout.bits) + " bits");
    return layout;
}

/// Colours that libtiff itself has to work out.
Result<RgbImage> readByLibtiff(TIFF* tiff, std::uint32_t width, std::uint32_t height)
{
    std::vector<std::uint32_t> raster(std::size_t{width} * height);
    if (!TIFFReadRGBAImageOriented(tiff, width, height, raster.data(), ORIENTATION_TOPLEFT, 1))
        return corrupt("data cannot be decoded");
    RgbImage image(width, height);
    auto* to = image.pixels().data();
    for (const std::uint32_t pixel : raster) {
        *to++ = static_cast<std::uint8_t>(TIFFGetR(pixel));
        *to++ = static_cast<std::uint8_t>(TIFFGetG(pixel));
        *to++ = static_cast<std::uint8_t>(TIFFGetB(pixel));
    }
    return image;
}

/// Strips are tiles of the picture's width.
struct Chunks
{
    bool tiled = false;
    std::uint32_t width = 0, height = 0;
    std::uint32_t across = 1, down = 1;
    tmsize_t bytes = 0, rowBytes = 0;
};

Result<Chunks> chunksOf(TIFF* tiff, std::uint32_t width, std::uint32_t height)
{
    Chunks chunks;
    chunks.tiled = TIFFIsTiled(tiff) != 0;
    if (chunks.tiled) {
        chunks.width = field<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH, 0);
        chunks.height = field<std::uint32_t>(tiff, TIFFTAG_TILELENGTH, 0);
        chunks.bytes = TIFFTileSize(tiff);
        chunks.rowBytes = TIFFTileRowSize(tiff);
    } else {
        chunks.width = width;
        chunks.height = std::min(height, field<std::uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP, height));
        chunks.bytes = TIFFStripSize(tiff);
        chunks.rowBytes = TIFFScanlineSize(tiff);
    }
    if (chunks.width == 0 || chunks.height == 0 || chunks.bytes <= 0 || chunks.rowBytes <= 0)
        return corrupt("pieces without a size");
    if (chunks.width > limits::maxSide || chunks.height > limits::maxSide)
        return Error{ErrorCode::ImgTooLarge,
                     "TIFF: pieces of " + std::to_string(chunks.width) + " × " + std::to_string(chunks.height)};
    if (static_cast<std::uint64_t>(chunks.bytes) > maxChunkBytes)
        return Error{ErrorCode::ImgTooLarge, "TIFF: a piece of " + std::to_string(chunks.bytes) + " bytes"};
    // In 64 bits: tiles of nearly 2^32 pixels would make it none.
    const auto pieces = [](std::uint64_t length, std::uint64_t each) {
        return static_cast<std::uint32_t>((length + each - 1) / each);
    };
    chunks.across = pieces(width, chunks.width);
    chunks.down = pieces(height, chunks.height);
    return chunks;
}

Result<RgbImage> readChunks(TIFF* tiff, const SampleLayout& layout, std::uint32_t width, std::uint32_t height)
{
    const auto chunks = chunksOf(tiff, width, height);
    if (!chunks)
        return chunks.error();
    const std::size_t planes = layout.separate ? layout.usedSamples() : 1;
    const std::uint64_t rowNeeds =
        (std::uint64_t{chunks->width} * (layout.separate ? 1U : layout.samples) * layout.bits + 7) / 8;
    if (static_cast<std::uint64_t>(chunks->rowBytes) < rowNeeds ||
        static_cast<std::uint64_t>(chunks->bytes) / static_cast<std::uint64_t>(chunks->rowBytes) < chunks->height)
        return corrupt("pieces smaller than their pixels");

    // Asked for its whole size, an uncompressed strip is read whatever its byte count says (check_whole.cpp). Pillow
    // goes by the byte counts of separate planes.
    const tmsize_t stripBytes = layout.separate ? -1 : chunks->bytes;
    RgbImage image(width, height);
    std::vector<std::vector<std::uint8_t>> buffers(planes);
    for (auto& buffer : buffers)
        buffer.resize(static_cast<std::size_t>(chunks->bytes));
    const std::uint32_t perPlane = chunks->across * chunks->down;
    for (std::uint32_t index = 0; index < perPlane; ++index) {
        const std::uint32_t left = index % chunks->across * chunks->width,
                            top = index / chunks->across * chunks->height;
        const std::uint32_t columns = std::min(chunks->width, width - left),
                            rows = std::min(chunks->height, height - top);
        SampleRows from{{}, static_cast<std::size_t>(chunks->rowBytes)};
        for (std::size_t plane = 0; plane < planes; ++plane) {
            const auto number = static_cast<std::uint32_t>(index + plane * perPlane);
            auto& buffer = buffers[plane];
            const tmsize_t got = chunks->tiled ? TIFFReadEncodedTile(tiff, number, buffer.data(), chunks->bytes)
                                               : TIFFReadEncodedStrip(tiff, number, buffer.data(), stripBytes);
            if (got < 0)
                return corrupt("piece " + std::to_string(number) + " cannot be decoded");
            from.planes[plane] = buffer.data();
        }
        for (std::uint32_t y = 0; y < rows; ++y)
            convertRow(layout, from, y, columns, image.row(top + y) + std::size_t{left} * RgbImage::channels);
    }
    return image;
}

} // namespace

void silenceTiff()
{
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
}

Result<RgbImage> decodeTiff(Bytes bytes)
{
    if (auto whole = checkTiff(bytes); !whole)
        return whole.error();
    Source source{bytes};
    const Tiff tiff = openTiff(source);
    if (!tiff)
        return corrupt("the directory cannot be read");
    const auto width = field<std::uint32_t>(tiff.get(), TIFFTAG_IMAGEWIDTH, 0);
    const auto height = field<std::uint32_t>(tiff.get(), TIFFTAG_IMAGELENGTH, 0);
    if (auto checked = checkSize(width, height); !checked)
        return checked.error();
    const auto compression = field<std::uint16_t>(tiff.get(), TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    const auto photometric = field<std::uint16_t>(tiff.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
    // Pillow's libtiff has neither, and what it refuses gets no label.
    if (compression == COMPRESSION_WEBP || !TIFFIsCODECConfigured(compression))
        return unsupported("compression " + std::to_string(compression));
    // The orientation is applied to the finished picture, as for the other formats.
    TIFFSetField(tiff.get(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    if (photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG)
        TIFFSetField(tiff.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    else if (photometric == PHOTOMETRIC_YCBCR)
        return readByLibtiff(tiff.get(), width, height);
    const auto layout = readLayout(tiff.get());
    if (!layout)
        return layout.error();
    return readChunks(tiff.get(), *layout, width, height);
}

} // namespace vitfleet::imaging
