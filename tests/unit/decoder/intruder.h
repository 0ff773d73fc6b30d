// SPDX-License-Identifier: GPL-3.0-or-later
// What somebody would try who has taken over a decoder. Both ends of the test know these names.
#pragma once

#include <array>
#include <string_view>

namespace vitfleet::tests {

struct Intrusion
{
    std::string_view name;
    bool deadly; ///< the kernel ends the process; otherwise the call fails with EPERM
};

inline constexpr std::array intrusions{
    Intrusion{"open a file", false},
    Intrusion{"open for writing", false},
    Intrusion{"openat2 a file", false},
    Intrusion{"open by handle", false},
    Intrusion{"look at a path", false},
    Intrusion{"fstatat a path", false},
    Intrusion{"read a link", false},
    Intrusion{"list a folder", false},
    Intrusion{"remove a file", false},
    Intrusion{"rename a file", false},
    Intrusion{"make a folder", false},
    Intrusion{"change folder", false},
    Intrusion{"make a memory file", false},
    Intrusion{"duplicate a descriptor", false},
    Intrusion{"send a descriptor", false},
    Intrusion{"send elsewhere", false},
    Intrusion{"write elsewhere", false},
    Intrusion{"control a device", false},
    Intrusion{"make a TCP socket", true},
    Intrusion{"make a local socket", true},
    Intrusion{"connect", true},
    Intrusion{"listen", true},
    Intrusion{"start a thread", false},
    Intrusion{"clone", false},
    Intrusion{"fork", true},
    Intrusion{"exec", true},
    Intrusion{"execveat", true},
    Intrusion{"signal the agent", false},
    Intrusion{"trace the agent", true},
    Intrusion{"read the agent's memory", true},
    Intrusion{"take the agent's descriptor", false},
    Intrusion{"map code", false},
    Intrusion{"make data code", false},
    Intrusion{"raise a limit", false},
    Intrusion{"become dumpable", false},
    Intrusion{"make a namespace", false},
    Intrusion{"set up io_uring", true},
    Intrusion{"load a BPF program", true},
};

/// Does it. Returns 0 or an errno; does not return where it is deadly.
int attempt(std::string_view name);

} // namespace vitfleet::tests
