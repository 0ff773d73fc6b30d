// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine and the views ask of the store. app/store implements it with SQLite; nothing here blocks on a disk
// unless it says so.
#pragma once

#include "app/core/records.h"
#include "app/core/scale_out.h"
#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vitfleet::app {

/// The writing side: one thread that owns the only writing connection. Methods may be called from any thread; those
/// that return void only queue (in order), those that return a Result wait for the writer.
class StoreWriter
{
public:
    struct Callbacks
    {
        /// In the writer's thread, after COMMIT: tokens of the rows that are now durable (given to addResult).
        std::function<void(std::vector<std::uint64_t> tokens)> committed;
        /// In the writer's thread: writing fails (DbFull, DbWrite, …) or works again (None). Rows stay queued.
        std::function<void(const Error&)> trouble;
    };
    virtual ~StoreWriter() = default;
    virtual void setCallbacks(Callbacks callbacks) = 0;

    /// Stores a new run and returns its number, durable when this returns.
    virtual Result<RunId> createRun(const RunRecord& run) = 0;
    /// Updates state, times, planned, scanComplete, failure, modelSha256, labels, agents, nodesWanted, localAgents,
    /// dataRoot, dataKind, expectedKnown, expectedMatched, duplicatesRefused and redispatched. Not the counters that
    /// the writer keeps (labelled, errors, correct, incorrect, synthetic).
    virtual void updateRun(const RunRecord& run) = 0;
    virtual void addItems(RunId run, std::vector<ItemRecord> items) = 0;
    /// Queues one row; committed with others after limits::commitRows or limits::commitInterval. A second row for the
    /// same item changes nothing (ON CONFLICT DO NOTHING), counts as refused, and its token is reported all the same.
    virtual void addResult(RunId run, std::uint64_t token, ResultRow row) = 0;
    /// The same for rows that came together, with tokens that count up from `firstToken`.
    virtual void addResults(RunId run, std::uint64_t firstToken, std::vector<ResultRow> rows)
    {
        for (ResultRow& row : rows)
            addResult(run, firstToken++, std::move(row));
    }
    virtual void upsertNode(RunId run, const NodeRecord& node) = 0;
    /// Keyed by run, kind and precision; a later one replaces the former.
    virtual void addPrecisionCheck(RunId run, PrecisionCheck check) = 0;
    virtual void addEvent(EventRecord event) = 0;
    virtual void addSamples(RunId run, std::vector<ThroughputSample> samples) = 0;
    /// Commits everything queued so far, checks and stores the seal. The run's indexes, without which filters read
    /// every row, are made afterwards, a slice at a time, while there is nothing else to write.
    virtual Result<Seal> sealRun(RunId run) = 0;
    /// Waits until the indexes of all sealed runs are there.
    virtual Result<void> finishIndexes() { return {}; }
    /// Commits everything queued so far.
    virtual Result<void> flush() = 0;
    /// Added to what the run has cost so far with that profile and currency.
    virtual void addCost(RunId run, RunCostRecord cost) = 0;
};

struct ResultFilter
{
    std::vector<std::string> labels; ///< top-1 label names; OR inside, AND between groups; empty: all
    std::vector<std::string> expected;
    std::optional<bool> correct;
    std::vector<std::string> nodes;
    std::vector<ErrorCode> errors;
    std::vector<std::string> precisions;
    enum class Status : std::uint8_t
    {
        All = 0,
        Labelled,
        Errors
    } status = Status::All;
    double minScore = 0.0, maxScore = 1.0;
    std::string text; ///< part of the path
    bool isEmpty() const
    {
        return labels.empty() && expected.empty() && !correct && nodes.empty() && errors.empty() &&
               precisions.empty() && status == Status::All && minScore <= 0.0 && maxScore >= 1.0 && text.empty();
    }
};

/// One row for views: the item with its result, if it has one.
struct ResultView
{
    ItemRecord item;
    std::optional<ResultRow> result;
};

struct CsvOptions
{
    bool byteOrderMark = false;
    char separator = ',';
};

/// The reading side: a read-only connection of its own, used by one thread. Everything here may wait for the disk, so
/// never in a window's or an engine's thread.
class StoreReader
{
public:
    virtual ~StoreReader() = default;
    virtual Result<std::vector<RunRecord>> runs() = 0;
    virtual Result<RunRecord> run(RunId run) = 0;
    virtual Result<std::vector<NodeRecord>> nodes(RunId run) = 0;
    virtual Result<std::vector<EventRecord>> events(std::optional<RunId> run, std::int64_t afterId,
                                                    std::size_t limit) = 0;
    virtual Result<std::vector<ThroughputSample>> samples(RunId run) = 0;
    virtual Result<std::optional<Seal>> seal(RunId run) = 0;
    /// Those that any run made itself with this model, the newest first.
    virtual Result<std::vector<PrecisionCheck>> precisionChecks(const std::string& modelSha256) = 0;
    /// Calls back for each item in order; stops where it returns false.
    virtual Result<void> forEachItem(RunId run, const std::function<bool(const ItemRecord&)>& visit) = 0;
    /// Items that have a row, in order.
    virtual Result<std::vector<ItemId>> itemsWithResult(RunId run) = 0;
    /// A page of rows in item order, starting after `after` (none: from the first).
    virtual Result<std::vector<ResultView>> results(RunId run, const ResultFilter& filter, std::optional<ItemId> after,
                                                    std::size_t limit) = 0;
    virtual Result<std::uint64_t> countResults(RunId run, const ResultFilter& filter) = 0;
    /// The numbers of all items that match, in order, from after `after` on.
    virtual Result<std::vector<ItemId>> matchingItems(RunId run, const ResultFilter& filter,
                                                      std::optional<ItemId> after) = 0;
    /// Labelled rows by their best score, in `bins` equal parts of 0 … 1.
    virtual Result<std::vector<std::uint64_t>> scoreHistogram(RunId run, std::size_t bins) = 0;
    struct ErrorCount
    {
        ErrorCode code = ErrorCode::None;
        std::uint64_t count = 0;
        std::string example; ///< the path of one of them
    };
    /// Error rows by their code, the most frequent first.
    virtual Result<std::vector<ErrorCount>> errorCounts(RunId run) = 0;
    /// expected label × predicted label → count, of labelled rows whose expected label is known.
    struct ConfusionCell
    {
        std::uint32_t expected = 0, predicted = 0;
        std::uint64_t count = 0;
    };
    virtual Result<std::vector<ConfusionCell>> confusion(RunId run) = 0;
    /// Counts items with no row, and with more than one, straight from the tables.
    virtual Result<Seal> verify(RunId run) = 0;
    /// The ledger of nodes that providers were asked for.
    virtual Result<std::vector<UnitRecord>> units() { return std::vector<UnitRecord>(); }
    /// Writes the CSV of docs/csv.md beside `file` and renames it; how many rows. Export where it cannot be written.
    virtual Result<std::uint64_t> exportCsv(RunId run, const ResultFilter& filter, const std::filesystem::path& file,
                                            const CsvOptions& options) = 0;
    /// What the nodes of profiles have cost; of all runs that had any.
    virtual Result<std::map<RunId, std::vector<RunCostRecord>>> costs() = 0;
};

/// A database file. Only one process may write to it: DbBusy names the other.
class Store
{
public:
    virtual ~Store() = default;
    virtual StoreWriter& writer() = 0;
    /// A new reading connection. Any thread.
    virtual Result<std::unique_ptr<StoreReader>> openReader() = 0;
    virtual std::filesystem::path path() const = 0;
    /// Of the nodes that providers were asked for; nullptr where the database is open for reading only.
    virtual UnitLedger* ledger() { return nullptr; }
    /// Something about the file that its user should know while it is open (DbNetworkFs); None: nothing.
    virtual Error notice() const { return {ErrorCode::None, {}}; }
};

} // namespace vitfleet::app
