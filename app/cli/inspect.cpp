// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/inspect.h"

#include "app/cli/exit_codes.h"
#include "app/cli/json.h"
#include "app/cli/summary.h"
#include "app/cli/table.h"
#include "app/core/text.h"
#include "app/wiring/application.h"

#include <nlohmann/json.hpp>

#include <map>

namespace vitfleet::cli {

using namespace app;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t shownEvents = 1000;
constexpr std::size_t shownErrors = 1000; ///< the CSV has them all

fs::path databaseOf(const Common& common)
{
    return common.database.empty() ? homeFolders(common.home).database : common.database;
}

int failed(Output& output, const Error& error)
{
    output.error(error);
    return CouldNotRun;
}

/// A store with a reader on it.
struct Opened
{
    std::unique_ptr<Store> store;
    std::unique_ptr<StoreReader> reader;
};

Result<Opened> openFor(const fs::path& database)
{
    auto store = openForReading(database);
    if (!store)
        return store.error();
    auto reader = (*store)->openReader();
    if (!reader)
        return reader.error();
    return Opened{std::move(*store), std::move(*reader)};
}

std::string fileName(const std::string& path)
{
    const fs::path normal = fs::path(path).lexically_normal();
    return (normal.has_filename() ? normal.filename() : normal.parent_path().filename()).string();
}

} // namespace

int execute(const RunsCommand& command, Output& output)
{
    const fs::path database = databaseOf(command.common);
    std::vector<RunRecord> runs;
    std::map<RunId, std::vector<RunCostRecord>> costs;
    // Nobody has run anything yet: that is a list, too. A file that was named must exist.
    if (!command.common.database.empty() || fs::exists(database)) {
        auto opened = openFor(database);
        if (!opened)
            return failed(output, opened.error());
        auto found = opened->reader->runs();
        if (!found)
            return failed(output, found.error());
        runs = std::move(*found);
        auto paid = opened->reader->costs();
        if (!paid)
            return failed(output, paid.error());
        costs = std::move(*paid);
    }
    const bool isWritten = isBeingWritten(database);
    if (output.isJson()) {
        json list = json::array();
        for (const RunRecord& run : runs) {
            list.push_back(toJson(run));
            list.back()["state"] = stateOf(run, isWritten);
        }
        for (std::size_t i = 0; i < runs.size(); ++i)
            list[i]["costs"] = costsJson(costs[runs[i].id]);
        output.json(list);
        return Done;
    }
    Table table({"run", "state", "created", "data", "model", "done", "of", "errors", "accuracy", "cost", ""});
    for (const RunRecord& run : runs) {
        const auto accuracy = text::accuracy(run.correct, run.incorrect, run.expectedKnown, run.expectedMatched);
        table.add({std::to_string(run.id.value), stateOf(run, isWritten),
                   text::utcTime(run.createdAt).substr(0, 16) + "Z", fileName(run.dataPath), run.modelName,
                   text::grouped(run.labelled + run.errors), text::grouped(run.planned), text::grouped(run.errors),
                   accuracy.isShown ? text::percent(accuracy.value) : std::string("–"), text::costText(costs[run.id]),
                   run.synthetic ? std::string("SYNTHETIC") : std::string()});
    }
    if (runs.empty())
        output.line("no runs yet");
    else
        table.print(output);
    for (const RunRecord& run : runs) {
        if (isInterrupted(run, isWritten))
            output.line(resumeLine(run.id, database));
    }
    return Done;
}

int execute(const ShowCommand& command, Output& output)
{
    auto opened = openFor(databaseOf(command.common));
    if (!opened)
        return failed(output, opened.error());
    auto summary = readSummary(*opened->store, command.run);
    if (!summary)
        return failed(output, summary.error());
    auto events = opened->reader->events(command.run, 0, shownEvents);
    if (!events)
        return failed(output, events.error());
    const RunRecord& run = summary->run;
    std::vector<ResultView> errors;
    if (run.errors > 0) {
        ResultFilter filter;
        filter.status = ResultFilter::Status::Errors;
        auto rows = opened->reader->results(command.run, filter, std::nullopt, shownErrors);
        if (!rows)
            return failed(output, rows.error());
        errors = std::move(*rows);
    }
    if (output.isJson()) {
        json object = toJson(run);
        object["state"] = stateOf(run, summary->isWritten);
        object["labels"] = run.labels.size();
        object["costs"] = costsJson(summary->costs);
        object["seal"] = summary->seal ? toJson(*summary->seal) : json();
        object["nodes"] = json::array();
        for (const NodeRecord& node : summary->nodes)
            object["nodes"].push_back(toJson(node));
        object["events"] = json::array();
        for (const EventRecord& event : *events)
            object["events"].push_back(toJson(event));
        object["error_rows"] = json::array();
        for (const ResultView& row : errors)
            object["error_rows"].push_back(
                {{"item", row.item.id.value}, {"path", row.item.path}, {"error", toJson(row.result->error)}});
        output.json(object);
        return Done;
    }
    output.line("data      " + run.dataPath + (run.limit ? ", the first " + text::grouped(run.limit) : ""));
    output.line("model     " + run.modelPath + " (" + text::counted(run.labels.size(), "label") + ")");
    output.line("sha-256   " + (run.modelSha256.empty() ? std::string("not known yet") : run.modelSha256));
    output.line("created   " + text::utcTime(run.createdAt));
    for (const EventRecord& event : *events)
        output.line("  " + text::utcTime(event.at) + "  " + text::eventText(event));
    for (const ResultView& row : errors)
        output.line("  " + row.item.path + "  " + describe(row.result->error));
    if (run.errors > errors.size())
        output.line("  … and " + text::counted(run.errors - errors.size(), "further error") +
                    ": see vitfleet-cli export");
    printSummary(output, *summary, Done);
    return Done;
}

int execute(const ExportCommand& command, Output& output)
{
    auto opened = openFor(databaseOf(command.common));
    if (!opened)
        return failed(output, opened.error());
    const auto rows = opened->reader->exportCsv(command.run, command.filter, command.file, command.options);
    if (!rows)
        return failed(output, rows.error());
    output.line(text::counted(*rows, "row") + (command.filter.isEmpty() ? "" : " (filtered)") + " written to " +
                fs::absolute(command.file).lexically_normal().string());
    if (const auto run = opened->reader->run(command.run); run && run->state != RunState::Finished)
        output.line("The run is " + stateOf(*run, isBeingWritten(opened->store->path())) +
                    ": items without a row are left out.");
    return Done;
}

namespace {

/// What is wrong with a run's rows; empty: nothing.
std::string finding(const RunRecord& run, const Seal& counted, const std::optional<Seal>& stored)
{
    if (counted.doubled > 0)
        return text::sealText(counted);
    if (counted.labelled != run.labelled || counted.errors != run.errors)
        return "the run states " + text::grouped(run.labelled) + " labelled and " + text::counted(run.errors, "error") +
               ", its rows are " + text::grouped(counted.labelled) + " and " + text::grouped(counted.errors);
    if (run.state == RunState::Finished && !counted.holds())
        return text::sealText(counted);
    if (stored && (stored->planned != counted.planned || stored->labelled != counted.labelled ||
                   stored->errors != counted.errors || stored->lost != counted.lost))
        return "its rows are not those that were sealed: " + text::sealText(*stored) + "; now " +
               text::sealText(counted);
    return {};
}

} // namespace

int execute(const VerifyCommand& command, Output& output)
{
    const fs::path database = databaseOf(command.common);
    if (auto intact = checkDatabaseFile(database); !intact) {
        output.error(intact.error());
        return intact.error().code == ErrorCode::DbCorrupt ? ItemErrors : CouldNotRun;
    }
    auto opened = openFor(database);
    if (!opened)
        return failed(output, opened.error());
    StoreReader& reader = *opened->reader;
    std::vector<RunRecord> runs;
    if (command.run) {
        auto run = reader.run(*command.run);
        if (!run)
            return failed(output, run.error());
        runs.push_back(std::move(*run));
    } else {
        auto all = reader.runs();
        if (!all)
            return failed(output, all.error());
        runs = std::move(*all);
    }
    int exitCode = Done;
    const bool isWritten = isBeingWritten(database);
    json list = json::array();
    for (const RunRecord& run : runs) {
        const auto counted = reader.verify(run.id);
        const auto stored = reader.seal(run.id);
        if (!counted || !stored)
            return failed(output, counted ? stored.error() : counted.error());
        const std::string wrong = finding(run, *counted, *stored);
        if (!wrong.empty())
            exitCode = ItemErrors;
        const std::string state = run.state == RunState::Finished ? text::sealText(*counted)
                                                                  : stateOf(run, isWritten) + ", " +
                                                                        text::counted(counted->lost, "item") + " to go";
        output.line("run " + std::to_string(run.id.value) + ": " +
                    (wrong.empty() ? "ok: " + state : "WRONG: " + wrong));
        list.push_back({{"run", run.id.value},
                        {"state", stateOf(run, isWritten)},
                        {"ok", wrong.empty()},
                        {"finding", wrong},
                        {"counted", toJson(*counted)},
                        {"sealed", *stored ? toJson(**stored) : json()}});
    }
    output.line(exitCode == Done ? "the database is in order" : "the database is NOT in order");
    output.json({{"database", database.string()}, {"ok", exitCode == Done}, {"runs", std::move(list)}});
    return exitCode;
}

int execute(const KeyCommand& command, Output& output)
{
    const fs::path file = homeFolders(command.common.home).applicationKey;
    const auto keys = command.rotate ? transport::KeyPair::rotate(file)
                      : command.next ? transport::KeyPair::loadOrCreateNext(file)
                                     : transport::KeyPair::loadOrCreate(file);
    if (!keys)
        return failed(output, keys.error());
    const std::string key = keys->publicKey().toBase32();
    const std::string authorize = "vitfleet-agent authorize " + key;
    output.line("key          " + key);
    output.line("fingerprint  " + keys->publicKey().fingerprint());
    output.line("On each node: " + authorize);
    output.json({{"key", key}, {"fingerprint", keys->publicKey().fingerprint()}, {"authorize", authorize}});
    return Done;
}

int execute(const PinCommand& command, Output& output)
{
    const auto address = transport::AgentAddress::parse(command.address);
    if (!address)
        return failed(output, address.error());
    if (!address->key)
        return failed(output, {ErrorCode::Address, command.address + ": the key is missing"});
    transport::PinnedKeys pinned(homeFolders(command.common.home).pinnedKeys);
    const std::string hostPort = address->hostPort();
    const auto done = command.next      ? pinned.pinNext(hostPort, *address->key)
                      : command.replace ? pinned.replace(hostPort, *address->key)
                                        : pinned.pin(hostPort, *address->key);
    if (!done)
        return failed(output, done.error());
    const std::string fingerprint = address->key->fingerprint();
    output.line(hostPort + (command.next ? " will have " : " has ") + fingerprint);
    output.json({{"address", hostPort}, {"fingerprint", fingerprint}, {"next", command.next}});
    return Done;
}

int execute(const ErrorsCommand& command, Output& output)
{
    if (command.json) {
        json list = json::array();
        for (const ErrorInfo& error : allErrors())
            list.push_back({{"code", error.name},
                            {"number", static_cast<int>(error.code)},
                            {"kind", kindName(error.kind)},
                            {"what", error.what},
                            {"remedy", error.remedy}});
        output.json(list);
        return Done;
    }
    if (command.markdown) {
        output.line("<!-- SPDX-License-Identifier: GPL-3.0-or-later -->");
        output.line("# Error codes");
        output.line("");
        output.line(
            "Each code is stable. This page is what `vitfleet-cli errors --markdown` prints, from the one list in");
        output.line("`shared/base/error_codes.def`; a test compares the two.");
        output.line("");
        output.line("Item errors become the row of their item, once a second node agrees; node errors are tried on "
                    "other nodes");
        output.line("first; the others end what they belong to: a connection, a start, a run.");
        output.line("");
        output.line("| code | kind | what happened | what to do |");
        output.line("| --- | --- | --- | --- |");
        for (const ErrorInfo& error : allErrors())
            output.line("| `" + std::string(error.name) + "` | " + kindName(error.kind) + " | " +
                        std::string(error.what) + " | " + std::string(error.remedy) + " |");
        return Done;
    }
    for (const ErrorInfo& error : allErrors())
        output.line(std::string(error.name) + "  " + std::string(error.what) + ' ' + std::string(error.remedy));
    return Done;
}

} // namespace vitfleet::cli
