// SPDX-License-Identifier: GPL-3.0-or-later
// A folder of the test's own, and scanning in one call.
#pragma once

#include "app/core/data/data_set.h"

#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::app {

namespace fs = std::filesystem;

/// Where the samples lie that are no part of the source tree.
inline const fs::path sharedData = fs::path(VITFLEET_SOURCE_DIR "/../shared/data");

class Folder
{
public:
    Folder() : m_path(fs::canonical(m_dir.path().toStdString())) {}
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder()
    {
        std::error_code error;
        fs::remove_all(m_path, error); // QTemporaryDir leaves names behind that are no text, and deep ones
    }
    const fs::path& path() const { return m_path; }
    fs::path operator/(std::string_view name) const { return m_path / name; }
    /// Makes folders as needed.
    fs::path write(std::string_view name, std::string_view content = "x") const
    {
        const fs::path file = m_path / name;
        fs::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
        return file;
    }

private:
    QTemporaryDir m_dir;
    fs::path m_path;
};

struct Scanned
{
    Error error{ErrorCode::None, {}};
    std::vector<ItemRecord> items;
    std::size_t batches = 0;

    std::vector<std::string> paths() const
    {
        std::vector<std::string> result;
        for (const ItemRecord& item : items)
            result.push_back(item.path);
        return result;
    }
    const ItemRecord* find(std::string_view path) const
    {
        for (const ItemRecord& item : items)
            if (item.path == path)
                return &item;
        return nullptr;
    }
    ErrorCode errorOf(std::string_view path) const
    {
        const ItemRecord* item = find(path);
        return item ? item->scanError.code : ErrorCode::Internal;
    }
};

inline Scanned scan(DataSet& set)
{
    Scanned scanned;
    const std::atomic<bool> cancelled = false;
    const auto done = set.scan(
        [&scanned](std::vector<ItemRecord> items) {
            ++scanned.batches;
            for (ItemRecord& item : items)
                scanned.items.push_back(std::move(item));
        },
        cancelled);
    if (!done)
        scanned.error = done.error();
    for (std::size_t i = 0; i < scanned.items.size(); ++i)
        if (scanned.items[i].id.value != i)
            QTest::qFail("items are not numbered from 0", __FILE__, __LINE__);
    return scanned;
}

/// Opens and scans; an error of either.
inline Scanned scan(const DataSetSpec& spec)
{
    auto set = DataSet::open(spec);
    if (!set) {
        Scanned failed;
        failed.error = set.error();
        return failed;
    }
    return scan(**set);
}

inline std::string asText(const std::vector<std::byte>& bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace vitfleet::app
