// SPDX-License-Identifier: GPL-3.0-or-later
// An agent of a few lines: speaks the launch channel, does as its name says, and prints what it was told.
#include "shared/launch/launch.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

using namespace vitfleet;

namespace {

std::string readLine(int fd)
{
    std::string line;
    char byte = 0;
    while (::read(fd, &byte, 1) == 1) {
        line += byte;
        if (byte == '\n')
            break;
    }
    return line;
}

[[noreturn]] void waitForSignals()
{
    for (;;)
        ::pause();
}

void send(int fd, const std::string& text)
{
    if (::write(fd, text.data(), text.size()) < 0)
        std::exit(9);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 4 || std::string(argv[1]) != "serve" || std::string(argv[2]) != "--launch-fd")
        return 64;
    const int fd = std::atoi(argv[3]);
    const auto request = launch::parseRequest(readLine(fd));
    if (!request)
        return 65;
    std::setvbuf(stderr, nullptr, _IOLBF, BUFSIZ);
    const std::string& behaviour = request->name;
    std::fprintf(stderr, "device=%s parent=%d root=%s cpus=", request->device.c_str(),
                 request->parentPid == ::getppid(),
                 request->dataRoots.empty() ? "" : request->dataRoots.front().c_str());
    for (const int cpu : request->cpus.value_or(std::vector<int>{-1}))
        std::fprintf(stderr, "%d,", cpu);
    std::fprintf(stderr, " session=%d open=", ::getsid(0) == ::getpid());
    for (int i = 4; i < 256; ++i) {
        if (::fcntl(i, F_GETFD) >= 0)
            std::fprintf(stderr, "%d,", i);
    }
    sigset_t blocked;
    ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
    std::fprintf(stderr, " blocked=%d\n", ::sigismember(&blocked, SIGTERM));

    if (behaviour.starts_with("dies")) {
        std::fprintf(stderr, "first line\ncannot find \x1b[31mlibsomething\n");
        return 3;
    }
    if (behaviour.starts_with("silent"))
        waitForSignals();
    if (behaviour.starts_with("garbage"))
        send(fd, "<html>\n");
    if (behaviour.starts_with("endless"))
        send(fd, std::string(launch::maxLineBytes + 16384, 'x'));
    if (behaviour.starts_with("refuses"))
        send(fd, launch::formatReply(Error{ErrorCode::Listen, "port 1"}));
    launch::Reply reply;
    reply.address = *transport::AgentAddress::parse("127.0.0.1:4711/" + request->applicationKey.toBase32());
    reply.pid = behaviour.starts_with("other") ? 1 : ::getpid();
    send(fd, launch::formatReply(reply));
    if (behaviour.starts_with("brief"))
        return 5;
    if (behaviour.starts_with("deaf")) { // only SIGKILL helps
        ::signal(SIGTERM, SIG_IGN);
        waitForSignals();
    }
    char byte = 0;
    while (::read(fd, &byte, 1) == 1) {
    }
    return 0;
}
