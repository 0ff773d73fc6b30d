// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded into a program of a test: stands between it and the system, to kill it at a chosen write to its database
// and to make its wall clock jump. Everything else passes through.
//
//   VITFLEET_SHIM_KILL_AT=N     SIGKILL at the N-th write or sync of a file of a database; odd: before it happens,
//   even: after VITFLEET_SHIM_CLOCK=FILE    the number of seconds in FILE is added to the wall clock, looked up every
//   50 ms
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

namespace {

template <typename Function>
Function* next(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

long killAt()
{
    static const long number = [] {
        const char* text = std::getenv("VITFLEET_SHIM_KILL_AT");
        return text ? std::strtol(text, nullptr, 10) : 0;
    }();
    return number;
}

bool isOfDatabase(int fd)
{
    char link[64], path[512];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = ::readlink(link, path, sizeof path - 1);
    if (length < 4)
        return false;
    path[length] = '\0';
    return std::strcmp(path + length - 3, ".db") == 0 || std::strcmp(path + length - 4, "-wal") == 0;
}

/// Runs `call`, with the kill before or after it where it is its turn.
template <typename Call>
auto counted(int fd, Call call)
{
    static std::atomic<long> seen = 0;
    const bool isTurn = killAt() > 0 && isOfDatabase(fd) && ++seen == killAt();
    if (isTurn && killAt() % 2 == 1)
        ::kill(::getpid(), SIGKILL);
    const auto result = call();
    if (isTurn)
        ::kill(::getpid(), SIGKILL);
    return result;
}

/// Nanoseconds that the wall clock is to be ahead.
long long ahead()
{
    static const char* file = std::getenv("VITFLEET_SHIM_CLOCK");
    if (!file)
        return 0;
    static std::atomic<long long> offset = 0, nextLook = 0;
    timespec steady = {};
    static auto* const clock = next<int(clockid_t, timespec*)>("clock_gettime");
    clock(CLOCK_MONOTONIC, &steady);
    const long long now = steady.tv_sec * 1000LL + steady.tv_nsec / 1'000'000;
    if (now < nextLook)
        return offset;
    nextLook = now + 50;
    const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
    char text[32] = {};
    if (fd >= 0 && ::read(fd, text, sizeof text - 1) > 0)
        offset = std::strtoll(text, nullptr, 10) * 1'000'000'000LL;
    if (fd >= 0)
        ::close(fd);
    return offset;
}

} // namespace

extern "C" {

__attribute__((visibility("default"))) ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset)
{
    static auto* const real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
    return counted(fd, [&] { return real(fd, data, size, offset); });
}

__attribute__((visibility("default"))) ssize_t pwrite(int fd, const void* data, size_t size, off_t offset)
{
    static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    return counted(fd, [&] { return real(fd, data, size, offset); });
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    static auto* const real = next<int(int)>("fdatasync");
    return counted(fd, [&] { return real(fd); });
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    static auto* const real = next<int(int)>("fsync");
    return counted(fd, [&] { return real(fd); });
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, timespec* time) noexcept
{
    static auto* const real = next<int(clockid_t, timespec*)>("clock_gettime");
    const int result = real(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) {
        const long long shifted = time->tv_sec * 1'000'000'000LL + time->tv_nsec + ahead();
        time->tv_sec = shifted / 1'000'000'000LL;
        time->tv_nsec = shifted % 1'000'000'000LL;
    }
    return result;
}

} // extern "C"
