// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/time_source.h"

#include <time.h>

namespace vitfleet {

std::chrono::steady_clock::time_point TimeSource::steady() const
{
    return std::chrono::steady_clock::now();
}

std::int64_t TimeSource::unixMs() const
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::chrono::nanoseconds TimeSource::threadTime() const
{
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

const TimeSource& TimeSource::machine()
{
    static const TimeSource machine;
    return machine;
}

} // namespace vitfleet
