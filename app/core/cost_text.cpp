// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/text.h"

#include <cstdio>
#include <map>

namespace vitfleet::app::text {
namespace {

std::string number(double value, int digits)
{
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

std::map<std::string, double> sums(const std::vector<RunCostRecord>& costs)
{
    std::map<std::string, double> sums;
    for (const RunCostRecord& cost : costs) {
        if (cost.price > 0)
            sums[cost.currency] += cost.price;
    }
    return sums;
}

double nodeSeconds(const std::vector<RunCostRecord>& costs)
{
    double sum = 0;
    for (const RunCostRecord& cost : costs)
        sum += cost.nodeSeconds;
    return sum;
}

} // namespace

std::string money(double sum)
{
    return number(sum, sum >= 1 || sum <= 0 ? 2 : sum >= 0.01 ? 4 : 6);
}

std::string costText(const std::vector<RunCostRecord>& costs)
{
    if (costs.empty())
        return "–";
    std::string said;
    for (const auto& [currency, sum] : sums(costs))
        said += (said.empty() ? "" : " + ") + money(sum) + " " + currency;
    return said.empty() ? number(nodeSeconds(costs), 0) + " node-seconds" : said;
}

std::string costSentence(const std::vector<RunCostRecord>& costs, std::uint64_t rows)
{
    if (costs.empty())
        return {};
    std::string profiles;
    for (const RunCostRecord& cost : costs)
        profiles += (profiles.empty() ? "" : ", ") + cost.profile;
    const auto perCurrency = sums(costs);
    const std::string held = number(nodeSeconds(costs), 0) + " node-seconds of " + profiles;
    std::string said = perCurrency.empty() ? held + ", without a price" : costText(costs) + " for " + held;
    if (perCurrency.size() == 1 && rows > 0)
        said += ", " + money(perCurrency.begin()->second / static_cast<double>(rows) * 1e6) + " " +
                perCurrency.begin()->first + " per million pictures";
    double joules = 0;
    for (const RunCostRecord& cost : costs) {
        if (!cost.joules)
            return said + "; energy not known";
        joules += *cost.joules;
    }
    return said + "; " + number(joules, 0) + " J";
}

} // namespace vitfleet::app::text
