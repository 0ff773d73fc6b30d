// SPDX-License-Identifier: GPL-3.0-or-later
// How long a run would take on 1 … N nodes, and what it would cost: from what was measured, by a model of few terms.
// docs/scaling.md derives and checks it. The command line and the window draw the same.
#pragma once

#include <cstdint>
#include <vector>

namespace vitfleet::app {

struct AdviceInput
{
    std::uint64_t items = 0;
    double imagesPerSecondOfNode = 0; ///< measured, of one node
    std::vector<double> speeds;       ///< of nodes that are known one by one: taken before the others, in this order
    std::uint32_t readyNodes = 0;     ///< so many are there already, and begin without having to start
    double startSeconds = 0;          ///< until a node of that provider is ready, its model not counted
    double loadSeconds = 0;           ///< until a node has loaded the model that it has; all do so at the same time
    double modelBytes = 0;            ///< travels once to each node
    double bytesPerItem = 0;          ///< 0: the nodes read the files themselves
    double linkBytesPerSecond = 0;    ///< of the application's machine; 0: not known, not a limit
    double applicationItemsPerSecond = 0; ///< what scheduler and database take at most; 0: not a limit
    double chunkSeconds = 1;              ///< of the last leases: what the tail is made of
    double pricePerNodeHour = 0;
};

struct Advice
{
    std::uint32_t nodes = 0;
    double seconds = 0;      ///< all of it
    double startSeconds = 0; ///< of that, until all of them work: start, the model's way, and its loading
    double imagesPerSecond = 0;
    double efficiency = 0; ///< of the steady state, against N times one node
    double cost = 0;       ///< nodes × time × price
    enum class Limit : std::uint8_t
    {
        None = 0,    ///< the nodes' own speed
        Link,        ///< the way of the bytes
        Application, ///< scheduler and database
    } limit = Limit::None;
};

/// One line for each count from 1 to `mostNodes`; empty where speed or items are not known.
std::vector<Advice> advise(const AdviceInput& input, std::uint32_t mostNodes);
/// The smallest count whose time is within `slack` (0.1: ten percent) of the best; 0 where there is none.
std::uint32_t recommended(const std::vector<Advice>& advice, double slack = 0.1);

} // namespace vitfleet::app
