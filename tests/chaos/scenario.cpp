// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/scenario.h"

#include <algorithm>
#include <cstdio>

namespace vitfleet::chaos {
namespace {

std::string formatted(double value, int decimals)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

} // namespace

void Report::figure(const std::string& name, double value, const std::string& unit, int decimals)
{
    figure(name, formatted(value, decimals) + (unit.empty() ? "" : " " + unit));
}

void Report::spread(const std::string& name, std::vector<double> values, const std::string& unit, int decimals)
{
    if (values.empty())
        return;
    std::ranges::sort(values);
    figure(name, "median " + formatted(values[values.size() / 2], decimals) + ", worst " +
                     formatted(values.back(), decimals) + (unit.empty() ? "" : " " + unit));
}

void Report::expectTime(const Setting& setting, bool right, const std::string& sentence)
{
    if (setting.judgesTimes)
        expect(right, sentence);
    else if (!right)
        say("not judged here: " + sentence);
}

void Report::add(const Inspection& inspection)
{
    lost += inspection.lost;
    doubled += inspection.doubled;
    wrong += inspection.wrong;
}

void say(const std::string& text)
{
    static const auto begin = Clock::now();
    std::printf("%8.2f  %s\n", seconds(Clock::now() - begin), text.c_str());
    std::fflush(stdout);
}

double seconds(Clock::duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

Lab::Options labOptions(const Setting& setting, unsigned agents, std::uint32_t items, std::string plan)
{
    Lab::Options options;
    options.agents = agents;
    options.items = items;
    options.plan = std::move(plan);
    if (!setting.application.empty())
        options.application = setting.application;
    return options;
}

void showFailure(Lab& lab, const std::string& what)
{
    lab.keepFolder();
    say("FAILED: " + what + "; see " + lab.folder().string());
    std::printf("  the application's log:\n%s", lab.tail("application.log").c_str());
    std::size_t shown = 0;
    for (auto line = lab.lines().rbegin(); line != lab.lines().rend() && shown < 25; ++line, ++shown)
        std::printf("    %s\n", line->json.dump().substr(0, 300).c_str());
}

void checkExact(Lab& lab, Report& report, const std::string& what)
{
    const Inspection found = lab.inspection();
    report.add(found);
    const bool good = found.isExact() && found.errorRows.empty() && lab.verify() == 0;
    if (good)
        return;
    report.fail(what + ": " + found.summary());
    showFailure(lab, what + ": " + found.summary());
}

const std::vector<Scenario>& scenarios()
{
    static const std::vector<Scenario> all = {
        {"P1", "faults", "random faults of agents and links, a trial is a fault",
         "0 lost, 0 doubled, 0 wrong; at most 3 times the undisturbed time", fleetFaults},
        {"soak", "soak", "a fixed rate and a fault every 20 s, a trial is a fault", "memory and descriptors stay flat",
         soak},
        {"P2", "kills", "kill -9 of the application at random", "no acknowledged row is missing, `quick_check` holds",
         killedApplication},
        {"P3", "resume", "kills inside and just after COMMIT, then resume",
         "at most 512 items done again for each kill", resumedRun},
        {"P4", "detection", "how soon a dead agent is noticed",
         "kill 1 s, SIGSTOP 3 s, link down 8 s, hung replica (the only one, or one of four) 10 s", detection},
        {"P4b", "slowlink", "false alarms on a slow link, a trial is a minute", "none in an hour", slowLink},
        {"P5", "healing", "cuts of 5, 30 and 120 s, in three directions", "first row at most 5 s after healing",
         healing},
        {"P6", "replies", "10 % repeated, 20 % reordered, 5 % late replies",
         "no row changes; as many duplicates counted as made", distortedReplies},
        {"P7", "restarts", "agents killed and restarted with key and address, and cloned",
         "nothing lost; clones refused with their reason", restartsAndClones},
        {"P8", "poison", "items that crash, hang, eat memory, fail or give no number",
         "an error row each, all others right", poison},
        {"P9", "broken", "a node that answers one in ten wrongly, and one that fails",
         "disputed and set aside; the mended one comes back; no other is set aside", brokenNodes},
        {"P10", "slow", "one node ten times slower", "at most 1.3 times the time, at most 5 % done twice", slowNode},
        {"P16", "disk", "a full disk", "told in 1 s; goes on 5 s after there is room", fullDisk},
        {"P16b", "storage",
         "the database's disk fails: I/O errors, no space, no quota, read-only, taken away; with a kill",
         "told in 1 s with its code; goes on 5 s after it is mended", failingStorage},
        {"P17", "clock", "the wall clock jumps by an hour and a day, both ways", "no lease expires", clockJumps},
        {"P18", "versions", "agents of other versions of the protocol join a run",
         "refused with the reason, or they work; the run goes on", otherVersions},
        {"P19", "terminate", "SIGTERM to an agent during a chunk, twice, while loading",
         "exit 0 in at most 25 s, nothing lost", terminated},
    };
    return all;
}

} // namespace vitfleet::chaos
