// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/advice.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace vitfleet::app {

std::vector<Advice> advise(const AdviceInput& input, std::uint32_t mostNodes)
{
    std::vector<Advice> all;
    if (input.items == 0 || (input.imagesPerSecondOfNode <= 0 && input.speeds.empty()))
        return all;
    constexpr double unlimited = std::numeric_limits<double>::infinity();
    const double link = input.linkBytesPerSecond > 0 && input.bytesPerItem > 0
                            ? input.linkBytesPerSecond / input.bytesPerItem
                            : unlimited;
    const double application = input.applicationItemsPerSecond > 0 ? input.applicationItemsPerSecond : unlimited;
    const auto items = static_cast<double>(input.items);
    const auto ownOf = [&input](std::uint32_t nodes) {
        const auto known = std::min<std::size_t>(nodes, input.speeds.size());
        return std::accumulate(input.speeds.begin(), input.speeds.begin() + static_cast<std::ptrdiff_t>(known), 0.0) +
               static_cast<double>(nodes - known) * input.imagesPerSecondOfNode;
    };
    const auto rateOf = [&](std::uint32_t nodes) { return std::min({ownOf(nodes), link, application}); };
    for (std::uint32_t nodes = 1; nodes <= mostNodes; ++nodes) {
        Advice advice;
        advice.nodes = nodes;
        const double own = ownOf(nodes);
        advice.imagesPerSecond = rateOf(nodes);
        if (advice.imagesPerSecond < own)
            advice.limit = link < application ? Advice::Limit::Link : Advice::Limit::Application;
        // The models leave one link one after the other.
        const double models = input.linkBytesPerSecond > 0 ? nodes * input.modelBytes / input.linkBytesPerSecond : 0;
        // What the nodes that are there label until the others come, which may be all.
        const double wait = nodes > input.readyNodes ? input.startSeconds : 0;
        const double early = wait > 0 && input.readyNodes > 0 ? rateOf(input.readyNodes) * wait : 0;
        const bool isEnough = early >= items;
        advice.startSeconds = (isEnough ? 0 : wait) + models + input.loadSeconds;
        const double working = isEnough ? items / rateOf(input.readyNodes) : (items - early) / advice.imagesPerSecond;
        const double steady = items / advice.imagesPerSecond;
        // At the end nodes fall idle one after the other, over the time of one last chunk: half of it on average.
        const double tail = nodes > 1 ? std::min(input.chunkSeconds / 2, steady) : 0;
        advice.seconds = advice.startSeconds + working + tail;
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
