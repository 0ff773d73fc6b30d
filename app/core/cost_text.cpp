// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/text.h"

#include <cstdio>

namespace vitfleet::app::text {
namespace {

std::string number(double value, int digits)
{
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

} // namespace

std::string money(double sum)
{
    return number(sum, sum >= 1 || sum <= 0 ? 2 : sum >= 0.01 ? 4 : 6);
}

CostSums costSums(const std::vector<RunCostRecord>& costs)
{
    CostSums sums;
    sums.joules = 0;
    for (const RunCostRecord& cost : costs) {
        if (cost.price > 0)
            sums.perCurrency[cost.currency] += cost.price;
        sums.nodeSeconds += cost.nodeSeconds;
        sums.joules = sums.joules && cost.joules ? std::optional(*sums.joules + *cost.joules) : std::nullopt;
        sums.profiles += (sums.profiles.empty() ? "" : ", ") + cost.profile;
    }
    return sums;
}

std::string costText(const std::vector<RunCostRecord>& costs)
{
    if (costs.empty())
        return "–";
    const CostSums sums = costSums(costs);
    std::string said;
    for (const auto& [currency, sum] : sums.perCurrency)
        said += (said.empty() ? "" : " + ") + money(sum) + " " + currency;
    return said.empty() ? number(sums.nodeSeconds, 0) + " node-seconds" : said;
}

std::string costSentence(const std::vector<RunCostRecord>& costs, std::uint64_t rows)
{
    if (costs.empty())
        return {};
    const CostSums sums = costSums(costs);
    const std::string held = number(sums.nodeSeconds, 0) + " node-seconds of " + sums.profiles;
    std::string said = sums.perCurrency.empty() ? held + ", without a price" : costText(costs) + " for " + held;
    if (sums.perCurrency.size() == 1 && rows > 0)
        said += ", " + money(sums.perCurrency.begin()->second / static_cast<double>(rows) * 1e6) + " " +
                sums.perCurrency.begin()->first + " per million pictures";
    return said + (sums.joules ? "; " + number(*sums.joules, 0) + " J" : "; energy not known");
}

} // namespace vitfleet::app::text
