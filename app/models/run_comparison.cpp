// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/label_names.h"
#include "app/models/class_model.h"
#include "app/models/run_history.h"

#include <algorithm>
#include <cmath>
#include <map>

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
            return {};
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

const std::string* labelOf(const ResultView& row, const std::vector<std::string>& labels)
{
    if (!row.result || row.result->top.empty() || row.result->top.front().label >= labels.size())
        return nullptr;
    return &labels[row.result->top.front().label];
}

void compareRow(RunComparison& out, const ResultView& a, const ResultView& b)
{
    const std::string* first = labelOf(a, out.first.record.labels);
    const std::string* second = labelOf(b, out.second.record.labels);
    if (!first || !second)
        return;
    ++out.common;
    out.changed += *first != *second;
    out.mended += a.result->correct == false && b.result->correct == true;
    out.broken += a.result->correct == true && b.result->correct == false;
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
    Rows left(reader, first), right(reader, second);
    for (Rows* rows : {&left, &right}) {
        if (const auto read = rows->next(); !read)
            return read.error();
    }
    // Both are in item order; the same data set numbers its items in the same way.
    while (left.current() && right.current()) {
        const ResultView &x = *left.current(), &y = *right.current();
        if (x.item.id == y.item.id && x.item.path == y.item.path)
            compareRow(out, x, y);
        const bool stepLeft = x.item.id <= y.item.id, stepRight = y.item.id <= x.item.id;
        for (const auto& [rows, step] : {std::pair{&left, stepLeft}, std::pair{&right, stepRight}}) {
            if (!step)
                continue;
            if (const auto read = rows->next(); !read)
                return read.error();
        }
    }
    if (const auto classes = compareClasses(reader, out); !classes)
        return classes.error();
    return out;
}

} // namespace vitfleet::app
