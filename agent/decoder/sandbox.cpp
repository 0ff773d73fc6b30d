// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/decoder/sandbox.h"

#include "agent/decoder/client/decoder_protocol.h"
#include "agent/decoder/sanitized.h"
#include "agent/decoder/seccomp_filter.h"
#include "shared/base/limits.h"
#include "shared/base/unique_fd.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace vitfleet::decoder {

namespace {

void limit(__rlimit_resource resource, rlim_t value)
{
    rlimit current{};
    if (getrlimit(resource, &current) != 0)
        return;
    const rlim_t lowered = std::min(value, current.rlim_max);
    const rlimit wanted{lowered, lowered};
    (void)setrlimit(resource, &wanted);
}

/// Bytes of address space in use, libraries and ring included.
rlim_t addressSpace()
{
    unsigned long pages = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
        if (std::fscanf(file, "%lu", &pages) != 1)
            pages = 0;
        std::fclose(file);
    }
    return rlim_t{pages} * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

} // namespace

void enterProcess()
{
    // In addition to the socket, whose end also ends this process.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0);
    // Ctrl-C and a service's stop reach the whole group; who asked for the pictures decides when decoding ends.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
        std::signal(signal, SIG_IGN);
}

Result<void> enterSandbox(int socket)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 16 + maxFilesPerMessage);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    if (!sanitized) {
        limit(RLIMIT_DATA, limits::decoderMemoryBytes);
        if (const rlim_t used = addressSpace(); used > 0)
            limit(RLIMIT_AS, used + limits::decoderMemoryBytes);
    }
    // Libraries complain about hostile pictures in the pictures' own words: nothing for anybody's terminal or log.
    if (!std::getenv("VITFLEET_DECODER_STDERR")) {
        limit(RLIMIT_FSIZE, 0);
        const UniqueFd null(open("/dev/null", O_WRONLY | O_CLOEXEC));
        if (null)
            dup2(null.get(), STDERR_FILENO);
    }
    return confineProcess(socket);
}

} // namespace vitfleet::decoder
