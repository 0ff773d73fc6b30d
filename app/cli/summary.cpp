// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/summary.h"

#include "app/cli/exit_codes.h"
#include "app/cli/json.h"
#include "app/core/text.h"
#include "app/wiring/application.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace vitfleet::cli {

using namespace app;
using nlohmann::json;

namespace {

json summaryJson(const Summary& summary, int exitCode)
{
    const RunRecord& run = summary.run;
    json nodes = json::array();
    for (const NodeRecord& node : summary.nodes)
        nodes.push_back(toJson(node));
    json object = toJson(run);
    object.update(
        {{"event", "end"},
         {"exit_code", exitCode},
         {"accuracy_text", text::accuracy(run.correct, run.incorrect, run.expectedKnown, run.expectedMatched).sentence},
         {"seal", summary.seal ? toJson(*summary.seal) : json()},
         {"nodes", std::move(nodes)},
         {"csv", summary.csv.empty() ? json() : json(summary.csv.string())},
         {"database", summary.database.string()},
         {"seconds", summary.seconds}});
    if (summary.nodeSeconds)
        object["cost"] = {{"node_seconds", *summary.nodeSeconds},
                          {"price", *summary.price},
                          {"currency", summary.currency},
                          {"joules", summary.joules ? json(*summary.joules) : json()},
                          {"joules_absent_because", summary.joules ? json() : json(summary.energyAbsence)}};
    return object;
}

void printNodes(Output& output, const std::vector<NodeRecord>& nodes)
{
    std::size_t width = 0;
    for (const NodeRecord& node : nodes)
        width = std::max(width, node.name.size());
    for (const NodeRecord& node : nodes) {
        std::string line = "  " + node.name + std::string(width - node.name.size() + 2, ' ') +
                           text::grouped(node.labelled) + " labelled, " + text::counted(node.errors, "error");
        for (const std::string* fact : {&node.device, &node.backendVersion, &node.precision}) {
            if (!fact->empty())
                line += "  " + *fact;
        }
        output.line(line);
    }
}

/// "run 3 finished: …" or how far it came.
std::string headline(const Summary& summary)
{
    const RunRecord& run = summary.run;
    const std::string name = "run " + std::to_string(run.id.value) + ' ';
    if (run.state == RunState::Finished && summary.seal)
        return name + "finished: " + text::sealText(*summary.seal);
    const std::uint64_t done = run.labelled + run.errors;
    std::string text = name + stateOf(run, summary.isWritten) + ": " + text::grouped(done) + " of " +
                       text::grouped(run.planned) + (run.scanComplete ? "" : " found so far") + " have their row, " +
                       text::counted(run.errors, "error");
    return text;
}

} // namespace

bool isInterrupted(const RunRecord& run, bool isWritten)
{
    return !isWritten && (run.state == RunState::Created || run.state == RunState::Running);
}

std::string stateOf(const RunRecord& run, bool isWritten)
{
    return isInterrupted(run, isWritten) ? "interrupted" : std::string(text::name(run.state));
}

std::string resumeLine(RunId run, const std::filesystem::path& database)
{
    return "go on with: vitfleet-cli resume " + std::to_string(run.value) + " --db " + database.string();
}

int exitCodeOf(const RunRecord& run)
{
    switch (run.state) {
    case RunState::Finished:
        return run.errors == 0 ? Done : ItemErrors;
    case RunState::Stopped:
        return Interrupted;
    default:
        return CouldNotRun;
    }
}

Result<Summary> readSummary(Store& store, RunId run)
{
    auto reader = store.openReader();
    if (!reader)
        return reader.error();
    Summary summary;
    summary.isWritten = isBeingWritten(store.path());
    auto record = (*reader)->run(run);
    if (!record)
        return record.error();
    summary.run = std::move(*record);
    auto nodes = (*reader)->nodes(run);
    if (!nodes)
        return nodes.error();
    summary.nodes = std::move(*nodes);
    auto costs = (*reader)->costs();
    if (!costs)
        return costs.error();
    summary.costs = std::move((*costs)[run]);
    auto seal = (*reader)->seal(run);
    if (!seal)
        return seal.error();
    summary.seal = *seal;
    if (summary.run.errors > 0) {
        auto errors = (*reader)->errorCounts(run);
        if (!errors)
            return errors.error();
        summary.errors = std::move(*errors);
    }
    summary.database = store.path();
    return summary;
}

void printSummary(Output& output, const Summary& summary, int exitCode)
{
    if (output.isJson())
        return output.json(summaryJson(summary, exitCode));
    const RunRecord& run = summary.run;
    output.line(headline(summary));
    if (run.failure.code != ErrorCode::None)
        output.line(describe(run.failure));
    for (const auto& [code, count, example] : summary.errors)
        output.line("  " + text::grouped(count) + " x " + describe({code, example}));
    output.line(text::accuracy(run.correct, run.incorrect, run.expectedKnown, run.expectedMatched).sentence);
    std::string counts = text::counted(run.duplicatesRefused, "duplicate") + " refused, " +
                         text::counted(run.redispatched, "item") + " re-dispatched";
    if (summary.seconds > 0)
        counts += "; " + text::duration(summary.seconds) + ", " +
                  text::rate(static_cast<double>(summary.sessionRows) / summary.seconds) + " img/s";
    output.line(counts);
    if (!summary.cost.empty())
        output.line("cost      " + summary.cost);
    else if (!summary.costs.empty())
        output.line("cost      " + text::costSentence(summary.costs, run.labelled + run.errors));
    printNodes(output, summary.nodes);
    if (run.precision != "fp32")
        output.line("precision " + run.precision + " was asked for");
    for (const PrecisionCheck& check : run.precisionChecks)
        output.line("  " + check.kindText + ": " + text::precisionText(check));
    if (run.synthetic)
        output.line("SYNTHETIC: these results did not come from inference.");
    if (!summary.csv.empty())
        output.line("results   " + summary.csv.string() + " (" + text::counted(summary.csvRows, "row") + ")");
    output.line("database  " + summary.database.string());
    if (run.state != RunState::Finished)
        output.line(resumeLine(run.id, summary.database));
}

} // namespace vitfleet::cli
