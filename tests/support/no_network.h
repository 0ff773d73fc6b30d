// SPDX-License-Identifier: GPL-3.0-or-later
// A process without a network: only its own addresses are left to it and to whatever it starts.
#pragma once

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>

namespace vitfleet::test {

/// In a network namespace of its own, where it is down at first.
inline bool raiseLoopback()
{
    const int control = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq loopback{};
    std::strncpy(loopback.ifr_name, "lo", sizeof loopback.ifr_name - 1);
    loopback.ifr_flags = IFF_UP | IFF_RUNNING;
    const bool isUp = control >= 0 && ::ioctl(control, SIOCSIFFLAGS, &loopback) == 0;
    if (control >= 0)
        ::close(control);
    return isUp;
}

/// Before the first thread. False where the machine does not allow it: then the network is as it was.
inline bool leaveNetwork()
{
    const std::string user = std::to_string(::geteuid()), group = std::to_string(::getegid());
    if (::unshare(CLONE_NEWNET) != 0) {
        // Who is not root becomes one who may, under the same number.
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
            return false;
        std::ofstream("/proc/self/setgroups") << "deny";
        std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1";
        std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1";
    }
    return raiseLoopback();
}

} // namespace vitfleet::test
