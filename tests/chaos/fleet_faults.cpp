// SPDX-License-Identifier: GPL-3.0-or-later
// P1: every item ends as exactly one row, whatever happens to agents and links.
#include "tests/chaos/faults.h"
#include "tests/chaos/scenario.h"
#include "tests/stand_in/data.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace vitfleet::chaos {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr unsigned agents = 4;
constexpr unsigned faultsARun = 5;
const char* const plan = R"({"ms_per_item": 2.5})";
constexpr auto patience = 120s;
constexpr auto faultsWithin = 5000; ///< milliseconds from the first row

std::vector<Fault> schedule(Random& random, unsigned count)
{
    std::vector<Fault> faults;
    for (unsigned i = 0; i < count; ++i)
        faults.push_back(randomFault(random, agents, random.between(0, faultsWithin)));
    return faults;
}

/// Seconds from the first row to the end; nothing where it does not end well.
std::optional<double> oneRun(const Setting& setting, const std::vector<Fault>& faults, Report& report,
                             const std::string& what)
{
    Lab lab(setting.network, labOptions(setting, agents, 10'000, plan));
    lab.startRun();
    if (!lab.pump([&] { return lab.find("node_ready", {}) && lab.committed() > 0; }, 30s)) {
        report.fail(what + ": no row came");
        showFailure(lab, what + ": no row came");
        return std::nullopt;
    }
    const auto begin = Clock::now();
    {
        Disturbance disturbance(lab, faults);
        lab.pump(
            [&] {
                disturbance.look(static_cast<int>((Clock::now() - begin) / 1ms));
                return lab.applicationExit().has_value();
            },
            patience);
    }
    const double took = seconds(Clock::now() - begin);
    if (lab.applicationExit() != 0) {
        const auto code = lab.applicationExit();
        report.fail(what + ": " + (code ? "exit code " + std::to_string(*code) : "does not end"));
        showFailure(lab, report.failures.back());
        return std::nullopt;
    }
    checkExact(lab, report, what);
    return took;
}

/// Sizes of a process, once a second.
struct Sizes
{
    std::vector<double> residentKiB, descriptors;

    void sample(pid_t process)
    {
        std::ifstream file("/proc/" + std::to_string(process) + "/statm");
        double total = 0, resident = 0;
        if (!(file >> total >> resident))
            return;
        residentKiB.push_back(resident * 4);
        std::error_code error;
        std::size_t count = 0;
        for (fs::directory_iterator entry("/proc/" + std::to_string(process) + "/fd", error), end;
             !error && entry != end; entry.increment(error))
            ++count;
        descriptors.push_back(static_cast<double>(count));
    }
    /// Medians of the second and of the last quarter.
    static std::pair<double, double> quarters(const std::vector<double>& values)
    {
        const auto quarter = static_cast<std::ptrdiff_t>(values.size() / 4);
        const auto median = [](std::vector<double> part) {
            std::ranges::sort(part);
            return part.empty() ? 0 : part[part.size() / 2];
        };
        return {median({values.begin() + quarter, values.begin() + 2 * quarter}),
                median({values.end() - quarter, values.end()})};
    }
};

} // namespace

Report soak(const Setting& setting)
{
    Report report("soak");
    constexpr int every = 20'000; ///< milliseconds
    constexpr int rate = 800;     ///< items a second of all agents
    const int time = 1000 * static_cast<int>(setting.amount ? setting.amount : 60);
    Random random(setting.seed);
    std::vector<Fault> faults;
    for (int at = every / 2; at + every / 2 < time; at += every)
        faults.push_back(randomFault(random, agents, at));
    const auto items = static_cast<std::uint32_t>(time / 1000 * rate * 2); // it never comes to its end
    Lab lab(setting.network,
            labOptions(setting, agents, items, R"({"ms_per_item": )" + std::to_string(1000.0 * agents / rate) + "}"));
    const fs::path data = lab.folder() / "data";
    test::writeIdx(data, items);
    lab.setData(data);
    lab.startRun();
    if (!lab.pump([&] { return lab.committed() > 0; }, 60s)) {
        report.fail("no row came");
        showFailure(lab, report.failures.back());
        return report;
    }
    Sizes sizes;
    const auto begin = Clock::now();
    {
        Disturbance disturbance(lab, faults);
        int next = 0;
        lab.pump(
            [&] {
                const int elapsed = static_cast<int>((Clock::now() - begin) / 1ms);
                disturbance.look(elapsed);
                if (elapsed >= next) {
                    sizes.sample(lab.applicationPid());
                    next += 1000;
                }
                return elapsed >= time;
            },
            std::chrono::milliseconds(time) + 60s);
    }
    const auto rows = lab.committed();
    lab.signalApplication(SIGTERM);
    const auto code = lab.finish(60s);
    Inspection found = lab.inspection();
    found.lost = 0; // it was stopped on the way
    report.add(found);
    report.trials = static_cast<unsigned>(faults.size());
    const auto [memory, memoryLate] = Sizes::quarters(sizes.residentKiB);
    const auto [handles, handlesLate] = Sizes::quarters(sizes.descriptors);
    if (code != 4 || !found.isExact() || found.rows < rows) {
        report.fail("exit code " + std::to_string(code.value_or(-1)) + ", " + found.summary());
        showFailure(lab, report.failures.back());
    }
    report.expect(handlesLate <= handles + 16,
                  "descriptors grow from " + std::to_string(handles) + " to " + std::to_string(handlesLate));
    report.figure("time", time / 1000.0, "s", 0);
    report.figure("rows", std::to_string(rows));
    report.figure("rows a second", static_cast<double>(rows) / (time / 1000.0), "", 0);
    report.figure("resident, second quarter", memory / 1024, "MiB");
    report.figure("resident, last quarter", memoryLate / 1024, "MiB");
    report.figure("descriptors, second quarter", handles, "", 0);
    report.figure("descriptors, last quarter", handlesLate, "", 0);
    return report;
}

Report fleetFaults(const Setting& setting)
{
    Report report("P1");
    const unsigned faults = setting.amount ? setting.amount : 10;
    Random random(setting.seed);
    std::optional<double> undisturbed;
    if (setting.judgesTimes) { // otherwise nobody asks how long it takes
        undisturbed = oneRun(setting, {}, report, "undisturbed");
        if (!undisturbed)
            return report;
        say("undisturbed: " + std::to_string(*undisturbed) + " s");
    }
    std::vector<double> factors;
    for (unsigned done = 0; done < faults; done += faultsARun) {
        const std::string what = "run " + std::to_string(done / faultsARun + 1);
        const auto list = schedule(random, std::min(faultsARun, faults - done));
        say(what);
        report.trials += static_cast<unsigned>(list.size());
        if (const auto took = oneRun(setting, list, report, what)) {
            if (undisturbed) {
                factors.push_back(*took / *undisturbed);
                report.expect(factors.back() <= 3, what + ": " + std::to_string(factors.back()) + " x as long");
            }
            say(what + ": " + std::to_string(*took) + " s");
        }
    }
    if (undisturbed)
        report.figure("undisturbed", *undisturbed, "s");
    report.spread("time over undisturbed", factors, "x", 2);
    return report;
}

} // namespace vitfleet::chaos
