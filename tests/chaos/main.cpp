// SPDX-License-Identifier: GPL-3.0-or-later
// vitfleet-chaos [--only NAME,…] [--amount N] [--seed S] [--loopback] [--untimed] [--keep] [--application FILE]
// [--record FILE]
#include "tests/chaos/scenario.h"
#include "tests/chaos/table.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>

using namespace vitfleet::chaos;

namespace {

constexpr unsigned hosts = 5;

std::string today()
{
    char text[32];
    const std::time_t now = std::time(nullptr);
    std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now)); // NOLINT(concurrency-mt-unsafe)
    return text;
}

/// One line of JSON for each scenario, from which the table in docs/reliability.md is made.
void record(const std::string& file, const Report& report, const Setting& setting, double took)
{
    Json figures = Json::object();
    for (const auto& [name, value] : report.figures)
        figures[name] = value;
    const Json line = {{"date", today()},
                       {"promise", report.promise},
                       {"seed", setting.seed},
                       {"network", setting.network.kind()},
                       {"trials", report.trials},
                       {"failures", report.failures},
                       {"lost", report.lost},
                       {"doubled", report.doubled},
                       {"wrong", report.wrong},
                       {"figures", figures},
                       {"seconds", static_cast<int>(took)}};
    std::ofstream(file, std::ios::app) << line.dump() << '\n';
}

bool print(const Report& report)
{
    std::string text = report.promise + ": " + std::to_string(report.trials) + " trials, " +
                       std::to_string(report.failures.size()) + " failed; " + std::to_string(report.lost) + " lost, " +
                       std::to_string(report.doubled) + " doubled, " + std::to_string(report.wrong) + " wrong";
    say(text);
    if (!report.whyNotTried.empty())
        say("  not tried: " + report.whyNotTried);
    for (const auto& [name, value] : report.figures)
        say("  " + name + ": " + value);
    for (const std::string& failure : report.failures)
        say("  FAILED: " + failure);
    return report.failures.empty() && (report.trials > 0 || !report.whyNotTried.empty());
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Tries the promises of docs/reliability.md on real processes.");
    std::vector<std::string> only;
    std::string recordFile, application, tableFile, page;
    std::uint64_t seed = 1;
    unsigned amount = 0;
    bool loopback = false, keep = false, list = false, untimed = false;
    app.add_option("--only", only, "Scenarios or promises")->delimiter(',');
    app.add_option("--amount", amount, "Trials of each; what one is depends on the scenario");
    app.add_option("--seed", seed, "Replays a run");
    app.add_flag("--loopback", loopback, "Proxies on 127.0.0.1 even where namespaces are possible");
    app.add_flag("--untimed", untimed, "Print what takes too long, and do not fail for it");
    app.add_flag("--keep", keep, "Keep the folders");
    app.add_option("--application", application, "Another vitfleet-cli");
    app.add_option("--record", recordFile, "Append the results to this file");
    app.add_option("--table", tableFile, "Only make the table of these results ...");
    app.add_option("--page", page, "... in this page");
    app.add_flag("--list", list, "Names of the scenarios");
    CLI11_PARSE(app, argc, argv);
    if (list) {
        for (const Scenario& scenario : scenarios())
            std::printf("%-4s %-10s %s\n", scenario.promise, scenario.name, scenario.what);
        return 0;
    }
    if (!tableFile.empty()) {
        writeTable(tableFile, page);
        return 0;
    }
    std::signal(SIGPIPE, SIG_IGN);
    const bool spaces = !loopback && enterNamespaces();
    const auto network = spaces ? makeNamespaces(hosts) : makeLoopback(hosts);
    say("seed " + std::to_string(seed) + ", " + network->kind());
    const Setting setting{*network, seed, amount, !untimed, keep, application};
    bool good = true;
    unsigned ran = 0;
    for (const Scenario& scenario : scenarios()) {
        const auto named = [&](const std::string& name) { return name == scenario.name || name == scenario.promise; };
        if (!only.empty() && std::ranges::none_of(only, named))
            continue;
        ++ran;
        say(std::string(scenario.promise) + ", " + scenario.what);
        const auto begin = Clock::now();
        Report report(scenario.promise);
        try {
            report = scenario.run(setting);
        } catch (const std::exception& exception) {
            report.fail(exception.what());
        }
        good &= print(report);
        if (!recordFile.empty())
            record(recordFile, report, setting, seconds(Clock::now() - begin));
    }
    return good && ran > 0 ? 0 : 1;
}
