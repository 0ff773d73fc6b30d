// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/label_names.h"
#include "app/models/class_model.h"
#include "app/models/run_history.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>

namespace vitfleet::app {
namespace {

constexpr std::size_t pageRows = 4'096;

/// The rows of a run in item order, a page at a time.
class Rows
{
public:
    Rows(StoreReader& reader, RunId run) : m_reader(reader), m_run(run) {}
    const ResultView* current() const { return m_at < m_page.size() ? &m_page[m_at] : nullptr; }
    Result<void> next()
    {
        if (!m_page.empty() && ++m_at < m_page.size())
            return {};
        if (m_last)
            return {}; // there is no current one any more
        const auto after = m_page.empty() ? std::nullopt : std::optional(m_page.back().item.id);
        auto page = m_reader.results(m_run, {}, after, pageRows);
        if (!page)
            return page.error();
        m_last = page->size() < pageRows;
        m_page = std::move(*page);
        m_at = 0;
        return {};
    }

private:
    StoreReader& m_reader;
    RunId m_run;
    std::vector<ResultView> m_page;
    std::size_t m_at = 0;
    bool m_last = false;
};

/// What a run says about a picture: little, since it is kept of every one.
struct Said
{
    std::uint64_t picture = 0; ///< hash of its path
    std::uint32_t label = 0;
    std::int8_t correct = -1; ///< 1, 0, or not known
    bool isTaken = false;     ///< by a row of the other run: a manifest may name a picture twice
};

std::optional<Said> saidOf(const ResultView& row, const std::vector<std::string>& labels)
{
    if (!row.result || row.result->top.empty() || row.result->top.front().label >= labels.size())
        return std::nullopt;
    const auto correct = row.result->correct ? static_cast<std::int8_t>(*row.result->correct) : std::int8_t{-1};
    return Said{std::hash<std::string>()(row.item.path), row.result->top.front().label, correct};
}

/// Of all pictures that have a label, by their hash and then in the run's order.
Result<std::vector<Said>> readSaid(StoreReader& reader, const RunRecord& run)
{
    std::vector<Said> all;
    Rows rows(reader, run.id);
    for (;;) {
        if (const auto read = rows.next(); !read)
            return read.error();
        if (!rows.current())
            break;
        if (const auto said = saidOf(*rows.current(), run.labels))
            all.push_back(*said);
    }
    std::ranges::stable_sort(all, {}, &Said::picture);
    return all;
}

/// By the pictures' paths: where one has come or gone since, the others' numbers are other ones.
Result<void> compareRows(StoreReader& reader, RunComparison& out)
{
    auto second = readSaid(reader, out.second.record);
    if (!second)
        return second.error();
    const auto firstNames = distinctNames(out.first.record.labels);
    const auto secondNames = distinctNames(out.second.record.labels);
    Rows rows(reader, out.first.record.id);
    for (;;) {
        if (const auto read = rows.next(); !read)
            return read.error();
        if (!rows.current())
            return {};
        const auto a = saidOf(*rows.current(), out.first.record.labels);
        if (!a)
            continue;
        const auto same = std::ranges::equal_range(*second, a->picture, {}, &Said::picture);
        const auto b = std::ranges::find(same, false, &Said::isTaken);
        if (b == same.end())
            continue;
        b->isTaken = true;
        ++out.common;
        out.changed += firstNames[a->label] != secondNames[b->label];
        out.mended += a->correct == 0 && b->correct == 1;
        out.broken += a->correct == 1 && b->correct == 0;
    }
}

Result<PastRun> readRun(StoreReader& reader, RunId run)
{
    auto record = reader.run(run);
    if (!record)
        return record.error();
    const auto nodes = reader.nodes(run);
    if (!nodes)
        return nodes.error();
    return PastRun{std::move(*record), nodes->size()};
}

Result<void> compareClasses(StoreReader& reader, RunComparison& out)
{
    std::map<std::string, std::pair<ClassScore, ClassScore>> classes;
    for (const bool isFirst : {true, false}) {
        const RunRecord& run = isFirst ? out.first.record : out.second.record;
        const auto cells = reader.confusion(run.id);
        if (!cells)
            return cells.error();
        for (const ClassScore& score : classScores(distinctNames(run.labels), *cells))
            (isFirst ? classes[score.label].first : classes[score.label].second) = score;
    }
    for (const auto& [label, scores] : classes) {
        const auto first = scores.first.recall(), second = scores.second.recall();
        if (first && second && *first != *second)
            out.classes.push_back({label, scores.first.expected, *first, *second});
    }
    std::ranges::sort(out.classes, std::greater<>(), [](const RunComparison::Class& entry) {
        return std::abs(entry.secondRecall - entry.firstRecall);
    });
    return {};
}

} // namespace

Result<RunComparison> compareRuns(StoreReader& reader, RunId first, RunId second)
{
    RunComparison out;
    auto a = readRun(reader, first), b = readRun(reader, second);
    if (!a || !b)
        return a ? b.error() : a.error();
    out.first = std::move(*a);
    out.second = std::move(*b);
    if (const auto rows = compareRows(reader, out); !rows)
        return rows.error();
    if (const auto classes = compareClasses(reader, out); !classes)
        return classes.error();
    return out;
}

} // namespace vitfleet::app
