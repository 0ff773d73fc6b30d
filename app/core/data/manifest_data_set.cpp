// SPDX-License-Identifier: GPL-3.0-or-later
// A CSV or TSV manifest: a header with the column path and perhaps label, then one item a record, in the order written.
#include "app/core/data/csv_reader.h"
#include "app/core/data/data_kinds.h"
#include "app/core/data/item_files.h"
#include "shared/base/limits.h"
#include "shared/base/utf8.h"

namespace vitfleet::app {
namespace {

struct Columns
{
    std::size_t path = 0;
    std::optional<std::size_t> label;
};

Result<Columns> readHeader(CsvReader& reader, const std::string& file)
{
    auto found = reader.header({"path", "label"});
    if (!found)
        return found.error();
    if (!(*found)[0])
        return Error{ErrorCode::DataManifest, file + ": the first line does not name a column path"};
    return Columns{*(*found)[0], (*found)[1]};
}

class ManifestDataSet final : public DataSet
{
public:
    ManifestDataSet(std::filesystem::path file, ItemFiles files, std::uint64_t limit)
        : m_file(std::move(file)), m_files(std::move(files)), m_limit(limit)
    {
    }

    std::string kind() const override { return "manifest"; }
    std::string path() const override { return m_file.string(); }
    std::string root() const override { return m_files.root().string(); }

    Result<void> scan(const Batch& batch, const std::atomic<bool>& cancelled) override
    {
        auto reader = CsvReader::open(m_file, ErrorCode::DataManifest, CsvReader::separatorOf(m_file));
        if (!reader)
            return reader.error();
        const auto columns = readHeader(*reader, path());
        if (!columns)
            return columns.error();
        ItemBatches items(batch, cancelled, m_limit);
        while (!items.isFull()) {
            auto record = reader->next();
            if (!record)
                return record.error();
            if (!*record)
                break;
            ItemRecord item;
            items.look([&] {
                item = makeItem(**record, *columns, reader->line());
                return item.scanError.code;
            });
            if (auto added = items.add(std::move(item)); !added)
                return added;
        }
        return items.finish(path());
    }

    Result<std::vector<std::byte>> read(const ItemRecord& item, std::uint64_t offset, std::size_t maxBytes) override
    {
        return m_files.read(item, offset, maxBytes);
    }

private:
    ItemRecord makeItem(const std::vector<std::string>& fields, const Columns& columns, std::uint64_t line) const
    {
        ItemRecord item;
        if (columns.label && *columns.label < fields.size())
            item.expected = clippedText(repairedText(fields[*columns.label]), limits::maxLabelBytes);
        if (columns.path >= fields.size() || fields[columns.path].empty()) {
            item.scanError = Error{ErrorCode::PathMissing, "line " + std::to_string(line) + " has no path"};
            return item;
        }
        const std::string& written = fields[columns.path];
        if (!isText(written) || written.size() > limits::maxPathBytes) {
            item.path = shownPath(written);
            item.scanError = Error{ErrorCode::PathEncoding, item.path};
            return item;
        }
        const std::filesystem::path relative = belowRoot(written);
        if (relative.empty()) {
            item.path = written;
            item.scanError = Error{ErrorCode::PathEscape, written};
            return item;
        }
        m_files.describe(relative.string(), item);
        return item;
    }

    /// Relative to the root, without dots; empty where the name itself leads out.
    std::filesystem::path belowRoot(const std::filesystem::path& written) const
    {
        const std::filesystem::path relative = written.is_absolute()
                                                   ? written.lexically_normal().lexically_relative(m_files.root())
                                                   : written.lexically_normal();
        return relative.empty() || *relative.begin() == ".." ? std::filesystem::path{} : relative;
    }

    std::filesystem::path m_file;
    ItemFiles m_files;
    std::uint64_t m_limit;
};

} // namespace

Result<std::unique_ptr<DataSet>> openManifest(const DataSetSpec& spec)
{
    std::error_code error;
    const std::filesystem::path file = std::filesystem::absolute(spec.path, error).lexically_normal();
    auto reader = CsvReader::open(file, ErrorCode::DataManifest, CsvReader::separatorOf(file));
    if (!reader)
        return reader.error();
    if (const auto columns = readHeader(*reader, file.string()); !columns)
        return columns.error();
    auto files = ItemFiles::open(spec.root.empty() ? file.parent_path() : std::filesystem::path(spec.root));
    if (!files)
        return files.error();
    return std::unique_ptr<DataSet>(std::make_unique<ManifestDataSet>(file, std::move(*files), spec.limit));
}

} // namespace vitfleet::app
