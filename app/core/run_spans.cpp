// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/run_spans.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

namespace {

constexpr std::size_t mostEvents = 100'000;

double median(std::vector<double>& seconds)
{
    if (seconds.empty())
        return 0;
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::ranges::nth_element(seconds, middle);
    return *middle;
}

/// How long nodes took to come and to load the model, where events tell. Those that came after the first row were asked
/// for later.
Result<void> readStart(StoreReader& reader, const RunRecord& run, UnixMs firstRow, RunSpans& found)
{
    const auto events = reader.events(run.id, 0, mostEvents);
    if (!events)
        return events.error();
    const UnixMs started = run.startedAt.value_or(0);
    std::map<std::string, UnixMs> joined;
    std::vector<double> start, load;
    for (const EventRecord& event : *events) {
        if (event.kind == EventKind::NodeJoined) {
            const bool isFirst = joined.insert_or_assign(event.node, event.at).second;
            if (isFirst && event.at > started && event.at <= firstRow)
                start.push_back(static_cast<double>(event.at - started) / 1000);
        } else if (event.kind == EventKind::NodeReady) {
            const auto since = joined.find(event.node);
            const UnixMs begin = std::max(since == joined.end() ? UnixMs{0} : since->second, started);
            load.push_back(static_cast<double>(std::max<UnixMs>(event.at - begin, 0)) / 1000);
        } else if (event.kind == EventKind::RunPaused || event.kind == EventKind::RunResumed) {
            found.interrupted = true;
        }
    }
    found.startSeconds = median(start);
    found.loadSeconds = median(load);
    return {};
}

} // namespace

Result<RunSpans> readSpans(StoreReader& reader, RunId run)
{
    constexpr std::uint32_t pageRows = 4096;
    const auto record = reader.run(run);
    if (!record)
        return record.error();
    struct Span
    {
        UnixMs first = 0, last = 0;
    };
    std::map<std::string, Span> spans;
    RunSpans found;
    std::optional<ItemId> after;
    for (;;) {
        const auto page = reader.results(run, {}, after, pageRows);
        if (!page)
            return page.error();
        if (page->empty())
            break;
        after = page->back().item.id;
        for (const ResultView& view : *page) {
            if (!view.result)
                continue;
            Span& span = spans.try_emplace(view.result->node, Span{view.result->finishedAt, 0}).first->second;
            span.first = std::min(span.first, view.result->finishedAt);
            span.last = std::max(span.last, view.result->finishedAt);
            ++found.items;
        }
    }
    if (spans.empty() || !record->startedAt)
        return Error{ErrorCode::DataEmpty, "no rows"};
    UnixMs first = spans.begin()->second.first, firstIdle = spans.begin()->second.last, last = 0;
    for (const auto& [node, span] : spans) {
        first = std::min(first, span.first);
        firstIdle = std::min(firstIdle, span.last);
        last = std::max(last, span.last);
        found.nodeSeconds += static_cast<double>(span.last - span.first) / 1000;
    }
    found.nodes = static_cast<std::uint32_t>(spans.size());
    found.seconds = static_cast<double>(last - *record->startedAt) / 1000;
    found.steadySeconds = static_cast<double>(std::max<UnixMs>(last - first, 1)) / 1000;
    found.tailSeconds = static_cast<double>(last - firstIdle) / 1000;
    if (auto read = readStart(reader, *record, first, found); !read)
        return read.error();
    found.synthetic = record->synthetic;
    return found;
}

} // namespace vitfleet::app
