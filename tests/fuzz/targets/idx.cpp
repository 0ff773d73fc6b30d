// SPDX-License-Identifier: GPL-3.0-or-later
// The images file of an IDX pair, plain or gzip.
#include "app/core/data/data_set.h"
#include "tests/fuzz/fuzz_target.h"

#include <atomic>

using namespace vitfleet;

VITFLEET_FUZZ_TARGET(idx)
{
    static const fuzz::ScratchFolder folder;
    const auto opened = app::DataSet::open({folder.write("images-idx3-ubyte", input).string(), {}, 100});
    if (!opened) {
        const ErrorCode code = opened.error().code;
        fuzz::require(code == ErrorCode::DataIdx || code == ErrorCode::DataTooLarge);
        return;
    }
    const std::atomic<bool> cancelled = false;
    (void)(*opened)->scan(
        [&](const std::vector<app::ItemRecord>& items) {
            for (const auto& item : items) {
                const auto picture = (*opened)->read(item, 0, item.bytes);
                fuzz::require(picture.ok() && picture->size() == item.bytes);
            }
        },
        cancelled);
}
