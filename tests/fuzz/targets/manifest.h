// SPDX-License-Identifier: GPL-3.0-or-later
// A manifest with one item, or none, or a typed error; CSV and TSV differ in the file's name alone.
#pragma once

#include "app/core/data/data_set.h"
#include "shared/base/limits.h"
#include "shared/base/utf8.h"
#include "tests/fuzz/fuzz_target.h"

#include <algorithm>
#include <array>
#include <atomic>

namespace vitfleet::fuzz {

inline void readManifest(Input input, const char* name)
{
    // What begins as an IDX file is one, whatever its name: the target idx has these.
    constexpr std::array<std::uint8_t, 3> idx = {0, 0, 8};
    if (std::ranges::equal(input.first(std::min(input.size(), idx.size())), idx))
        return;
    static const ScratchFolder folder;
    const auto opened = app::DataSet::open({folder.write(name, input).string(), {}, 0});
    if (!opened) {
        require(opened.error().code == ErrorCode::DataManifest);
        return;
    }
    const std::atomic<bool> cancelled = false;
    std::size_t count = 0;
    const auto scanned = (*opened)->scan(
        [&count](const std::vector<app::ItemRecord>& items) {
            for (const auto& item : items) {
                require(isText(item.path) && isText(item.expected));
                // Nothing but the manifest itself is there to be found.
                require(item.scanError.code != ErrorCode::None ||
                        std::filesystem::path(item.path).filename().string().starts_with("manifest"));
            }
            count += items.size();
        },
        cancelled);
    require(scanned.ok()
                ? count > 0
                : scanned.error().code == ErrorCode::DataManifest || scanned.error().code == ErrorCode::DataEmpty);
}

} // namespace vitfleet::fuzz
