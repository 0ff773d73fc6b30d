// SPDX-License-Identifier: GPL-3.0-or-later
// Small runs in a database of their own.
#pragma once

#include "app/store/sqlite_store.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace vitfleet::app::test {

/// The value, or a failed test with the error's sentence.
template <typename T>
T valueOf(Result<T> result)
{
    if (!result)
        qFatal("%s", describe(result.error()).c_str());
    return std::move(*result);
}

inline void mustWork(const Result<void>& result)
{
    if (!result)
        qFatal("%s", describe(result.error()).c_str());
}

class Folder
{
public:
    std::filesystem::path path(const char* name) const
    {
        return m_folder.filePath(QString::fromUtf8(name)).toStdString();
    }

private:
    QTemporaryDir m_folder;
};

inline RunRecord sampleRun(const std::string& uid = "0123456789abcdef0123456789abcdef")
{
    RunRecord run;
    run.uid = uid;
    run.createdAt = 1'700'000'000'000;
    run.dataPath = "/data/pictures";
    run.dataKind = "folder";
    run.modelPath = "/models/tiny";
    run.modelName = "tiny";
    run.labels = {"cat", "dog", "crane", "crane", "=SUM(A1)"};
    run.localAgents = 2;
    run.agents = {"host-a:5555", "[::1]:6000"};
    return run;
}

inline std::vector<ItemRecord> sampleItems(std::uint32_t count, std::uint32_t first = 0)
{
    std::vector<ItemRecord> items;
    for (std::uint32_t i = first; i < first + count; ++i) {
        ItemRecord item;
        item.id = ItemId(i);
        item.path = "folder/picture " + std::to_string(i) + ".jpg";
        item.bytes = 1000 + i;
        item.headHash.fill(static_cast<std::uint8_t>(i + 1));
        item.expected = i % 2 ? "dog" : "cat";
        item.expectedLabel = i % 2;
        items.push_back(std::move(item));
    }
    return items;
}

/// Labelled "cat" for every third item, else "dog"; correct accordingly.
inline ResultRow sampleRow(std::uint32_t item, const std::string& node = "local-1")
{
    ResultRow row;
    row.item = ItemId(item);
    const std::uint32_t label = item % 3 == 0 ? 0 : 1;
    row.top = {{label, 0.75f}, {1 - label, 0.2f}, {2, 0.03f}, {3, 0.015f}, {4, 0.005f}};
    row.node = node;
    row.device = "cpu";
    row.backend = "torch";
    row.precision = "fp32";
    row.decodeMicros = 1234;
    row.inferenceMicros = 45678;
    row.finishedAt = 1'700'000'001'234;
    row.correct = label == item % 2;
    return row;
}

inline ResultRow errorRow(std::uint32_t item, ErrorCode code, const std::string& detail,
                          const std::string& node = "local-2")
{
    ResultRow row = sampleRow(item, node);
    row.top.clear();
    row.correct.reset();
    row.error = {code, detail};
    return row;
}

/// A stored run of `items` items with its scan complete.
inline RunRecord storedRun(Store& store, std::uint32_t items,
                           const std::string& uid = "0123456789abcdef0123456789abcdef")
{
    RunRecord run = sampleRun(uid);
    run.id = valueOf(store.writer().createRun(run));
    store.writer().addItems(run.id, sampleItems(items));
    run.state = RunState::Running;
    run.planned = items;
    run.scanComplete = true;
    run.expectedKnown = run.expectedMatched = items;
    store.writer().updateRun(run);
    return run;
}

/// Why it does not open; None: it does.
inline ErrorCode errorOf(const std::filesystem::path& file, OpenMode mode = OpenMode::ReadWrite,
                         StoreOptions options = {})
{
    auto store = openStore(file, mode, std::move(options));
    return store ? ErrorCode::None : store.error().code;
}

} // namespace vitfleet::app::test
