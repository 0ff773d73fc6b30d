// SPDX-License-Identifier: GPL-3.0-or-later
// How often the speed of nodes is stored. That of the whole fleet is stored once a second.
#pragma once

#include <chrono>
#include <cstddef>

namespace vitfleet::app {

/// From one sample of a node to its next: a second in a small fleet. A thousand nodes would otherwise leave more
/// samples than rows of results, overnight a gigabyte of them.
constexpr std::chrono::seconds sampleInterval(std::size_t nodes)
{
    constexpr std::size_t mostASecond = 100;
    return std::chrono::seconds(1 + nodes / mostASecond);
}

} // namespace vitfleet::app
