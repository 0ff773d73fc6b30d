// SPDX-License-Identifier: GPL-3.0-or-later
// P9: a node that answers wrongly, or fails all, is set aside; items that fail everywhere set nobody aside.
#include "tests/chaos/scenario.h"

namespace vitfleet::chaos {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t items = 10'000;

std::string asideNodes(const Lab& lab)
{
    std::string names;
    for (const Line& line : lab.lines()) {
        if (line.event() == "node_set_aside")
            names += line.text("node") + " (" + line.errorCode() + ") ";
    }
    return names;
}

/// One item in ten wrong, among items that fail wherever they are tried.
void liar(const Setting& setting, Random& random, Report& report)
{
    const std::string node = Lab::nodeName(static_cast<unsigned>(random.below(4)));
    constexpr std::uint32_t failing = 20;
    Json faults = Json::object();
    for (std::uint32_t i = 0; i < failing; ++i)
        faults[std::to_string(i * (items / failing) + 1 + 10 * random.below(40))] = "fail";
    const Json plan = {{"ms_per_item", 2},
                       {"fail_items", faults},
                       {"nodes", {{node, {{"fail_every", {{"items", 10}, {"how", "wrong"}}}}}}}};
    Lab lab(setting.network, labOptions(setting, 4, items, plan.dump()));
    lab.startRun();
    const auto code = lab.finish(120s);
    ++report.trials;
    const Inspection found = lab.inspection();
    report.lost += found.lost;
    report.doubled += found.doubled;
    const auto lies = found.wrongByNode.contains(node) ? found.wrongByNode.at(node) : 0;
    report.wrong += found.wrong - lies; // those are what the audit is there for
    std::string names = asideNodes(lab);
    const Line* dispute = lab.find("result_disputed", {});
    const bool right = code == 1 && found.intact && found.problem.empty() && found.lost == 0 && found.doubled == 0 &&
                       found.wrong == lies && found.errorRows.size() == failing && lab.verify() == 0;
    report.expect(right, "a node that lies: exit code " + std::to_string(code.value_or(-1)) + ", " + found.summary());
    report.expect(dispute != nullptr, "no dispute was shown");
    // By its lies, or by the last of them and a failed item: these stand in one row until others have failed on it,
    // too.
    bool isNodeAlone = names.find(node) != std::string::npos && lab.find("node_outvoted", node);
    for (unsigned other = 0; other < 4; ++other)
        isNodeAlone =
            isNodeAlone && (Lab::nodeName(other) == node || names.find(Lab::nodeName(other)) == std::string::npos);
    report.expect(isNodeAlone, node + " lies, set aside: " + names);
    if (!report.failures.empty())
        return showFailure(lab, report.failures.back());
    report.figure("wrong rows before the liar was set aside", std::to_string(lies) + " of " + std::to_string(items));
}

/// It fails all of its first items; by the end of its pause it is well again.
void failing(const Setting& setting, Random& random, Report& report)
{
    const std::string node = Lab::nodeName(static_cast<unsigned>(random.below(4)));
    Json faults = Json::object();
    for (std::uint32_t item = 0; item < 240; ++item) // the first chunks of all; a plan has 4096 bytes
        faults[std::to_string(item)] = "fail";
    const Json plan = {{"ms_per_item", 14}, {"nodes", {{node, {{"fail_items", faults}}}}}};
    Lab lab(setting.network, labOptions(setting, 4, items, plan.dump()));
    lab.startRun();
    const auto code = lab.finish(180s);
    ++report.trials;
    if (code != 0) {
        report.fail("a node that fails: exit code " + std::to_string(code.value_or(-1)));
        return showFailure(lab, report.failures.back());
    }
    checkExact(lab, report, "a node that fails");
    const Line* aside = lab.find("node_set_aside", node);
    const Line* back = lab.find("node_restored", node);
    const std::string names = asideNodes(lab);
    report.expect(aside && back && names.starts_with(node) && names.find("E_RESULT") == std::string::npos,
                  "set aside: " + names);
    if (!report.failures.empty())
        return showFailure(lab, report.failures.back());
    report.figure("back after", seconds(back->at - aside->at), "s");
}

} // namespace

Report brokenNodes(const Setting& setting)
{
    Report report("P9");
    Random random(setting.seed);
    const unsigned rounds = setting.amount ? setting.amount : 1;
    for (unsigned round = 0; round < rounds && report.failures.empty(); ++round) {
        liar(setting, random, report);
        if (setting.amount && report.failures.empty()) // the pause alone takes 30 s
            failing(setting, random, report);
    }
    return report;
}

} // namespace vitfleet::chaos
