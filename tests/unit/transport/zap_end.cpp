// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/transport/zap_end.h"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>

#include <dlfcn.h>
#include <pthread.h>
#include <zmq.h>

namespace vitfleet::test {

namespace {

long framesFromEnvironment()
{
    const char* text = std::getenv("VITFLEET_ZAP_FRAMES");
    return text ? std::strtol(text, nullptr, 10) : LONG_MAX;
}

bool isZapThread()
{
    std::array<char, 16> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    return std::string_view(name.data()) == "vf-zap";
}

} // namespace

std::atomic<long> zapFramesLeft = framesFromEnvironment();
std::atomic<bool> zapEnded = false;

} // namespace vitfleet::test

/// In place of libzmq's, for our own code alone.
extern "C" __attribute__((visibility("default"))) int zmq_msg_recv(zmq_msg_t* message, void* socket, int flags)
{
    using Receive = int (*)(zmq_msg_t*, void*, int);
    static const auto receive = reinterpret_cast<Receive>(::dlsym(RTLD_NEXT, "zmq_msg_recv"));
    const int received = receive(message, socket, flags);
    if (received < 0 || !vitfleet::test::isZapThread() || vitfleet::test::zapFramesLeft-- > 0)
        return received;
    vitfleet::test::zapEnded = true;
    errno = ENOTSOCK;
    return -1;
}
