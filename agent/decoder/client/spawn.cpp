// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/decoder/client/spawn.h"

#include "agent/decoder/client/decoder_protocol.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::decoder {

namespace {

/// What a decoder needs of our environment: how to find its libraries, and what sanitizers and coverage are told.
constexpr std::array<std::string_view, 8> inheritedVariables{
    "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS",     "LSAN_OPTIONS",
    "TSAN_OPTIONS",    "GCOV_PREFIX",  "LLVM_PROFILE_FILE", "VITFLEET_DECODER_STDERR"};

std::vector<std::string> decoderEnvironment()
{
    // The linear algebra that comes along with OpenCV's dependencies would start a thread for each core.
    std::vector<std::string> variables{"OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "LC_ALL=C"};
    for (const auto name : inheritedVariables)
        if (const char* value = std::getenv(std::string(name).c_str()))
            variables.push_back(std::string(name) + "=" + value);
    return variables;
}

/// A descriptor above those that the child gets, so that none is overwritten before it is copied.
UniqueFd raised(int fd)
{
    return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, ringFd + 1));
}

struct Actions
{
    posix_spawn_file_actions_t value;
    Actions() { posix_spawn_file_actions_init(&value); }
    ~Actions() { posix_spawn_file_actions_destroy(&value); }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
};

struct Attributes
{
    posix_spawnattr_t value;
    Attributes() { posix_spawnattr_init(&value); }
    ~Attributes() { posix_spawnattr_destroy(&value); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
};

void pin(int pid, const std::vector<int>& cpus)
{
    if (cpus.empty())
        return;
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int cpu : cpus)
        if (cpu >= 0 && cpu < CPU_SETSIZE)
            CPU_SET(cpu, &set);
    // Best effort: a core that is gone by now is no reason not to decode.
    (void)sched_setaffinity(pid, sizeof set, &set);
}

} // namespace

int spawnDecoder(const DecoderPool::Settings& settings, int socket, int ring, int& pid)
{
    const UniqueFd high = raised(socket), highRing = raised(ring);
    if (!high || !highRing)
        return errno;
    Actions actions;
    posix_spawn_file_actions_addopen(&actions.value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions.value, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions.value, high.get(), socketFd);
    posix_spawn_file_actions_adddup2(&actions.value, highRing.get(), ringFd);
    posix_spawn_file_actions_addclosefrom_np(&actions.value, ringFd + 1);

    // Threads of ours may block signals; the decoder starts as from a shell.
    Attributes attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes.value, &none);
    posix_spawnattr_setsigdefault(&attributes.value, &all);
    posix_spawnattr_setflags(&attributes.value, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    const std::string program = settings.program.string();
    std::string name = "vitfleet-decoder", mode = "--serve";
    std::array<char*, 3> arguments{name.data(), mode.data(), nullptr};
    auto variables = decoderEnvironment();
    std::vector<char*> environment;
    for (auto& variable : variables)
        environment.push_back(variable.data());
    environment.push_back(nullptr);
    const int error =
        posix_spawn(&pid, program.c_str(), &actions.value, &attributes.value, arguments.data(), environment.data());
    if (error == 0)
        pin(pid, settings.cpus);
    return error;
}

} // namespace vitfleet::decoder
