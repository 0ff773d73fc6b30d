// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shared/protocol/messages.h"

#include <string_view>

namespace vitfleet::protocol {

/// "fp32", "bf16", "fp16", "int8"; empty for Invalid.
constexpr std::string_view precisionName(Precision precision)
{
    switch (precision) {
    case Precision::Fp32:
        return "fp32";
    case Precision::Bf16:
        return "bf16";
    case Precision::Fp16:
        return "fp16";
    case Precision::Int8:
        return "int8";
    case Precision::Invalid:
        break;
    }
    return {};
}

/// Invalid for any other text.
constexpr Precision precisionFromName(std::string_view name)
{
    for (const Precision precision : {Precision::Fp32, Precision::Bf16, Precision::Fp16, Precision::Int8}) {
        if (precisionName(precision) == name)
            return precision;
    }
    return Precision::Invalid;
}

} // namespace vitfleet::protocol
