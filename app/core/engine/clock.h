// SPDX-License-Identifier: GPL-3.0-or-later
// The two clocks: decisions are made on the steady one, people are told the other.
#pragma once

#include "app/core/records.h"

#include <chrono>

namespace vitfleet::app {

inline UnixMs unixNow()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

inline std::chrono::steady_clock::time_point steadyNow()
{
    return std::chrono::steady_clock::now();
}

} // namespace vitfleet::app
