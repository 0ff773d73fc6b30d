// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/advice.h"

#include <algorithm>
#include <limits>

namespace vitfleet::app {

std::vector<Advice> advise(const AdviceInput& input, std::uint32_t mostNodes)
{
    std::vector<Advice> all;
    if (input.items == 0 || input.imagesPerSecondOfNode <= 0)
        return all;
    constexpr double unlimited = std::numeric_limits<double>::infinity();
    const double link = input.linkBytesPerSecond > 0 && input.bytesPerItem > 0
                            ? input.linkBytesPerSecond / input.bytesPerItem
                            : unlimited;
    const double application = input.applicationItemsPerSecond > 0 ? input.applicationItemsPerSecond : unlimited;
    for (std::uint32_t nodes = 1; nodes <= mostNodes; ++nodes) {
        Advice advice;
        advice.nodes = nodes;
        const double own = nodes * input.imagesPerSecondOfNode;
        advice.imagesPerSecond = std::min({own, link, application});
        if (advice.imagesPerSecond < own)
            advice.limit = link < application ? Advice::Limit::Link : Advice::Limit::Application;
        // The models leave one link one after the other.
        const double models = input.linkBytesPerSecond > 0 ? nodes * input.modelBytes / input.linkBytesPerSecond : 0;
        advice.startSeconds = input.startSeconds + models + input.loadSeconds;
        const double steady = static_cast<double>(input.items) / advice.imagesPerSecond;
        // At the end nodes fall idle one after the other, over the time of one last chunk: half of it on average.
        const double tail = nodes > 1 ? std::min(input.chunkSeconds / 2, steady) : 0;
        advice.seconds = advice.startSeconds + steady + tail;
        advice.efficiency = steady / (steady + tail) * advice.imagesPerSecond / own;
        advice.cost = nodes * advice.seconds / 3600 * input.pricePerNodeHour;
        all.push_back(advice);
    }
    return all;
}

std::uint32_t recommended(const std::vector<Advice>& advice, double slack)
{
    const auto best = std::ranges::min_element(advice, {}, &Advice::seconds);
    if (best == advice.end())
        return 0;
    const auto first =
        std::ranges::find_if(advice, [&](const Advice& each) { return each.seconds <= best->seconds * (1 + slack); });
    return first->nodes;
}

} // namespace vitfleet::app
