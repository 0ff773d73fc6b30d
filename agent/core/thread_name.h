// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <string>

namespace vitfleet::agent {

/// Names the calling thread, as `ps -L`, debuggers and docs/threads.md show it; 15 characters at most.
inline void nameThread(std::string name)
{
    constexpr std::size_t longest = 15;
    name.resize(std::min(name.size(), longest));
    ::pthread_setname_np(::pthread_self(), name.c_str());
}

} // namespace vitfleet::agent
