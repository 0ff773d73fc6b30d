// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/network.h"
#include "tests/support/no_network.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace vitfleet::chaos {
namespace {

bool writeFile(const char* file, const std::string& text)
{
    const int fd = ::open(file, O_WRONLY | O_CLOEXEC);
    const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0)
        ::close(fd);
    return written;
}

/// A user becomes the root of a user namespace, in which the others may be made.
bool enterUserNamespace()
{
    const std::string user = std::to_string(::geteuid()), group = std::to_string(::getegid());
    return ::unshare(CLONE_NEWUSER) == 0 && writeFile("/proc/self/setgroups", "deny") &&
           writeFile("/proc/self/uid_map", "0 " + user + " 1") && writeFile("/proc/self/gid_map", "0 " + group + " 1");
}

void shell(const std::string& command)
{
    if (std::system(command.c_str()) != 0) // NOLINT(concurrency-mt-unsafe)
        throw std::runtime_error("failed: " + command);
}

class Namespaces final : public Network
{
public:
    explicit Namespaces(unsigned hosts)
    {
        std::string commands = "set -e; ip link add fleet type bridge; ip addr add 10.77.0.1/24 dev fleet;"
                               "ip link set fleet up;";
        for (unsigned i = 0; i < hosts; ++i) {
            const std::string space = spaceName(i), near = device(i), in = "ip -n " + space + " ";
            commands += "ip netns add " + space + ";ip link add " + near + " type veth peer name eth0 netns " + space +
                        ";ip link set " + near + " master fleet up;" + in + "addr add " + listenHost(i) +
                        "/24 dev eth0;" + in + "link set eth0 up;" + in + "link set lo up;";
        }
        shell(commands);
    }
    ~Namespaces() override
    {
        // The namespaces themselves end with this process.
        static_cast<void>(std::system("ip -all netns delete; ip link del fleet")); // NOLINT(concurrency-mt-unsafe)
    }

    std::string kind() const override { return "namespaces"; }
    std::string listenHost(unsigned host) const override { return "10.77.0." + std::to_string(host + 2); }
    std::string space(unsigned host) const override { return "/run/netns/" + spaceName(host); }
    std::string address(unsigned host, std::uint16_t port) override
    {
        return listenHost(host) + ":" + std::to_string(port);
    }
    void cut(unsigned host, Direction direction) override
    {
        if (direction == Direction::Both)
            return shell("ip link set " + device(host) + " down");
        const std::string hook = direction == Direction::ToAgent ? "input" : "output";
        const char* port = direction == Direction::ToAgent ? "iifname" : "oifname";
        // A chain for each direction: faults may overlap.
        shell("ip netns exec " + spaceName(host) + " nft 'table inet cut { chain " + hook + "_cut { type filter hook " +
              hook + " priority 0; " + port + " \"eth0\" drop; }; }'");
    }
    void heal(unsigned host) override
    {
        shell("ip link set " + device(host) + " up; ip netns exec " + spaceName(host) + " nft flush ruleset");
    }
    void reset(unsigned host) override { shell("ss -tK dst " + listenHost(host) + " >/dev/null 2>&1"); }
    void limit(unsigned host, std::uint64_t bytesPerSecond) override
    {
        for (const std::string& tc : {"tc qdisc %s dev " + device(host) + " root",
                                      "ip netns exec " + spaceName(host) + " tc qdisc %s dev eth0 root"}) {
            std::string command = tc;
            command.replace(command.find("%s"), 2, bytesPerSecond > 0 ? "replace" : "del");
            if (bytesPerSecond > 0)
                command += " tbf rate " + std::to_string(bytesPerSecond * 8) + "bit burst 16k latency 200ms";
            shell(command);
        }
    }

private:
    static std::string spaceName(unsigned host) { return "node" + std::to_string(host); }
    static std::string device(unsigned host) { return "veth" + std::to_string(host); }
};

} // namespace

bool enterNamespaces()
{
    constexpr int wanted = CLONE_NEWNET | CLONE_NEWNS;
    if (::unshare(wanted) != 0 && !(enterUserNamespace() && ::unshare(wanted) == 0))
        return false;
    // /run/netns may not be there, and must not be the machine's.
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", "/run", "tmpfs", 0, "size=1m") != 0 || ::mkdir("/run/netns", 0755) != 0)
        return false;
    return test::raiseLoopback();
}

const char* name(Direction direction)
{
    switch (direction) {
    case Direction::Both:
        return "both";
    case Direction::ToAgent:
        return "to the agent";
    case Direction::FromAgent:
        return "from the agent";
    case Direction::Invalid:
        break;
    }
    return "?";
}

std::unique_ptr<Network> makeNamespaces(unsigned hosts)
{
    return std::make_unique<Namespaces>(hosts);
}

} // namespace vitfleet::chaos
