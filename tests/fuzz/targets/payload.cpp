// SPDX-License-Identifier: GPL-3.0-or-later
// The lists that travel in payloads: items from an application, results from an agent.
#include "shared/base/limits.h"
#include "shared/protocol/codec.h"
#include "tests/fuzz/fuzz_target.h"

#include <cmath>

using namespace vitfleet;

VITFLEET_FUZZ_TARGET(payload)
{
    const auto bytes = fuzz::bytesOf(input);
    if (const auto items = protocol::decodeItems(bytes)) {
        fuzz::require(items->size() <= limits::maxLeaseItems);
        std::size_t sum = 0;
        for (const auto& item : *items)
            sum += item.path.size() + item.data.size();
        fuzz::require(sum <= bytes.size());
    } else {
        fuzz::require(items.error().code == ErrorCode::Protocol);
    }
    if (const auto results = protocol::decodeResults(bytes)) {
        fuzz::require(results->size() <= limits::maxLeaseItems);
        for (const auto& result : *results) {
            fuzz::require(result.top.size() <= limits::topK);
            for (const auto& label : result.top)
                fuzz::require(std::isfinite(label.score) && label.label < limits::maxLabels);
        }
    } else {
        fuzz::require(results.error().code == ErrorCode::Protocol);
    }
}
