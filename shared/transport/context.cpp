// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/context.h"

#include <cerrno>
#include <cstdlib>
#include <sys/resource.h>

namespace vitfleet::transport {
namespace {

/// A thousand agents: two connections each, three sockets a connection (one is libzmq's own end of the monitor).
constexpr int maxSockets = 16384;

void raiseFileLimit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

} // namespace

Context::Context() : d(std::make_unique<Private>())
{
    raiseFileLimit();
    d->handle = ::zmq_ctx_new();
    if (!d->handle)
        std::abort(); // out of memory or descriptors before anything has begun
    ::zmq_ctx_set(d->handle, ZMQ_MAX_SOCKETS, maxSockets);
    ::zmq_ctx_set(d->handle, ZMQ_BLOCKY, 0);
}

Context::~Context()
{
    ::zmq_ctx_shutdown(d->handle);
    d->zap.reset();
    while (::zmq_ctx_term(d->handle) != 0 && errno == EINTR) {
    }
}

} // namespace vitfleet::transport
