// SPDX-License-Identifier: GPL-3.0-or-later
// P7, P8, P10, P19: restarted, cloned, poisoned, slow and terminated agents.
#include "tests/chaos/scenario.h"

#include <signal.h>

#include <algorithm>
#include <array>

namespace vitfleet::chaos {
namespace {

using namespace std::chrono_literals;

bool untilRows(Lab& lab, Report& report, std::uint64_t rows = 1)
{
    if (lab.pump([&] { return lab.committed() >= rows; }, 30s))
        return true;
    report.fail("no row came");
    showFailure(lab, report.failures.back());
    return false;
}

/// Waits for a good end and checks the rows.
bool untilExact(Lab& lab, Report& report, const std::string& what, std::chrono::seconds limit = 120s)
{
    const auto code = lab.finish(limit);
    if (code != 0) {
        report.fail(what + ": " + (code ? "exit code " + std::to_string(*code) : "does not end"));
        showFailure(lab, report.failures.back());
        return false;
    }
    checkExact(lab, report, what);
    return true;
}

} // namespace

Report restartsAndClones(const Setting& setting)
{
    Report report("P7");
    constexpr unsigned cloneHost = 4, clonesARun = 5;
    const unsigned restarts = setting.amount ? setting.amount : 10;
    Random random(setting.seed);
    std::uint64_t refused = 0, started = 0, givenUp = 0;
    unsigned done = 0;
    while (done < restarts) {
        Lab lab(setting.network, labOptions(setting, 4, 10'000, R"({"ms_per_item": 4})"));
        std::vector<std::string> lines;
        for (unsigned agent = 0; agent < 4; ++agent) {
            lab.startAgent(agent);
            lines.push_back(lab.addressLine(agent));
        }
        // After the originals, which are known by then.
        for (unsigned clone = 0; clone < clonesARun && started < 10; ++clone, ++started)
            lines.push_back(lab.startClone(clone % 4, cloneHost, static_cast<std::uint16_t>(33'000 + clone)));
        const std::size_t clones = lines.size() - 4;
        lab.setAgentLines(lines);
        lab.startRun();
        if (!untilRows(lab, report))
            return report;
        for (unsigned i = 0; i < 25 && done < restarts; ++i, ++done) {
            const auto agent = static_cast<unsigned>(random.below(4));
            lab.stopAgent(agent, SIGKILL);
            lab.waitAgent(agent, 5s);
            lab.startAgent(agent);
            lab.pumpFor(std::chrono::milliseconds(random.between(50, 400)));
            if (lab.applicationExit())
                break;
            ++report.trials;
        }
        const auto code = lab.finish(120s);
        const Inspection found = lab.inspection();
        report.add(found);
        // So many kills in so few seconds hit an item three times now and then: it is an error row, as P8 says.
        const bool onlyPoison = std::ranges::all_of(
            found.errorRows, [](const auto& row) { return row.second == static_cast<int>(ErrorCode::ItemPoison); });
        if (code != (found.errorRows.empty() ? 0 : 1) || !found.isExact() || !onlyPoison ||
            found.errorRows.size() > 2 || lab.verify() != 0) {
            report.fail("after restarts: exit code " + std::to_string(code.value_or(-1)) + ", " + found.summary());
            showFailure(lab, report.failures.back());
            return report;
        }
        givenUp += found.errorRows.size();
        std::uint64_t here = 0;
        for (const Line& line : lab.lines())
            here += line.event() == "node_refused" && line.errorCode() == "E_AGENT_CLONE";
        report.expect(here >= clones, std::to_string(here) + " of " + std::to_string(clones) + " clones refused");
        if (here < clones)
            showFailure(lab, report.failures.back());
        refused += here;
        report.trials += static_cast<unsigned>(clones);
    }
    report.figure("restarts", std::to_string(done));
    report.figure("items given up after three of these kills", std::to_string(givenUp));
    report.figure("clones started, refusals", std::to_string(started) + ", " + std::to_string(refused));
    return report;
}

Report poison(const Setting& setting)
{
    Report report("P8");
    Random random(setting.seed);
    const unsigned rounds = setting.amount ? setting.amount : 1;
    std::vector<double> times;
    for (unsigned round = 0; round < rounds; ++round) {
        constexpr std::uint32_t items = 4000;
        std::vector<const char*> kinds = {"crash", "fail", "nan", "memory"};
        if (setting.amount) // three time-outs, each as long as the short test
            kinds.push_back("hang");
        std::map<std::uint32_t, std::string> poisoned;
        Json faults = Json::object();
        for (const char* kind : kinds) {
            const auto item = static_cast<std::uint32_t>(random.below(items));
            if (poisoned.emplace(item, kind).second)
                faults[std::to_string(item)] = kind;
        }
        auto options = labOptions(setting, 4, items, Json{{"ms_per_item", 1}, {"fail_items", faults}}.dump());
        options.restarts = true;
        options.agentDataBytes = std::uint64_t{512} << 20;
        Lab lab(setting.network, options);
        const auto begin = Clock::now();
        lab.startRun();
        const auto code = lab.finish(180s);
        times.push_back(seconds(Clock::now() - begin));
        report.trials += static_cast<unsigned>(poisoned.size());
        const Inspection found = lab.inspection();
        report.add(found);
        std::string wrong;
        for (const auto& [item, kind] : poisoned) {
            if (!found.errorRows.contains(item))
                wrong += kind + " item " + std::to_string(item) + " has no error row; ";
        }
        if (code != 1 || !found.isExact() || found.errorRows.size() != poisoned.size() || !wrong.empty() ||
            lab.verify() != 0) {
            report.fail(wrong + "exit code " + std::to_string(code.value_or(-1)) + ", " + found.summary());
            showFailure(lab, report.failures.back());
        }
    }
    report.spread("time of a run with poisoned items", times, "s");
    return report;
}

Report slowNode(const Setting& setting)
{
    Report report("P10");
    const std::uint32_t items = setting.amount ? 10'000 : 5'000;
    const auto timeOf = [&](unsigned agents, const std::string& plan) -> std::optional<std::pair<double, double>> {
        Lab lab(setting.network, labOptions(setting, agents, items, plan));
        lab.startRun();
        if (!untilRows(lab, report))
            return std::nullopt;
        const auto begin = Clock::now();
        if (!untilExact(lab, report, std::to_string(agents) + " nodes"))
            return std::nullopt;
        const Line* end = lab.find("end", {});
        const double twice = end ? end->json.value("duplicates_refused", 0.0) : -1;
        return std::pair(seconds(Clock::now() - begin), twice / items);
    };
    std::vector<double> factors, shares;
    const unsigned rounds = setting.amount ? setting.amount : 1;
    for (unsigned round = 0; round < rounds; ++round) {
        const auto without = timeOf(3, R"({"ms_per_item": 2.5})");
        const auto with = timeOf(4, R"({"ms_per_item": 2.5, "nodes": {"node-4": {"ms_per_item": 25}}})");
        if (!without || !with)
            return report;
        ++report.trials;
        factors.push_back(with->first / without->first);
        shares.push_back(100 * with->second);
        report.expectTime(setting, factors.back() <= 1.3,
                          "a slow node makes it " + std::to_string(factors.back()) + " x as long");
        report.expect(shares.back() <= 5, std::to_string(shares.back()) + " % were done twice");
    }
    report.spread("time with the slow node over the time without it", factors, "x", 2);
    report.spread("done twice", shares, "%", 2);
    return report;
}

Report terminated(const Setting& setting)
{
    Report report("P19");
    struct Case
    {
        const char* what;
        std::string plan;
        unsigned signals;
        bool whileLoading;
    };
    const std::array<Case, 3> cases = {{{"during a chunk", R"({"ms_per_item": 3})", 1, false},
                                        {"twice", R"({"ms_per_item": 3})", 2, false},
                                        {"while loading", R"({"ms_per_item": 3, "load_ms": 4000})", 1, true}}};
    Random random(setting.seed);
    const unsigned rounds = setting.amount ? setting.amount : 1;
    for (const Case& one : cases) {
        std::vector<double> times;
        for (unsigned round = 0; round < rounds; ++round) {
            Lab lab(setting.network, labOptions(setting, 4, 3'000, one.plan));
            lab.startRun();
            if (one.whileLoading)
                lab.pump([&] { return lab.find("node_joined", "node-1") != nullptr; }, 20s);
            else if (!lab.pump([&] { return lab.committedOf("node-1") > 0; }, 30s))
                report.fail("node-1 has no row");
            lab.pumpFor(std::chrono::milliseconds(random.between(0, 800)));
            ++report.trials;
            const auto begin = Clock::now();
            lab.stopAgent(0, SIGTERM);
            if (one.signals > 1) {
                lab.pumpFor(std::chrono::milliseconds(random.between(1, 100)));
                lab.signalAgent(0, SIGTERM);
            }
            const auto code = lab.waitAgent(0, 30s);
            times.push_back(seconds(Clock::now() - begin));
            report.expectTime(setting, times.back() <= 25, std::string(one.what) + ": more than 25 s");
            if (code != 0) {
                report.fail(std::string(one.what) + ": exit code " + std::to_string(code.value_or(-1)) + " after " +
                            std::to_string(times.back()) + " s");
                showFailure(lab, report.failures.back());
            }
            if (!untilExact(lab, report, one.what))
                return report;
        }
        report.spread(std::string("SIGTERM ") + one.what, times, "s", 2);
    }
    return report;
}

} // namespace vitfleet::chaos
