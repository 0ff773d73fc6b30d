// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/kernels/precisions.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace vitfleet::kernels {
namespace {

constexpr std::array<std::pair<std::string_view, Numbers>, 3> named{{
    {"fp32", Numbers::Float},
    {"bf16", Numbers::Brain},
    {"int8", Numbers::Bytes},
}};
constexpr double leastGain = 1.2;

} // namespace

std::optional<Numbers> numbersOf(const Kernels& kernels, std::string_view precision)
{
    const auto found = std::ranges::find(named, precision, [](const auto& entry) { return entry.first; });
    if (found == named.end() || kernels.tile(found->second).compute == nullptr)
        return std::nullopt;
    return found->second;
}

std::vector<std::string> computablePrecisions(const Kernels& kernels)
{
    std::vector<std::string> names;
    for (const auto& [name, numbers] : named) {
        if (numbersOf(kernels, name))
            names.emplace_back(name);
    }
    return names;
}

std::vector<std::string> payingPrecisions(const Kernels& kernels)
{
    std::vector<std::pair<double, std::string>> speeds;
    double ofFloats = 0;
    for (const auto& [name, numbers] : named) {
        const double speed = speedOf(kernels, numbers);
        if (numbers == Numbers::Float)
            ofFloats = speed;
        if (numbers == Numbers::Float || speed > leastGain * ofFloats)
            speeds.emplace_back(speed, name);
    }
    std::ranges::sort(speeds, std::greater());
    std::vector<std::string> names;
    for (const auto& [speed, name] : speeds)
        names.push_back(name);
    return names;
}

} // namespace vitfleet::kernels
