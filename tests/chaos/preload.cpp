// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded into the application by LD_PRELOAD. VITFLEET_CHAOS_CLOCK=FILE: the wall clock, and nothing else, is wrong by
// the seconds that FILE holds at the moment. VITFLEET_CHAOS_KILL=WHEN:N kills the process at its Nth transaction with
// rows: "inside" COMMIT, before its log is on the disk, or "after" COMMIT, before anybody is told.
// VITFLEET_CHAOS_STORAGE=FILE: "write N" or "sync N" in FILE lets each such call for a file of a database fail with
// errno N, as long as it says so.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

struct sqlite3;

namespace {

template <typename Function>
Function next(const char* name)
{
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

long offsetNow()
{
    static const char* const file = std::getenv("VITFLEET_CHAOS_CLOCK");
    static std::atomic<long> offset = 0;
    static std::atomic<long> readAt = 0;
    if (!file)
        return 0;
    timespec steady{};
    static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
    real(CLOCK_MONOTONIC, &steady);
    const long tenths = steady.tv_sec * 10 + steady.tv_nsec / 100'000'000;
    if (readAt.exchange(tenths) != tenths) {
        char text[32] = {};
        const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && ::read(fd, text, sizeof text - 1) > 0)
            offset = std::strtol(text, nullptr, 10);
        if (fd >= 0)
            ::close(fd);
    }
    return offset;
}

struct KillPlan
{
    bool inside = false, after = false;
    long at = 0;
    KillPlan()
    {
        const char* text = std::getenv("VITFLEET_CHAOS_KILL");
        const char* colon = text ? std::strchr(text, ':') : nullptr;
        if (!colon)
            return;
        inside = std::strncmp(text, "inside", 6) == 0;
        after = std::strncmp(text, "after", 5) == 0;
        at = std::strtol(colon + 1, nullptr, 10);
    }
};

const KillPlan& killPlan()
{
    static const KillPlan plan;
    return plan;
}

std::atomic<long> commits = 0;
std::atomic<bool> killAtSync = false;

void die()
{
    ::kill(::getpid(), SIGKILL);
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

/// Whether this call is to fail: errno is set then.
bool isBroken(const char* call, int fd)
{
    static const char* const file = std::getenv("VITFLEET_CHAOS_STORAGE");
    if (!file || !isOfDatabase(fd))
        return false;
    char text[32] = {};
    const int control = ::open(file, O_RDONLY | O_CLOEXEC);
    const ssize_t got = control < 0 ? 0 : ::read(control, text, sizeof text - 1);
    if (control >= 0)
        ::close(control);
    const std::size_t length = std::strlen(call);
    if (got <= static_cast<ssize_t>(length) || std::strncmp(text, call, length) != 0)
        return false;
    errno = static_cast<int>(std::strtol(text + length, nullptr, 10));
    return true;
}

} // namespace

extern "C" {

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, timespec* out)
{
    static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
    const int code = real(clock, out);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        out->tv_sec += offsetNow();
    return code;
}

__attribute__((visibility("default"))) ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset)
{
    static const auto real = next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
    return isBroken("write", fd) ? -1 : real(fd, data, size, offset);
}

__attribute__((visibility("default"))) ssize_t pwrite(int fd, const void* data, size_t size, off_t offset)
{
    static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
    return isBroken("write", fd) ? -1 : real(fd, data, size, offset);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    static const auto real = next<int (*)(int)>("fdatasync");
    if (isBroken("sync", fd))
        return -1;
    if (killAtSync)
        die();
    return real(fd);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    static const auto real = next<int (*)(int)>("fsync");
    if (isBroken("sync", fd))
        return -1;
    if (killAtSync)
        die();
    return real(fd);
}

__attribute__((visibility("default"))) int
sqlite3_exec(sqlite3* db, const char* sql, int (*callback)(void*, int, char**, char**), void* argument, char** message)
{
    using Exec = int (*)(sqlite3*, const char*, int (*)(void*, int, char**, char**), void*, char**);
    static const auto real = next<Exec>("sqlite3_exec");
    const KillPlan& plan = killPlan();
    const bool due = plan.at > 0 && sql && std::strcmp(sql, "COMMIT") == 0 && ++commits == plan.at;
    if (due && plan.inside)
        killAtSync = true;
    const int code = real(db, sql, callback, argument, message);
    if (due && plan.after)
        die();
    return code;
}
}
