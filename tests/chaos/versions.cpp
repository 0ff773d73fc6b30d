// SPDX-License-Identifier: GPL-3.0-or-later
// P18: agents of other versions of the protocol join a run.
#include "tests/chaos/scenario.h"
#include "tests/stand_in/stand_in_fleet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <set>

namespace vitfleet::chaos {
namespace {

using namespace std::chrono_literals;
using test::StandInFleet;
using test::StandInSettings;

struct Other
{
    const char* what;
    std::uint16_t version, minVersion;
    bool negotiates;
    bool works;
};

constexpr std::array<Other, 4> others = {{
    {"an older one", protocol::minVersion - 1, protocol::minVersion - 1, true, false},
    {"a newer one", protocol::version + 1, protocol::version + 1, true, false},
    {"a newer one that does not ask", protocol::version + 1, protocol::version + 1, false, false},
    {"a newer one that also speaks ours", protocol::version + 1, protocol::version, true, true},
}};

/// A port of this network that nobody has at the moment.
std::uint16_t unusedPort()
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(fd);
    return bound ? ntohs(address.sin_port) : 0;
}

std::set<std::string> refusedNodes(const Lab& lab)
{
    std::set<std::string> nodes;
    for (const Line& line : lab.lines()) {
        if (line.event() == "node_refused" && line.errorCode() == "E_PROTOCOL_VERSION")
            nodes.insert(line.text("node"));
    }
    return nodes;
}

std::vector<StandInSettings> settingsOfOthers()
{
    std::vector<StandInSettings> settings;
    for (const Other& other : others) {
        StandInSettings one;
        one.millisecondsPerItem = 4;
        one.version = other.version;
        one.minVersion = other.minVersion;
        one.negotiates = other.negotiates;
        one.port = unusedPort();
        one.keys = transport::KeyPair::generate();
        settings.push_back(one);
    }
    return settings;
}

} // namespace

Report otherVersions(const Setting& setting)
{
    Report report("P18");
    std::vector<double> times;
    Random random(setting.seed);
    constexpr std::size_t toRefuse = 3;
    const unsigned rounds = setting.amount ? setting.amount : 1;
    for (unsigned round = 0; round < rounds; ++round) {
        Lab lab(setting.network, labOptions(setting, 4, 10'000, R"({"ms_per_item": 4})"));
        const auto settings = settingsOfOthers();
        std::vector<std::string> lines;
        for (unsigned agent = 0; agent < 4; ++agent) {
            lab.startAgent(agent);
            lines.push_back(lab.addressLine(agent));
        }
        for (const StandInSettings& one : settings)
            lines.push_back("127.0.0.1:" + std::to_string(one.port) + "/" + one.keys->publicKey().toBase32());
        lab.setAgentLines(lines);
        lab.startRun();
        if (!lab.pump([&] { return lab.committed() > 500; }, 30s)) {
            report.fail("no row came");
            showFailure(lab, report.failures.back());
            return report;
        }
        lab.pumpFor(std::chrono::milliseconds(random.between(0, 1000)));
        const auto joined = Clock::now();
        const StandInFleet fleet(settings, lab.applicationKey().publicKey());
        lab.pump([&] { return refusedNodes(lab).size() == toRefuse; }, 15s);
        times.push_back(seconds(Clock::now() - joined));
        report.trials += static_cast<unsigned>(others.size());
        const auto refused = refusedNodes(lab);
        if (refused.size() != toRefuse) {
            report.fail(std::to_string(refused.size()) + " instead of " + std::to_string(toRefuse) +
                        " other versions were refused");
            showFailure(lab, report.failures.back());
        }
        report.expectTime(setting, times.back() <= 5,
                          "other versions were told after " + std::to_string(times.back()) + " s");
        if (lab.finish(60s) != 0) {
            report.fail("the run does not end well");
            showFailure(lab, report.failures.back());
            return report;
        }
        checkExact(lab, report, "with other versions");
        const auto byNode = lab.inspection().byNode;
        for (std::size_t i = 0; i < others.size(); ++i) {
            const auto rows = byNode.find("stand-in-" + std::to_string(i + 1));
            if ((rows != byNode.end() && rows->second > 0) == others[i].works)
                continue;
            report.fail(std::string(others[i].what) + (others[i].works ? " has no row" : " has rows"));
            showFailure(lab, report.failures.back());
        }
    }
    report.spread("all refused after", times, "s", 2);
    return report;
}

} // namespace vitfleet::chaos
