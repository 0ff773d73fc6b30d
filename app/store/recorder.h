// SPDX-License-Identifier: GPL-3.0-or-later
// What the writer does inside its transactions: one method for each kind of change. Throws SQLite::Exception.
#pragma once

#include "app/core/records.h"
#include "app/store/statement.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace vitfleet::app::sqlite {

class Recorder
{
public:
    explicit Recorder(SQLite::Database& db);

    RunId createRun(const RunRecord& run);
    void updateRun(const RunRecord& run);
    void addItems(RunId run, const std::vector<ItemRecord>& items);
    void addResults(RunId run, const std::vector<ResultRow>& rows);
    void upsertNode(RunId run, const NodeRecord& node);
    void addPrecisionCheck(RunId run, const PrecisionCheck& check);
    void addCost(RunId run, const RunCostRecord& cost);
    void addEvent(const EventRecord& event);
    void addSamples(RunId run, const std::vector<ThroughputSample>& samples);
    void storeSeal(RunId run, const Seal& seal, UnixMs at);
    /// A part of the postings of a run that has ended: one kind of some of its items. They count once all are there.
    struct IndexPart
    {
        RunId run;
        std::size_t kind = 0;
        std::int64_t firstItem = 0;
    };
    /// Writes it and moves on to the next; false after the last one, and where the run is not sealed any more.
    bool buildIndex(IndexPart& part);
    /// It has ended: whatever is added to it now takes its seal and its postings away.
    bool isClosed(RunId run);

    /// Writes the counters of the rows since the last call: once before each COMMIT.
    void writeCounters();
    /// After a ROLLBACK: what was remembered of it is not in the file.
    void forget();

private:
    struct Source
    {
        std::int64_t id = 0;
        std::uint64_t labelled = 0, errors = 0; ///< since the last writeCounters()
        std::int64_t node = 0;                  ///< node.id; 0: the application itself
    };
    struct RunCounts
    {
        std::int64_t items = 0, labelled = 0, errors = 0, correct = 0, incorrect = 0, refused = 0;
        bool synthetic = false;
    };

    void addResult(RunId run, const ResultRow& row, Source& from, RunCounts& counts);
    Source& source(RunId run, const ResultRow& row);
    std::int64_t expectedText(const std::string& text);
    void writeLabels(RunId run, const std::vector<std::string>& labels);
    void reopen(RunId run);

    SQLite::Database& m_db;
    StatementCache m_statements;
    Statement m_insertResult, m_insertItem;
    std::unordered_map<std::string, Source> m_sources;
    std::vector<Source*> m_counted; ///< those that have counted something
    std::string m_sourceKey;        ///< kept between rows for its memory
    std::unordered_map<std::string, std::int64_t> m_expectedTexts;
    std::map<std::int64_t, RunCounts> m_counts;
    std::map<std::int64_t, bool> m_closed;
};

} // namespace vitfleet::app::sqlite
