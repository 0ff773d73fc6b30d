// SPDX-License-Identifier: GPL-3.0-or-later
// Rows that a filter asks for: page by page, counted, or by their numbers alone.
#include "app/store/posting.h"
#include "app/store/reader.h"
#include "app/store/rows.h"

#include <algorithm>
#include <utility>

namespace vitfleet::app::sqlite {

namespace {

/// Invalid where more than postings is read.
Posting postingOf(const Query& query)
{
    return query.from == "posting p" ? static_cast<Posting>(std::get<std::int64_t>(query.values.at(1)))
                                     : Posting::Invalid;
}

} // namespace

Query Reader::query(RunId run, const ResultFilter& filter, QueryUse use)
{
    Statement& find = m_statements("SELECT indexed FROM run WHERE id=?").add(run.value);
    const bool indexed = find.next() && find.number(0) != 0;
    find.start();
    const bool needsLabels = !filter.labels.empty() || !filter.expected.empty();
    return buildQuery(run, filter, needsLabels ? labels(run) : std::vector<std::string>(), indexed, use);
}

Result<std::vector<ResultView>> Reader::results(RunId run, const ResultFilter& filter, std::optional<ItemId> after,
                                                std::size_t limit)
{
    return guarded(*m_db, [&]() -> Result<std::vector<ResultView>> {
        const std::string columns = std::string("SELECT ") + itemColumns + ", " + resultColumns + " FROM ";
        const std::int64_t from = after ? std::int64_t{after->value} : -1;
        // Some among many: whole folders of others may lie before the first of them.
        if (const Query some = query(run, filter, QueryUse::Numbers); !some.inOrder)
            return rowsOfItems(columns, run, firstOf(some, run, from, limit));
        const Query q = query(run, filter);
        Statement& find = m_statements(columns + q.from + " WHERE " + q.where + " AND " + q.order + ">? ORDER BY " +
                                       q.order + " LIMIT ?");
        bindAll(find, q);
        return list(find.add(from).add(limit), readView);
    });
}

/// The values among the run's postings that `query` asks for, or all others. Each is looked at: one step in the index,
/// where with the filter's own bounds beside it SQLite would read all that matches for each.
std::vector<std::int64_t> Reader::values(const Query& query, RunId run, bool askedFor)
{
    const auto kind = static_cast<int>(postingOf(query));
    std::vector<std::int64_t> found;
    std::int64_t value = -1;
    for (;;) {
        Statement& next = m_statements("SELECT min(value) FROM posting WHERE run=? AND kind=? AND value>?");
        next.add(run.value).add(kind).add(value);
        const bool isThere = next.next() && !next.isNull(0);
        value = isThere ? next.number(0) : value;
        next.start();
        if (!isThere)
            return found;
        Statement& asks = m_statements("SELECT 1 FROM (SELECT ? AS run, ? AS kind, ? AS value) p WHERE " + query.where);
        asks.add(run.value).add(kind).add(value);
        bindAll(asks, query);
        if (asks.next() == askedFor)
            found.push_back(value);
        asks.start();
    }
}

/// The first `limit` items after `from` in postings of several values: of each value the first so many, which lie
/// together in the index; the first of all are among them.
std::vector<std::int64_t> Reader::firstOf(const Query& query, RunId run, std::int64_t from, std::size_t limit)
{
    std::vector<std::int64_t> items;
    for (const std::int64_t value : values(query, run, true)) {
        Statement& find = m_statements("SELECT item FROM posting WHERE run=? AND kind=? AND value=? AND item>?"
                                       " ORDER BY item LIMIT ?");
        find.add(run.value).add(static_cast<int>(postingOf(query))).add(value).add(from).add(limit);
        while (find.next())
            items.push_back(find.number(0));
        find.start();
    }
    std::ranges::sort(items);
    items.resize(std::min(items.size(), limit));
    return items;
}

std::vector<ResultView> Reader::rowsOfItems(const std::string& columns, RunId run,
                                            const std::vector<std::int64_t>& items)
{
    std::string numbers = "[";
    for (const std::int64_t item : items)
        numbers += (numbers.size() > 1 ? "," : "") + std::to_string(item);
    numbers += ']';
    Statement& find = m_statements(columns + "(SELECT CAST(? AS INTEGER) AS run, value AS item FROM json_each(?)) n" +
                                   rowsOf("n") + " ORDER BY n.item");
    find.add(run.value).add(numbers);
    return std::move(*this->list(find, readView));
}

/// Answers from the counters that the writer keeps, where they are enough.
std::optional<std::uint64_t> Reader::counted(RunId run, const ResultFilter& filter)
{
    ResultFilter rest = filter;
    std::string columns = "items";
    if (filter.status == ResultFilter::Status::Labelled)
        columns = "labelled";
    else if (filter.status == ResultFilter::Status::Errors)
        columns = "errors";
    rest.status = ResultFilter::Status::All;
    if (filter.correct && filter.status == ResultFilter::Status::All) {
        columns = *filter.correct ? "correct" : "incorrect";
        rest.correct.reset();
    }
    if (!rest.isEmpty())
        return std::nullopt;
    Statement& find = m_statements("SELECT " + columns + " FROM run WHERE id=?").add(run.value);
    const std::uint64_t count = find.next() ? static_cast<std::uint64_t>(find.number(0)) : 0;
    find.start();
    return count;
}

Result<std::uint64_t> Reader::countResults(RunId run, const ResultFilter& filter)
{
    return guarded(*m_db, [&]() -> Result<std::uint64_t> {
        if (const auto known = counted(run, filter))
            return *known;
        return count(query(run, filter, QueryUse::Numbers));
    });
}

std::uint64_t Reader::count(const Query& query)
{
    Statement& find = m_statements("SELECT count(*) FROM " + query.from + " WHERE " + query.where);
    bindAll(find, query);
    find.next();
    const auto count = static_cast<std::uint64_t>(find.number(0));
    find.start();
    return count;
}

/// How many items there are, where they are numbered without a gap: then nothing has to be read to name them.
std::optional<std::uint32_t> Reader::denseItems(RunId run)
{
    Statement& find = m_statements("SELECT items, (SELECT max(item) FROM item WHERE run=r.id) FROM run r WHERE id=?");
    find.add(run.value);
    std::optional<std::uint32_t> count;
    if (find.next() && find.number(0) > 0 && find.number(1) + 1 == find.number(0))
        count = static_cast<std::uint32_t>(find.number(0));
    find.start();
    return count;
}

/// Every item has a row, and the postings exist.
bool Reader::isComplete(RunId run)
{
    Statement& find = m_statements("SELECT indexed AND labelled + errors=items FROM run WHERE id=?").add(run.value);
    const bool complete = find.next() && find.number(0) != 0;
    find.start();
    return complete;
}

std::vector<ItemId> Reader::numbers(const Query& query, std::optional<ItemId> after)
{
    Statement& find = m_statements("SELECT " + query.order + " FROM " + query.from + " WHERE " + query.where + " AND " +
                                   query.order + ">?" + (query.inOrder ? " ORDER BY " + query.order : std::string()));
    bindAll(find, query);
    find.add(after ? std::int64_t{after->value} : std::int64_t{-1});
    auto found =
        list<ItemId>(find, [](const Statement& row) { return ItemId(static_cast<std::uint32_t>(row.number(0))); });
    if (!query.inOrder)
        std::ranges::sort(*found);
    return std::move(*found);
}

/// The items that do not match, where they are fewer than those that do and postings alone tell them; nothing where
/// that cannot be said. `items`: how many there are in all.
std::optional<std::vector<ItemId>> Reader::othersThan(const Query& query, RunId run, const ResultFilter& filter,
                                                      std::uint64_t items)
{
    if (filter.isEmpty())
        return std::vector<ItemId>();
    ResultFilter rest = filter;
    const bool labelledOnly = std::exchange(rest.status, {}) == ResultFilter::Status::Labelled && rest.isEmpty();
    rest = {};
    rest.status = ResultFilter::Status::Errors;
    if (labelledOnly)
        return isComplete(run) ? std::optional(numbers(this->query(run, rest, QueryUse::Numbers), {})) : std::nullopt;
    const Posting kind = postingOf(query);
    if (kind == Posting::Invalid || kind == Posting::Error)
        return std::nullopt;
    const std::uint64_t matching = count(query);
    if (matching * 2 < items)
        return std::nullopt;
    std::vector<ItemId> others;
    if (kind != Posting::Source) // which errors have, too
        others = numbers(this->query(run, rest, QueryUse::Numbers), {});
    for (const std::int64_t value : values(query, run, false)) {
        Statement& find = m_statements("SELECT item FROM posting WHERE run=? AND kind=? AND value=?");
        find.add(run.value).add(static_cast<int>(kind)).add(value);
        while (find.next())
            others.emplace_back(static_cast<std::uint32_t>(find.number(0)));
        find.start();
    }
    // One without such a posting, as a picture without a known label, is among neither.
    if (matching + others.size() != items)
        return std::nullopt;
    std::ranges::sort(others);
    return others;
}

Result<std::vector<ItemId>> Reader::matchingItems(RunId run, const ResultFilter& filter, std::optional<ItemId> after)
{
    return guarded(*m_db, [&]() -> Result<std::vector<ItemId>> {
        const Query found = query(run, filter, QueryUse::Numbers);
        const auto dense = denseItems(run);
        const auto others = dense ? othersThan(found, run, filter, *dense) : std::nullopt;
        if (!others)
            return numbers(found, after);
        std::vector<ItemId> all;
        const ItemId first(after ? after->value + 1 : 0);
        auto skipped = std::ranges::lower_bound(*others, first);
        for (std::uint32_t item = first.value; item < *dense; ++item) {
            if (skipped != others->end() && *skipped == ItemId(item))
                ++skipped;
            else
                all.emplace_back(item);
        }
        return all;
    });
}

} // namespace vitfleet::app::sqlite
