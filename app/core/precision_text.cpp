// SPDX-License-Identifier: GPL-3.0-or-later
// What a check of a precision found, in words. Declared in text.h.
#include "app/core/text.h"

#include <cstdio>

namespace vitfleet::app::text {

std::string_view name(PrecisionVerdict verdict)
{
    switch (verdict) {
    case PrecisionVerdict::Checking:
        return "checking";
    case PrecisionVerdict::Admitted:
        return "admitted";
    case PrecisionVerdict::Rejected:
        return "rejected";
    case PrecisionVerdict::Unavailable:
        return "unavailable";
    case PrecisionVerdict::TooFew:
        return "too_few";
    case PrecisionVerdict::Invalid:
        break;
    }
    return "unknown";
}

std::string precisionText(const PrecisionCheck& check)
{
    if (check.verdict == PrecisionVerdict::Admitted && check.compared == 0)
        return check.precision + " is used: " + check.reason;
    if (check.verdict == PrecisionVerdict::Unavailable)
        return check.precision + " is not used, for the device cannot compute in it: " + check.reason;
    if (check.verdict == PrecisionVerdict::TooFew)
        return check.precision + " is not used, for it cannot be compared with fp32: " + check.reason;

    std::string text = check.precision;
    if (check.verdict == PrecisionVerdict::Checking)
        text += " is being compared with fp32: ";
    else
        text += check.verdict == PrecisionVerdict::Admitted ? " is used: " : " is not used: ";
    if (check.compared == 0)
        return text + grouped(check.computed) + " of " + counted(check.sample, "picture") + " computed in fp32";
    const Interval interval = wilson(check.agreed, check.compared);
    char difference[32];
    std::snprintf(difference, sizeof difference, "%.4f", check.largestDifference);
    text += grouped(check.agreed) + " of " + counted(check.compared, "picture") +
            " have the same best label as in fp32 (" +
            percent(static_cast<double>(check.agreed) / static_cast<double>(check.compared)) + ", 95 % interval " +
            percent(interval.low) + " to " + percent(interval.high) + ", floor " + percent(check.floor) +
            "), largest difference of a score " + difference;
    if (check.isShort)
        text += "; a tenth of the run, which has fewer than 2,560 items";
    if (check.from.value != 0)
        text += "; as compared in run " + std::to_string(check.from.value);
    if (check.verdict == PrecisionVerdict::Rejected)
        text += "; the interval lies below the floor";
    return text;
}

} // namespace vitfleet::app::text
