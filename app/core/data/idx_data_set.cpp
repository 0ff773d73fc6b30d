// SPDX-License-Identifier: GPL-3.0-or-later
// An IDX pair as MNIST and its kin come (format: Y. LeCun's page of MNIST): big-endian magic 0x00000803 for images
// (count, rows, columns, then bytes) and 0x00000801 for labels (count, then bytes); plain or gzip.
#include "app/core/data/data_kinds.h"
#include "shared/base/limits.h"
#include "shared/digest/digest.h"

#include <array>
#include <charconv>
#include <mutex>
#include <span>
#include <zlib.h>

namespace vitfleet::app {
namespace {

constexpr std::uint32_t imagesMagic = 0x803, labelsMagic = 0x801;
constexpr std::size_t imagesHeader = 16, labelsHeader = 8;
constexpr std::size_t firstReadBytes = std::size_t{16} << 20;

struct CloseGzip
{
    void operator()(gzFile file) const { gzclose_r(file); }
};
using GzipFile = std::unique_ptr<gzFile_s, CloseGzip>;

/// Reads plain files too: zlib passes through what is not gzip.
GzipFile openGzip(const std::filesystem::path& file)
{
    return GzipFile(gzopen(file.c_str(), "rb"));
}

/// All of `data`, or fewer bytes at the end of the file; nothing where the stream is damaged.
std::optional<std::size_t> readGzip(gzFile file, std::span<std::byte> data)
{
    std::size_t have = 0;
    while (have < data.size()) {
        const auto part = static_cast<unsigned>(std::min<std::size_t>(data.size() - have, 1U << 20));
        const int got = gzread(file, data.data() + have, part);
        if (got < 0)
            return std::nullopt;
        if (got == 0)
            break;
        have += static_cast<std::size_t>(got);
    }
    int error = Z_OK;
    gzerror(file, &error);
    return error == Z_OK ? std::optional(have) : std::nullopt;
}

std::uint32_t bigEndian(const std::byte* bytes)
{
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i)
        value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
    return value;
}

std::vector<std::byte> bytesOf(const std::string& text)
{
    const auto* data = reinterpret_cast<const std::byte*>(text.data());
    return {data, data + text.size()};
}

struct Shape
{
    std::uint32_t count = 0, rows = 0, columns = 0;
    std::uint64_t pixels() const { return std::uint64_t{rows} * columns; }
    std::string pgmHeader() const { return "P5\n" + std::to_string(columns) + " " + std::to_string(rows) + "\n255\n"; }
};

Error damaged(const std::filesystem::path& file, const std::string& what)
{
    return {ErrorCode::DataIdx, file.string() + ": " + what};
}

Result<Shape> readShape(gzFile gzip, const std::filesystem::path& file)
{
    std::array<std::byte, imagesHeader> header{};
    if (readGzip(gzip, header) != header.size())
        return damaged(file, "it ends within its header");
    if (bigEndian(header.data()) == labelsMagic)
        return damaged(file, "these are the labels; name the images file");
    if (bigEndian(header.data()) != imagesMagic)
        return damaged(file, "its magic number is not that of images");
    const Shape shape{bigEndian(&header[4]), bigEndian(&header[8]), bigEndian(&header[12])};
    if (shape.rows == 0 || shape.columns == 0 || shape.rows > limits::maxSide || shape.columns > limits::maxSide)
        return damaged(file, std::to_string(shape.columns) + " x " + std::to_string(shape.rows) + " pixels");
    if (shape.count > limits::maxItems || shape.pixels() * shape.count > maxIdxBytes)
        return Error{ErrorCode::DataTooLarge, file.string() + ": above " + std::to_string(maxIdxBytes) + " bytes"};
    return shape;
}

/// The rest of the file, which must be exactly `bytes` long.
Result<std::vector<std::byte>> readRest(gzFile gzip, std::uint64_t bytes, const std::filesystem::path& file)
{
    // As much memory as the file has data for, not as its header claims.
    std::vector<std::byte> data;
    while (data.size() <= bytes) {
        const std::size_t have = data.size();
        data.resize(have + std::min<std::uint64_t>(bytes + 1 - have, std::max(have, firstReadBytes)));
        const auto got = readGzip(gzip, std::span(data).subspan(have));
        if (!got)
            return damaged(file, "its compressed data are damaged");
        const bool ended = have + *got < data.size();
        data.resize(have + *got);
        if (ended)
            break;
    }
    if (data.size() != bytes)
        return damaged(file, data.size() < bytes ? "it is shorter than its header says"
                                                 : "it is longer than its header says");
    return data;
}

/// Beside the images, with the name that belongs to theirs; empty where there is none.
std::filesystem::path labelsFile(const std::filesystem::path& images)
{
    std::string name = images.filename().string();
    constexpr std::string_view imagesPart = "images-idx3", labelsPart = "labels-idx1", gzip = ".gz";
    const auto at = name.rfind(imagesPart);
    if (at == std::string::npos)
        return {};
    name.replace(at, imagesPart.size(), labelsPart);
    const std::string other =
        name.ends_with(gzip) ? name.substr(0, name.size() - gzip.size()) : name + std::string(gzip);
    std::error_code error;
    for (const std::string& candidate : {name, other})
        if (std::filesystem::is_regular_file(images.parent_path() / candidate, error))
            return images.parent_path() / candidate;
    return {};
}

Result<std::vector<std::byte>> readLabels(const std::filesystem::path& file, std::uint32_t count)
{
    const GzipFile gzip = openGzip(file);
    std::array<std::byte, labelsHeader> header{};
    if (!gzip || readGzip(gzip.get(), header) != header.size())
        return damaged(file, "it ends within its header");
    if (bigEndian(header.data()) != labelsMagic)
        return damaged(file, "its magic number is not that of labels");
    if (bigEndian(&header[4]) != count) {
        return damaged(file,
                       std::to_string(bigEndian(&header[4])) + " labels for " + std::to_string(count) + " images");
    }
    return readRest(gzip.get(), count, file);
}

class IdxDataSet final : public DataSet
{
public:
    IdxDataSet(std::filesystem::path file, Shape shape, std::uint64_t limit)
        : m_file(std::move(file)), m_shape(shape), m_limit(limit)
    {
    }

    std::string kind() const override { return "idx"; }
    std::string path() const override { return m_file.string(); }
    std::string root() const override { return {}; }

    Result<void> scan(const Batch& batch, const std::atomic<bool>& cancelled) override
    {
        if (auto loaded = load(); !loaded)
            return loaded;
        ItemBatches items(batch, cancelled, m_limit);
        for (std::uint32_t index = 0; index < m_shape.count && !items.isFull(); ++index) {
            const std::vector<std::byte> pgm = picture(index);
            ItemRecord item;
            item.path = m_file.filename().string() + '#' + std::to_string(index);
            item.bytes = pgm.size();
            item.headHash = digest::headHash(std::span(pgm).first(std::min(pgm.size(), limits::headHashBytes)));
            if (!m_labels.empty())
                item.expected = std::to_string(std::to_integer<unsigned>(m_labels[index]));
            if (auto added = items.add(std::move(item)); !added)
                return added;
        }
        return items.finish(path());
    }

    Result<std::vector<std::byte>> read(const ItemRecord& item, std::uint64_t offset, std::size_t maxBytes) override
    {
        if (auto loaded = load(); !loaded)
            return loaded.error();
        const auto mark = item.path.rfind('#');
        std::uint32_t index = m_shape.count;
        if (mark != std::string::npos)
            std::from_chars(item.path.data() + mark + 1, item.path.data() + item.path.size(), index);
        if (index >= m_shape.count)
            return Error{ErrorCode::PathMissing, item.path};
        std::vector<std::byte> pgm = picture(index);
        if (offset == 0 &&
            digest::headHash(std::span(pgm).first(std::min(pgm.size(), limits::headHashBytes))) != item.headHash)
            return Error{ErrorCode::ItemChanged, item.path};
        const auto first = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset, pgm.size()));
        const auto length = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(maxBytes, pgm.size() - first));
        return std::vector<std::byte>(pgm.begin() + first, pgm.begin() + first + length);
    }

private:
    std::vector<std::byte> picture(std::uint32_t index) const
    {
        std::vector<std::byte> pgm = bytesOf(m_shape.pgmHeader());
        const auto first = m_pixels.begin() + static_cast<std::ptrdiff_t>(index * m_shape.pixels());
        pgm.insert(pgm.end(), first, first + static_cast<std::ptrdiff_t>(m_shape.pixels()));
        return pgm;
    }

    /// Once; a resumed run may read before anything is scanned, from whichever thread.
    Result<void> load()
    {
        const std::lock_guard lock(m_mutex);
        if (m_loaded)
            return {};
        const GzipFile gzip = openGzip(m_file);
        if (!gzip)
            return Error{ErrorCode::DataMissing, path()};
        const auto shape = readShape(gzip.get(), m_file);
        if (!shape)
            return shape.error();
        if (shape->count != m_shape.count || shape->rows != m_shape.rows || shape->columns != m_shape.columns)
            return damaged(m_file, "it changed");
        auto pixels = readRest(gzip.get(), shape->pixels() * shape->count, m_file);
        if (!pixels)
            return pixels.error();
        if (const std::filesystem::path labels = labelsFile(m_file); !labels.empty()) {
            auto read = readLabels(labels, m_shape.count);
            if (!read)
                return read.error();
            m_labels = std::move(*read);
        }
        m_pixels = std::move(*pixels);
        m_loaded = true;
        return {};
    }

    std::filesystem::path m_file;
    Shape m_shape;
    std::uint64_t m_limit;
    std::mutex m_mutex;
    bool m_loaded = false;
    std::vector<std::byte> m_pixels, m_labels;
};

} // namespace

bool looksLikeIdx(const std::filesystem::path& file)
{
    if (file.filename().string().find("-idx3-ubyte") != std::string::npos)
        return true;
    const GzipFile gzip = openGzip(file);
    std::array<std::byte, 4> magic{};
    if (!gzip || readGzip(gzip.get(), magic) != magic.size())
        return false;
    return bigEndian(magic.data()) == imagesMagic || bigEndian(magic.data()) == labelsMagic;
}

Result<std::unique_ptr<DataSet>> openIdx(const DataSetSpec& spec)
{
    std::error_code error;
    const std::filesystem::path file = std::filesystem::absolute(spec.path, error).lexically_normal();
    const GzipFile gzip = openGzip(file);
    if (!gzip)
        return Error{ErrorCode::DataMissing, file.string()};
    const auto shape = readShape(gzip.get(), file);
    if (!shape)
        return shape.error();
    return std::unique_ptr<DataSet>(std::make_unique<IdxDataSet>(file, *shape, spec.limit));
}

} // namespace vitfleet::app
