// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace vitfleet::torchbackend {

/// How many pictures a batch should have on a device of which nothing is known: of 8, 16, 32, ... up to `most` the
/// smallest whose pictures take at most a tenth longer than those of the fastest. Steps and tolerance are coarse, so
/// that equal devices choose alike: with another batch a GPU's library may round otherwise. `secondsOf(pictures)`
/// computes one batch and says how long it took, or nothing where memory does not suffice; where it does not even for
/// the first, halves of it are tried. Ends where a larger batch gains nothing, or might take all together more than
/// `limit` seconds.
template <typename SecondsOf>
std::size_t chooseBatch(std::size_t most, double limit, SecondsOf&& secondsOf)
{
    constexpr std::size_t first = 8;
    constexpr double worthIt = 1.1;
    std::vector<std::pair<std::size_t, double>> measured; // pictures, and seconds for each of them
    double spent = 0;
    std::size_t pictures = std::min(first, most);
    bool shrinks = false;
    while (pictures >= 1 && pictures <= most) {
        const std::optional<double> seconds = secondsOf(pictures);
        if (!seconds && !measured.empty())
            break;
        if (!seconds) {
            shrinks = true;
            pictures /= 2;
            continue;
        }
        spent += *seconds;
        measured.emplace_back(pictures, *seconds / static_cast<double>(pictures));
        const std::size_t count = measured.size();
        if (shrinks || (count > 1 && measured[count - 2].second < measured[count - 1].second * worthIt))
            break;
        if (spent + 2 * *seconds > limit) // which the next one may take
            break;
        pictures *= 2;
    }
    if (measured.empty())
        return 1;
    const double fastest = std::ranges::min(measured, {}, &std::pair<std::size_t, double>::second).second;
    return std::ranges::find_if(measured, [&](const auto& one) { return one.second <= fastest * worthIt; })->first;
}

} // namespace vitfleet::torchbackend
