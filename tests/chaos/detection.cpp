// SPDX-License-Identifier: GPL-3.0-or-later
// P4 and P5: how soon a dead agent is noticed, and how soon a healed partition goes on.
#include "tests/chaos/scenario.h"

#include <signal.h>

#include <array>
#include <map>

namespace vitfleet::chaos {
namespace {

using namespace std::chrono_literals;

struct Death
{
    const char* what;
    double limit; ///< seconds
    std::function<void(Lab&, unsigned)> bring;
};

bool untilWorking(Lab& lab, unsigned agent)
{
    return lab.pump([&] { return lab.committedOf(Lab::nodeName(agent)) > 0; }, 30s);
}

/// The first three die, the fourth hangs in the first of many items that it gets, one of the fifth's replicas stands
/// still.
constexpr unsigned agents = 5, hangs = 3, hangsInPart = 4, replicas = 4;

Lab::Options dyingFleet(const Setting& setting)
{
    Json hanging = Json::object();
    for (int item = 50; item < 10'000; item += 100)
        hanging[std::to_string(item)] = "hang";
    const Json plan = {{"ms_per_item", 5},
                       {"nodes",
                        {{Lab::nodeName(hangs), {{"fail_items", hanging}}},
                         {Lab::nodeName(hangsInPart), {{"ms_per_item", 5 * replicas}}}}}};
    auto options = labOptions(setting, agents, 10'000, plan.dump());
    options.replicas[hangsInPart] = replicas;
    return options;
}

/// When the only replica of the node began to hang: its last row is committed at most 0.3 s later.
Clock::time_point waitForHang(Lab& lab)
{
    auto begun = Clock::now();
    std::uint64_t rows = 0;
    lab.pump(
        [&] {
            const auto now = lab.committedOf(Lab::nodeName(hangs));
            if (std::exchange(rows, now) != now)
                begun = Clock::now();
            return lab.find("node_lost", Lab::nodeName(hangs)) != nullptr;
        },
        30s);
    return begun;
}

} // namespace

Report detection(const Setting& setting)
{
    Report report("P4");
    const std::array<Death, 3> deaths = {
        {{"kill", 1, [](Lab& lab, unsigned agent) { lab.stopAgent(agent, SIGKILL); }},
         {"SIGSTOP", 3, [](Lab& lab, unsigned agent) { lab.signalAgent(agent, SIGSTOP); }},
         {"link down", 8, [](Lab& lab, unsigned agent) { lab.network().cut(agent, Direction::Both); }}}};
    std::map<std::string, std::vector<double>> times;
    Random random(setting.seed);
    const unsigned rounds = setting.amount ? setting.amount : 1;
    for (unsigned round = 0; round < rounds; ++round) {
        Lab lab(setting.network, dyingFleet(setting));
        lab.startRun();
        bool working = true;
        for (unsigned agent = 0; agent < agents; ++agent)
            working = working && untilWorking(lab, agent);
        if (!working) {
            report.fail("not all nodes began to work");
            showFailure(lab, report.failures.back());
            return report;
        }
        std::array<Clock::time_point, agents> begun;
        const auto replica = static_cast<unsigned>(random.below(replicas));
        const StoppedThread stopped(lab.agentPid(hangsInPart), "vf-replica-" + std::to_string(replica));
        begun[hangsInPart] = Clock::now();
        for (unsigned agent = 0; agent < deaths.size(); ++agent) {
            lab.pumpFor(std::chrono::milliseconds(random.between(50, 1000))); // at any moment between two heartbeats
            begun[agent] = Clock::now();
            deaths[agent].bring(lab, agent);
        }
        begun[hangs] = waitForHang(lab);
        for (unsigned agent = 0; agent < agents; ++agent) {
            if (agent == hangsInPart && !stopped) {
                say("no thread of another process can be stopped here");
                continue;
            }
            const std::string what = agent < deaths.size() ? deaths[agent].what
                                     : agent == hangs      ? "hung replica"
                                                           : "one hung replica of four";
            const double limit = agent < deaths.size() ? deaths[agent].limit : 10;
            ++report.trials;
            lab.pump([&] { return lab.find("node_lost", Lab::nodeName(agent)) != nullptr; }, 20s);
            const Line* lost = lab.find("node_lost", Lab::nodeName(agent));
            if (!lost) {
                report.fail(what + " was not noticed");
                showFailure(lab, report.failures.back());
                continue;
            }
            const double took = seconds(lost->at - begun[agent]);
            times[what].push_back(took);
            report.expectTime(setting, took <= limit, what + " was noticed after " + std::to_string(took) + " s");
            if (took > limit)
                showFailure(lab, what + " was noticed late");
            const std::string named = "replica " + std::to_string(replica + 1) + " of " + std::to_string(replicas);
            if (agent == hangsInPart && lost->json["error"].value("detail", "") != named)
                report.fail(named + " was told as " + lost->json["error"].dump());
        }
        setting.network.heal(2);
        lab.signalAgent(1, SIGCONT);
    }
    for (const auto& [what, values] : times)
        report.spread(what, values, "s", 2);
    return report;
}

Report slowLink(const Setting& setting)
{
    Report report("P4b");
    constexpr std::uint64_t bytesPerSecond = 30'000;
    const unsigned minutes = setting.amount ? setting.amount : 1;
    const auto until = Clock::now() + std::chrono::minutes(minutes);
    std::uint64_t alarms = 0, suspicions = 0;
    for (unsigned agent = 0; agent < 4; ++agent)
        setting.network.limit(agent, bytesPerSecond);
    while (Clock::now() < until) {
        Lab lab(setting.network, labOptions(setting, 4, 10'000, R"({"ms_per_item": 3})"));
        lab.startRun();
        lab.finish(std::chrono::minutes(10));
        for (const Line& line : lab.lines()) {
            suspicions += line.event() == "node_suspect";
            if (line.event() != "node_lost")
                continue;
            ++alarms;
            report.fail(line.json.dump());
        }
        if (lab.applicationExit() != 0)
            report.fail("a run does not end well");
        else
            checkExact(lab, report, "over a slow link");
        if (!report.failures.empty())
            showFailure(lab, report.failures.back());
    }
    for (unsigned agent = 0; agent < 4; ++agent)
        setting.network.limit(agent, 0);
    report.trials = minutes;
    report.figure("30 KB/s to each agent, false alarms", std::to_string(alarms));
    report.figure("rows that turned for a moment", std::to_string(suspicions));
    return report;
}

Report healing(const Setting& setting)
{
    Report report("P5");
    // The short test has the shortest cut; 3 is all of them.
    const std::array<std::pair<std::chrono::seconds, double>, 3> cuts = {{{5s, 6}, {30s, 10}, {120s, 30}}};
    const unsigned count = setting.amount ? std::min<unsigned>(setting.amount, cuts.size()) : 1;
    constexpr std::array<Direction, 3> directions = {Direction::Both, Direction::ToAgent, Direction::FromAgent};
    for (unsigned i = 0; i < count; ++i) {
        const auto [time, perItem] = cuts[i];
        Lab lab(setting.network, labOptions(setting, 4, setting.amount ? 10'000 : 6'000,
                                            R"({"ms_per_item": )" + std::to_string(perItem) + "}"));
        lab.startRun();
        bool working = true;
        for (unsigned agent = 0; agent < 4; ++agent)
            working = working && untilWorking(lab, agent);
        if (!working) {
            report.fail("not all nodes began to work");
            showFailure(lab, report.failures.back());
            return report;
        }
        for (unsigned agent = 0; agent < directions.size(); ++agent)
            setting.network.cut(agent, directions[agent]);
        lab.pumpFor(time);
        std::array<std::uint64_t, directions.size()> before{};
        for (unsigned agent = 0; agent < directions.size(); ++agent)
            before[agent] = lab.committedOf(Lab::nodeName(agent));
        for (unsigned agent = 0; agent < directions.size(); ++agent)
            setting.network.heal(agent);
        const auto healed = Clock::now();
        std::array<double, directions.size()> took{};
        lab.pump(
            [&] {
                bool all = true;
                for (unsigned agent = 0; agent < directions.size(); ++agent) {
                    if (took[agent] == 0 && lab.committedOf(Lab::nodeName(agent)) > before[agent])
                        took[agent] = seconds(Clock::now() - healed);
                    all = all && took[agent] > 0;
                }
                return all;
            },
            20s);
        for (unsigned agent = 0; agent < directions.size(); ++agent) {
            ++report.trials;
            report.expect(took[agent] > 0, "no row after a cut");
            const std::string what = "cut for " + std::to_string(time.count()) + " s, " + name(directions[agent]);
            report.expectTime(setting, took[agent] > 0 && took[agent] <= 5,
                              what + ": first row after " + std::to_string(took[agent]) + " s");
            report.figure(what, took[agent], "s", 2);
        }
        if (lab.finish(240s) != 0) {
            report.fail("the run does not end well");
            showFailure(lab, report.failures.back());
        } else {
            checkExact(lab, report, "after cuts of " + std::to_string(time.count()) + " s");
        }
    }
    return report;
}

} // namespace vitfleet::chaos
