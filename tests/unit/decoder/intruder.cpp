// SPDX-License-Identifier: GPL-3.0-or-later
#include "intruder.h"

#include "agent/decoder/client/decoder_protocol.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <map>

namespace vitfleet::tests {

namespace {

using Call = std::function<long()>;
using decoder::socketFd;

long sendDescriptor()
{
    char byte = 0;
    iovec data{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &socketFd, sizeof socketFd);
    return sendmsg(socketFd, &message, MSG_NOSIGNAL);
}

long startThread()
{
    pthread_t thread{};
    errno = pthread_create(
        &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
    return errno == 0 ? 0 : -1;
}

long readMemory()
{
    char byte = 0;
    iovec mine{&byte, 1};
    iovec theirs{&byte, 1};
    return process_vm_readv(getppid(), &mine, 1, &theirs, 1, 0);
}

long mapCode()
{
    return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

long makeCode()
{
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

long openAt2()
{
    open_how how{};
    how.flags = O_RDONLY;
    return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof how);
}

long raiseLimit()
{
    const rlimit limit{64, 64};
    return syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, nullptr);
}

/// With the numbers themselves, for a C library may have other ways.
const std::map<std::string_view, Call>& calls()
{
    static const sockaddr_in address{AF_INET, htons(80), {htonl(INADDR_LOOPBACK)}, {}};
    static const char* const shell[] = {"/bin/sh", nullptr};
    static struct stat status;
    static char buffer[256];
    static const std::map<std::string_view, Call> all{
        {"open a file", [] { return syscall(SYS_open, "/etc/passwd", O_RDONLY); }},
        {"open for writing",
         [] { return syscall(SYS_openat, AT_FDCWD, "/tmp/vitfleet-intruder", O_WRONLY | O_CREAT, 0600); }},
        {"openat2 a file", openAt2},
        {"open by handle", [] { return syscall(SYS_open_by_handle_at, AT_FDCWD, buffer, O_RDONLY); }},
        {"look at a path", [] { return syscall(SYS_stat, "/etc/passwd", &status); }},
        {"fstatat a path", [] { return syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &status, 0); }},
        {"read a link", [] { return syscall(SYS_readlink, "/proc/self/exe", buffer, sizeof buffer); }},
        {"list a folder", [] { return syscall(SYS_getdents64, socketFd, buffer, sizeof buffer); }},
        {"remove a file", [] { return syscall(SYS_unlink, "/tmp/vitfleet-intruder"); }},
        {"rename a file", [] { return syscall(SYS_rename, "/tmp/vitfleet-intruder", "/tmp/vitfleet-intruder2"); }},
        {"make a folder", [] { return syscall(SYS_mkdir, "/tmp/vitfleet-intruder", 0700); }},
        {"change folder", [] { return syscall(SYS_chdir, "/"); }},
        {"make a memory file", [] { return syscall(SYS_memfd_create, "intruder", 0); }},
        {"duplicate a descriptor", [] { return syscall(SYS_dup, socketFd); }},
        {"send a descriptor", sendDescriptor},
        {"send elsewhere",
         [] { return syscall(SYS_sendto, socketFd, buffer, 1, MSG_NOSIGNAL, &address, sizeof address); }},
        {"write elsewhere", [] { return syscall(SYS_write, socketFd, buffer, 1); }},
        {"control a device", [] { return syscall(SYS_ioctl, STDERR_FILENO, TIOCSTI, buffer); }},
        {"make a TCP socket", [] { return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }},
        {"make a local socket", [] { return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, buffer); }},
        {"connect", [] { return syscall(SYS_connect, socketFd, &address, sizeof address); }},
        {"listen", [] { return syscall(SYS_listen, socketFd, 1); }},
        {"start a thread", startThread},
        {"clone", [] { return syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0); }},
        {"fork", [] { return syscall(SYS_fork); }},
        {"exec", [] { return syscall(SYS_execve, shell[0], shell, nullptr); }},
        {"execveat", [] { return syscall(SYS_execveat, AT_FDCWD, shell[0], shell, nullptr, 0); }},
        {"signal the agent", [] { return syscall(SYS_kill, getppid(), 0); }},
        {"trace the agent", [] { return syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), nullptr, nullptr); }},
        {"read the agent's memory", readMemory},
        {"take the agent's descriptor", [] { return syscall(SYS_pidfd_open, getppid(), 0); }},
        {"map code", mapCode},
        {"make data code", makeCode},
        {"raise a limit", raiseLimit},
        {"become dumpable", [] { return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }},
        {"make a namespace", [] { return syscall(SYS_unshare, CLONE_NEWUSER); }},
        {"set up io_uring", [] { return syscall(SYS_io_uring_setup, 1, buffer); }},
        {"load a BPF program", [] { return syscall(SYS_bpf, 0, buffer, sizeof buffer); }},
    };
    return all;
}

} // namespace

int attempt(std::string_view name)
{
    const auto call = calls().find(name);
    if (call == calls().end())
        return ENOSYS;
    errno = 0;
    return call->second() < 0 ? errno : 0;
}

} // namespace vitfleet::tests
