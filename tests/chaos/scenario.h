// SPDX-License-Identifier: GPL-3.0-or-later
// One promise of docs/reliability.md, tried.
#pragma once

#include "tests/chaos/lab.h"
#include "tests/chaos/network.h"

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace vitfleet::chaos {

/// Uniform numbers that are the same on every machine for a seed.
class Random
{
public:
    explicit Random(std::uint64_t seed) : m_engine(seed) {}
    std::uint64_t below(std::uint64_t end) { return m_engine() % end; }
    int between(int first, int last)
    {
        return first + static_cast<int>(below(static_cast<std::uint64_t>(last - first + 1)));
    }
    std::uint64_t seed() { return m_engine(); }

private:
    std::mt19937_64 m_engine;
};

struct Setting
{
    Network& network;
    std::uint64_t seed = 1;
    unsigned amount = 0;     ///< how many trials; what one is depends on the scenario. 0: the short test's
    bool judgesTimes = true; ///< limits in seconds count as failures; not where the machine is shared with other tests
    bool keepFolders = false;
    std::string application; ///< another vitfleet-cli, with a planted bug; empty: the real one
};

/// What a scenario found. Figures are printed and recorded; whether the promise held is `failures`.
struct Report
{
    explicit Report(std::string of) : promise(std::move(of)) {}

    std::string promise; ///< "P1"
    unsigned trials = 0;
    std::string whyNotTried; ///< the machine does not allow it: no trial, and no failure either
    std::uint64_t lost = 0, doubled = 0, wrong = 0;
    std::vector<std::string> failures; ///< each a sentence
    std::vector<std::pair<std::string, std::string>> figures;

    /// As expect(), for limits in seconds: see Setting::judgesTimes.
    void expectTime(const Setting& setting, bool right, const std::string& sentence);
    void fail(const std::string& sentence) { failures.push_back(sentence); }
    void expect(bool right, const std::string& sentence)
    {
        if (!right)
            fail(sentence);
    }
    void figure(const std::string& name, const std::string& value) { figures.emplace_back(name, value); }
    void figure(const std::string& name, double value, const std::string& unit, int decimals = 1);
    /// Largest and median of several.
    void spread(const std::string& name, std::vector<double> values, const std::string& unit, int decimals = 1);
    void add(const Inspection& inspection);
};

struct Scenario
{
    const char* promise;
    const char* name;
    const char* what;
    const char* target;
    std::function<Report(const Setting&)> run;
};
const std::vector<Scenario>& scenarios();

/// Prints a line with the time since the program's start.
void say(const std::string& text);
double seconds(Clock::duration duration);
/// Lab's options with what the setting says.
Lab::Options labOptions(const Setting& setting, unsigned agents, std::uint32_t items, std::string plan);
/// Where something failed: says so, keeps the folder and shows the ends of the logs.
void showFailure(Lab& lab, const std::string& what);
/// Checks that a run which has ended is exact; adds to the report.
void checkExact(Lab& lab, Report& report, const std::string& what);

Report fleetFaults(const Setting& setting);       // P1
Report soak(const Setting& setting);              // P1
Report killedApplication(const Setting& setting); // P2
Report resumedRun(const Setting& setting);        // P3
Report detection(const Setting& setting);         // P4
Report slowLink(const Setting& setting);          // P4
Report healing(const Setting& setting);           // P5
Report distortedReplies(const Setting& setting);  // P6
Report restartsAndClones(const Setting& setting); // P7
Report poison(const Setting& setting);            // P8
Report brokenNodes(const Setting& setting);       // P9
Report slowNode(const Setting& setting);          // P10
Report fullDisk(const Setting& setting);          // P16
Report failingStorage(const Setting& setting);    // P16
Report clockJumps(const Setting& setting);        // P17
Report otherVersions(const Setting& setting);     // P18
Report terminated(const Setting& setting);        // P19

} // namespace vitfleet::chaos
