// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/signals.h"

#include <csignal>
#include <pthread.h>
#include <sys/signalfd.h>

namespace vitfleet::cli {

namespace {

sigset_t watched()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    struct sigaction action = {};
    if (::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler != SIG_IGN)
        sigaddset(&signals, SIGHUP);
    return signals;
}

} // namespace

void SignalWatch::block()
{
    // A shell without job control has its background jobs ignore SIGINT, and what is ignored reaches no descriptor. Who
    // sends it to this very process means it.
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    const sigset_t signals = watched();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A reader of our output that goes away (| head) does not end a run.
    ::signal(SIGPIPE, SIG_IGN);
}

SignalWatch::SignalWatch(EventLoop& loop, std::function<void(int)> received)
{
    const sigset_t signals = watched();
    m_fd.reset(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    m_watch = loop.watch(m_fd.get(), EventLoop::Trigger::Level, [this, received = std::move(received)] {
        signalfd_siginfo info = {};
        if (::read(m_fd.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
            received(static_cast<int>(info.ssi_signo));
    });
}

std::string_view signalName(int number)
{
    switch (number) {
    case SIGINT:
        return "SIGINT";
    case SIGTERM:
        return "SIGTERM";
    case SIGHUP:
        return "SIGHUP";
    default:
        return "signal";
    }
}

} // namespace vitfleet::cli
