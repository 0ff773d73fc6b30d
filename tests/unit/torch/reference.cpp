// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/torch/reference.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

namespace vitfleet::tests {
namespace {

constexpr double tolerance = 1e-4;
constexpr std::size_t orderedPlaces = 5;

double largest(const std::vector<float>& values)
{
    double most = 0.0;
    for (const float value : values)
        most = std::max(most, std::abs(static_cast<double>(value)));
    return most;
}

double deviation(const std::vector<float>& ours, const std::vector<float>& theirs)
{
    double most = 0.0;
    for (std::size_t i = 0; i < theirs.size(); ++i)
        most = std::max(most, std::abs(static_cast<double>(ours[i]) - theirs[i]));
    return most / largest(theirs);
}

std::vector<std::size_t> ranking(const std::vector<float>& values)
{
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
    return order;
}

std::string compareOrder(const std::vector<float>& ours, const std::vector<float>& theirs)
{
    const double margin = tolerance * largest(theirs);
    const auto a = ranking(ours);
    const auto b = ranking(theirs);
    for (std::size_t place = 0; place < std::min(orderedPlaces, b.size()); ++place) {
        // Clear of both neighbours in the reference: the place is decided.
        const bool above = place == 0 || theirs[b[place - 1]] - theirs[b[place]] > margin;
        const bool below = place + 1 >= b.size() || theirs[b[place]] - theirs[b[place + 1]] > margin;
        if (above && below && a[place] != b[place])
            return "place " + std::to_string(place) + " is " + std::to_string(a[place]) + " instead of " +
                   std::to_string(b[place]);
    }
    return {};
}

} // namespace

std::filesystem::path goldenPath(const std::string& name)
{
    return std::filesystem::path(VITFLEET_TEST_GOLDEN) / name;
}

nlohmann::json readGolden(const std::string& name)
{
    std::ifstream file(goldenPath(name));
    if (!file)
        throw std::runtime_error(goldenPath(name).string() + " is missing");
    return nlohmann::json::parse(file);
}

std::string compareLogits(const std::vector<std::vector<float>>& ours, const std::vector<std::vector<float>>& theirs)
{
    if (ours.size() != theirs.size())
        return std::to_string(ours.size()) + " pictures instead of " + std::to_string(theirs.size());
    for (std::size_t i = 0; i < theirs.size(); ++i) {
        const std::string where = "picture " + std::to_string(i) + ": ";
        if (ours[i].size() != theirs[i].size())
            return where + std::to_string(ours[i].size()) + " logits instead of " + std::to_string(theirs[i].size());
        const double found = deviation(ours[i], theirs[i]);
        if (!(found <= tolerance))
            return where + "deviates by " + std::to_string(found * 1e6) + "e-6";
        if (const auto problem = compareOrder(ours[i], theirs[i]); !problem.empty())
            return where + problem;
    }
    return {};
}

double largestDeviation(const std::vector<std::vector<float>>& ours, const std::vector<std::vector<float>>& theirs)
{
    double most = 0.0;
    for (std::size_t i = 0; i < theirs.size(); ++i)
        most = std::max(most, deviation(ours[i], theirs[i]));
    return most;
}

} // namespace vitfleet::tests
