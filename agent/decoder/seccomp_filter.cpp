// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/decoder/seccomp_filter.h"

#include "agent/decoder/sanitized.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>

namespace vitfleet::decoder {

namespace {

struct ReleaseFilter
{
    void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

/// Adds rules until one fails.
class Rules
{
public:
    explicit Rules(scmp_filter_ctx filter) : m_filter(filter) {}

    void add(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions = {})
    {
        if (m_error == 0)
            m_error = seccomp_rule_add_array(m_filter, action, call, static_cast<unsigned>(conditions.size()),
                                             conditions.begin());
    }
    int error() const { return m_error; }

private:
    scmp_filter_ctx m_filter;
    int m_error = 0;
};

scmp_arg_cmp argument(unsigned index, scmp_compare comparison, std::uint64_t value, std::uint64_t other = 0)
{
    return {index, comparison, value, other};
}

/// Memory, time, locks, the end. What the C library, OpenCV and the codecs use; found with strace over
/// tests/data/imaging and the odd pictures.
void allowComputing(Rules& rules)
{
    for (const int call : {SCMP_SYS(brk),
                           SCMP_SYS(munmap),
                           SCMP_SYS(mremap),
                           SCMP_SYS(madvise),
                           SCMP_SYS(futex),
                           SCMP_SYS(clock_gettime),
                           SCMP_SYS(clock_nanosleep),
                           SCMP_SYS(gettimeofday),
                           SCMP_SYS(getrandom),
                           SCMP_SYS(sched_yield),
                           SCMP_SYS(sched_getaffinity),
                           SCMP_SYS(getpid),
                           SCMP_SYS(gettid),
                           SCMP_SYS(getppid),
                           SCMP_SYS(rt_sigaction),
                           SCMP_SYS(rt_sigprocmask),
                           SCMP_SYS(rt_sigreturn),
                           SCMP_SYS(sigaltstack),
                           SCMP_SYS(restart_syscall),
                           SCMP_SYS(exit),
                           SCMP_SYS(exit_group)})
        rules.add(SCMP_ACT_ALLOW, call);
    // Memory that holds data, never code.
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)})
        rules.add(SCMP_ACT_ALLOW, call, {argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)});
    // abort() and the like: signals to itself.
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(tgkill), {argument(0, SCMP_CMP_EQ, static_cast<std::uint64_t>(getpid()))});
}

/// The descriptors that it has: those of pictures to read, its socket, and standard error for its last words.
void allowDescriptors(Rules& rules, int socket)
{
    const auto own = static_cast<std::uint64_t>(socket);
    // Not newfstatat, through which glibc 2.36's fstat() goes: that one takes paths.
    for (const int call : {SCMP_SYS(fstat), SCMP_SYS(pread64), SCMP_SYS(close)})
        rules.add(SCMP_ACT_ALLOW, call);
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), {argument(0, SCMP_CMP_EQ, own)});
    // Messages without descriptors and without an address.
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(sendto), {argument(0, SCMP_CMP_EQ, own), argument(4, SCMP_CMP_EQ, 0)});
    for (const int call : {SCMP_SYS(write), SCMP_SYS(writev)})
        rules.add(SCMP_ACT_ALLOW, call, {argument(0, SCMP_CMP_EQ, STDERR_FILENO)});
}

/// They learn over a pipe whether an address can be read.
void allowSanitizers(Rules& rules, int socket)
{
    for (const int call : {SCMP_SYS(pipe2), SCMP_SYS(read)})
        rules.add(SCMP_ACT_ALLOW, call);
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(write), {argument(0, SCMP_CMP_NE, static_cast<std::uint64_t>(socket))});
}

/// No library does these while a picture is decoded: whoever does has taken over the process.
void killIntruders(Rules& rules)
{
    for (const int call : {SCMP_SYS(execve),
                           SCMP_SYS(execveat),
                           SCMP_SYS(fork),
                           SCMP_SYS(vfork),
                           SCMP_SYS(ptrace),
                           SCMP_SYS(process_vm_readv),
                           SCMP_SYS(process_vm_writev),
                           SCMP_SYS(socket),
                           SCMP_SYS(socketpair),
                           SCMP_SYS(connect),
                           SCMP_SYS(bind),
                           SCMP_SYS(listen),
                           SCMP_SYS(accept),
                           SCMP_SYS(accept4),
                           SCMP_SYS(bpf),
                           SCMP_SYS(io_uring_setup),
                           SCMP_SYS(userfaultfd),
                           SCMP_SYS(kexec_load),
                           SCMP_SYS(init_module),
                           SCMP_SYS(finit_module)})
        rules.add(SCMP_ACT_KILL_PROCESS, call);
}

Error failure(const char* what, int error)
{
    return {ErrorCode::NodeIo, std::string("the decoder's system call filter cannot be ") + what + ": " +
                                   std::strerror(error < 0 ? -error : error)};
}

} // namespace

Result<void> confineProcess(int socket)
{
    const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
    if (!filter)
        return failure("made", ENOMEM);
    Rules rules(filter.get());
    allowComputing(rules);
    allowDescriptors(rules, socket);
    if (sanitized)
        allowSanitizers(rules, socket);
    killIntruders(rules);
    if (rules.error() != 0)
        return failure("made", rules.error());
    // Calls of another architecture (32-bit) would slip past numbers of this one.
    (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
    if (const int error = seccomp_load(filter.get()); error != 0)
        return failure("loaded", error);
    return {};
}

} // namespace vitfleet::decoder
