// SPDX-License-Identifier: GPL-3.0-or-later
// P16 and P17: a full disk under the database, and a wall clock that jumps.
#include "tests/chaos/scenario.h"

#include <sys/mount.h>

#include <fstream>

namespace vitfleet::chaos {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Writes until nothing more fits.
void fill(const fs::path& file)
{
    std::ofstream stream(file, std::ios::binary);
    const std::string block(4096, 'x');
    while (stream.write(block.data(), static_cast<std::streamsize>(block.size())) && stream.flush()) {
    }
}

struct Mount
{
    fs::path folder;
    ~Mount() { ::umount2(folder.c_str(), MNT_DETACH); }
};

} // namespace

Report fullDisk(const Setting& setting)
{
    Report report("P16");
    std::vector<double> told, wentOn;
    Random random(setting.seed);
    const unsigned rounds = setting.amount ? setting.amount : 1;
    for (unsigned round = 0; round < rounds; ++round) {
        Lab lab(setting.network, labOptions(setting, 4, 10'000, R"({"ms_per_item": 2.5})"));
        const fs::path folder = lab.database().parent_path();
        if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=8m") != 0) {
            report.whyNotTried = "no file system can be mounted here";
            return report;
        }
        const Mount mounted{folder};
        lab.startRun();
        ++report.trials;
        if (!lab.pump([&] { return lab.committed() > 500; }, 30s)) {
            report.fail("no row came");
            showFailure(lab, report.failures.back());
            return report;
        }
        lab.pumpFor(std::chrono::milliseconds(random.between(0, 1500)));
        fill(folder / "filler");
        const auto full = Clock::now();
        lab.pump([&] { return lab.find("store_trouble", {}) != nullptr; }, 10s);
        const Line* trouble = lab.find("store_trouble", {});
        if (!trouble || trouble->errorCode() != "E_DB_FULL") {
            report.fail("the full disk was not told");
            showFailure(lab, report.failures.back());
            return report;
        }
        told.push_back(seconds(trouble->at - full));
        report.expectTime(setting, told.back() <= 1,
                          "the full disk was told after " + std::to_string(told.back()) + " s");
        lab.pumpFor(std::chrono::milliseconds(random.between(500, 3000)));
        const auto before = lab.committed();
        fs::remove(folder / "filler");
        const auto freed = Clock::now();
        lab.pump([&] { return lab.committed() > before; }, 20s);
        wentOn.push_back(seconds(Clock::now() - freed));
        report.expectTime(setting, wentOn.back() <= 5, "goes on after " + std::to_string(wentOn.back()) + " s");
        if (lab.finish(60s) != 0) {
            report.fail("the run does not end well");
            showFailure(lab, report.failures.back());
            return report;
        }
        checkExact(lab, report, "after a full disk");
    }
    report.spread("told after", told, "s", 2);
    report.spread("goes on after", wentOn, "s", 2);
    return report;
}

Report clockJumps(const Setting& setting)
{
    Report report("P17");
    const unsigned rounds = setting.amount ? setting.amount : 1;
    for (unsigned round = 0; round < rounds; ++round) {
        // Results come seldom enough that a lease is waited for at each jump, whichever moment it falls into.
        auto options = labOptions(setting, 4, 8'000, R"({"ms_per_item": 3, "batch": 128})");
        const fs::path offset = fs::temp_directory_path() / ("vitfleet-clock-" + std::to_string(::getpid()));
        const auto jump = [&](long by) { std::ofstream(offset, std::ios::trunc) << by << std::endl; };
        jump(0);
        options.environment = {"LD_PRELOAD=" VITFLEET_PRELOAD, "VITFLEET_CHAOS_CLOCK=" + offset.string()};
        options.agentEnvironment = options.environment;
        Lab lab(setting.network, options);
        lab.startRun();
        if (!lab.pump([&] { return lab.committed() > 0; }, 30s)) {
            report.fail("no row came");
            showFailure(lab, report.failures.back());
            return report;
        }
        constexpr long hour = 3600, day = 24 * hour;
        for (const long by : {hour, -hour, day, -day, 0L}) {
            jump(by);
            ++report.trials;
            lab.pumpFor(900ms);
        }
        if (lab.finish(60s) != 0) {
            report.fail("the run does not end well");
            showFailure(lab, report.failures.back());
            return report;
        }
        checkExact(lab, report, "after clock jumps");
        for (const Line& line : lab.lines()) {
            for (const char* expiry : {"node_lost", "node_suspect", "items_redispatched", "node_set_aside"}) {
                if (line.event() != expiry)
                    continue;
                report.fail(line.json.dump());
                showFailure(lab, report.failures.back());
            }
        }
        fs::remove(offset);
        report.expect(lab.askNumber("SELECT max(finished_at) - min(finished_at) FROM result") > 1000UL * day,
                      "the application has not seen the jumps");
    }
    report.figure("jumps", "+1 h, -1 h, +1 day, -1 day, back");
    return report;
}

} // namespace vitfleet::chaos
