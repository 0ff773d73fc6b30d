// SPDX-License-Identifier: GPL-3.0-or-later
// P2, P3, P6: killed applications and distorted replies. The agents are stand-ins in this process, which remember what
// was acknowledged to them and count what they have computed.
#include "tests/chaos/scenario.h"
#include "tests/stand_in/stand_in_fleet.h"

#include <csignal>

namespace vitfleet::chaos {
namespace {

using namespace std::chrono_literals;
using test::Distortion;
using test::StandInFleet;
using test::StandInSettings;

constexpr std::uint32_t allItems = 10'000;

/// A lab without agents of its own, and a fleet of four stand-ins for it.
struct Stage
{
    Stage(const Setting& setting, double millisecondsPerItem, Distortion distortion = {},
          std::uint32_t items = allItems)
        : lab(setting.network, labOptions(setting, 0, items, "{}")),
          fleet(std::vector<StandInSettings>(4, {.millisecondsPerItem = millisecondsPerItem}),
                lab.applicationKey().publicKey(), distortion, true)
    {
        lab.setAgentLines(fleet.addressLines());
    }

    Lab lab;
    StandInFleet fleet;
};

/// Whether every acknowledged item has its row in the database that a kill has left.
void checkAcknowledged(Stage& stage, Report& report)
{
    if (!stage.fleet.waitForEnd())
        report.fail("connections of a killed application do not end");
    const Inspection found = stage.lab.inspection();
    std::uint64_t missing = 0;
    const auto acknowledged = stage.fleet.committed();
    for (const std::uint32_t item : acknowledged)
        missing += found.items.contains(item) ? 0 : 1;
    report.lost += missing;
    report.doubled += found.doubled;
    report.wrong += found.wrong;
    if (missing == 0 && found.intact && found.doubled == 0 && found.wrong == 0 && found.problem.empty())
        return;
    report.fail(std::to_string(missing) + " of " + std::to_string(acknowledged.size()) +
                " acknowledged rows are missing; " + found.summary());
    showFailure(stage.lab, report.failures.back());
}

void checkEnd(Stage& stage, Report& report, const std::string& what)
{
    if (const auto code = stage.lab.applicationExit(); code != 0) {
        report.fail(what + ": exit code " + std::to_string(code.value_or(-1)));
        showFailure(stage.lab, report.failures.back());
        return;
    }
    checkExact(stage.lab, report, what);
}

} // namespace

Report killedApplication(const Setting& setting)
{
    Report report("P2");
    const unsigned kills = setting.amount ? setting.amount : 8;
    Random random(setting.seed);
    std::uint64_t acknowledged = 0;
    while (report.trials < kills && report.failures.empty()) {
        Stage stage(setting, 1.2);
        stage.lab.startRun();
        for (;;) {
            const auto before = stage.fleet.committed().size();
            stage.lab.pump([&] { return stage.fleet.committed().size() > before; }, 30s);
            stage.lab.pumpFor(std::chrono::milliseconds(random.between(0, 600)));
            if (stage.lab.applicationExit() || report.trials == kills) {
                if (!stage.lab.applicationExit())
                    stage.lab.finish(60s);
                checkEnd(stage, report, "after kills");
                break;
            }
            stage.lab.killApplication();
            ++report.trials;
            checkAcknowledged(stage, report);
            if (!report.failures.empty())
                break;
            stage.lab.resumeRun();
        }
        acknowledged += stage.fleet.committed().size();
    }
    report.figure("acknowledged rows looked for", std::to_string(acknowledged));
    return report;
}

Report resumedRun(const Setting& setting)
{
    Report report("P3");
    const unsigned kills = setting.amount ? setting.amount : 4;
    Random random(setting.seed);
    std::vector<double> again, ready;
    while (report.trials < kills && report.failures.empty()) {
        Stage stage(setting, 1.2);
        unsigned here = 0;
        const auto plan = [&]() -> std::vector<std::string> {
            if (report.trials >= kills)
                return {};
            const std::string when = random.below(2) == 0 ? "inside" : "after";
            // Some are in the scan, most among rows.
            return {"LD_PRELOAD=" VITFLEET_PRELOAD,
                    "VITFLEET_CHAOS_KILL=" + when + ":" + std::to_string(random.between(4, 24))};
        };
        auto begin = Clock::now();
        stage.lab.startRun(plan());
        for (;;) {
            if (here > 0) {
                const auto before = stage.lab.committed();
                if (stage.lab.pump([&] { return stage.lab.committed() > before; }, 30s))
                    ready.push_back(seconds(Clock::now() - begin));
            }
            const auto code = stage.lab.finish(60s);
            if (code != 128 + SIGKILL) {
                checkEnd(stage, report, "after kills around COMMIT");
                break;
            }
            ++here;
            ++report.trials;
            checkAcknowledged(stage, report);
            if (!report.failures.empty())
                break;
            begin = Clock::now();
            stage.lab.resumeRun(plan());
        }
        if (here > 0)
            again.push_back((static_cast<double>(stage.fleet.counts().computed) - allItems) / here);
        report.expect(again.empty() || again.back() <= 512, "more than 512 items a kill were done again");
    }
    report.spread("items done again per kill", again, "", 0);
    report.spread("first row after resume", ready, "s", 2);
    return report;
}

Report distortedReplies(const Setting& setting)
{
    Report report("P6");
    const unsigned rounds = setting.amount ? setting.amount : 1;
    std::uint64_t repeated = 0, reordered = 0, late = 0;
    const std::uint32_t items = setting.amount ? allItems : 3'000;
    for (unsigned round = 0; round < rounds; ++round) {
        const Distortion distortion{
            .repeated = 0.1, .reordered = 0.2, .late = 0.05, .seed = setting.seed + round, .lastItem = items - 1};
        Stage stage(setting, 1, distortion, items);
        stage.lab.startRun();
        stage.lab.finish(90s);
        ++report.trials;
        checkEnd(stage, report, "with distorted replies");
        const auto counts = stage.fleet.counts();
        const Line* end = stage.lab.find("end", {});
        const auto refused = end ? end->json.value("duplicates_refused", std::uint64_t{0}) : 0;
        if (refused != counts.repeated) {
            report.fail(std::to_string(counts.repeated) + " results were repeated, " + std::to_string(refused) +
                        " were refused");
            showFailure(stage.lab, report.failures.back());
        }
        repeated += counts.repeated;
        reordered += counts.reordered;
        late += counts.late;
    }
    report.figure("repeated, reordered, late",
                  std::to_string(repeated) + ", " + std::to_string(reordered) + ", " + std::to_string(late));
    return report;
}

} // namespace vitfleet::chaos
