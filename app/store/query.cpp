// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/query.h"

#include "app/core/label_names.h"
#include "app/store/posting.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace vitfleet::app::sqlite {

namespace {

using Numbers = std::vector<std::int64_t>;

/// Indices of the labels with one of these names. ImageNet has names twice: a name alone is both labels, each also has
/// one of its own.
Numbers labelNumbers(const std::vector<std::string>& labels, const std::vector<std::string>& names)
{
    Numbers numbers;
    const std::vector<std::string> own = distinctNames(labels);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (std::ranges::count(names, labels[i]) + std::ranges::count(names, own[i]) > 0)
            numbers.push_back(static_cast<std::int64_t>(i));
    }
    return numbers;
}

/// Postings can lead where a condition asks for one value: their items then come in order.
std::optional<std::pair<Posting, std::int64_t>> leadingPosting(const ResultFilter& filter, const Numbers& labels)
{
    if (labels.size() == 1)
        return std::pair{Posting::Label, labels.front()};
    if (filter.errors.size() == 1)
        return std::pair{Posting::Error, static_cast<std::int64_t>(filter.errors.front())};
    if (filter.correct)
        return std::pair{Posting::Correct, std::int64_t{*filter.correct}};
    return std::nullopt;
}

class Builder
{
public:
    explicit Builder(Query& query) : m_query(query) {}

    void add(const std::string& condition) { m_query.where += " AND " + condition; }
    template <typename Value>
    void add(const std::string& condition, Value value)
    {
        add(condition);
        m_query.values.emplace_back(std::move(value));
    }
    /// `column` IN (…); nothing matches an empty list.
    template <typename Value>
    std::string in(const std::string& column, const std::vector<Value>& values)
    {
        std::string list;
        for (const Value& value : values) {
            list += list.empty() ? "?" : ",?";
            m_query.values.emplace_back(value);
        }
        return column + " IN (" + list + ")";
    }

private:
    Query& m_query;
};

void addResultConditions(Builder& builder, const ResultFilter& filter, const Numbers& labels)
{
    if (filter.status == ResultFilter::Status::Labelled)
        builder.add("r.error=0");
    if (filter.status == ResultFilter::Status::Errors)
        builder.add("r.error<>0");
    if (!filter.labels.empty())
        builder.add("r.error=0 AND " + builder.in("r.label_1", labels));
    if (filter.correct)
        builder.add("r.correct=?", std::int64_t{*filter.correct});
    if (!filter.nodes.empty())
        builder.add(builder.in("s.node", filter.nodes));
    if (!filter.precisions.empty())
        builder.add(builder.in("s.precision", filter.precisions));
    if (!filter.errors.empty()) {
        Numbers codes;
        for (const ErrorCode code : filter.errors)
            codes.push_back(static_cast<std::int64_t>(code));
        builder.add(builder.in("r.error", codes));
    }
    if (filter.minScore > 0.0)
        builder.add("r.score_1>=?", filter.minScore);
    if (filter.maxScore < 1.0)
        builder.add("r.score_1<=?", filter.maxScore);
}

bool asksForResults(const ResultFilter& filter)
{
    ResultFilter items;
    items.expected = filter.expected;
    items.text = filter.text;
    ResultFilter rest = filter;
    rest.expected.clear();
    rest.text.clear();
    return !rest.isEmpty();
}

/// The tables behind result r, of which `rest` are only read for what they say.
std::string joins(const ResultFilter& filter, QueryUse use, const std::string& from)
{
    const bool asksItems = use == QueryUse::Rows || !filter.expected.empty() || !filter.text.empty();
    const bool asksSources = use == QueryUse::Rows || !filter.nodes.empty() || !filter.precisions.empty();
    std::string all;
    if (asksItems)
        all += " CROSS JOIN item i ON i.run=" + from + ".run AND i.item=" + from + ".item";
    if (asksSources)
        all += " LEFT JOIN source s ON s.id=r.source";
    if (asksItems)
        all += " LEFT JOIN expected_text x ON x.id=i.expected";
    return all;
}

/// Only the leading posting's own condition is asked for.
bool isPostingAlone(const ResultFilter& filter, Posting leading)
{
    ResultFilter rest = filter;
    switch (leading) {
    case Posting::Label:
        rest.labels.clear();
        break;
    case Posting::Error:
        rest.errors.clear();
        break;
    default:
        rest.correct.reset();
        break;
    }
    return rest.isEmpty();
}

/// The steps of a range of scores that ends at whole percents.
std::optional<std::pair<std::int64_t, std::int64_t>> scoreSteps(double least, double most)
{
    const double first = std::round(least * 100), last = std::round(most * 100);
    if (first < 0 || last > 100 || first / 100.0 != least || last / 100.0 != most)
        return std::nullopt;
    return std::pair{2 * static_cast<std::int64_t>(first), 2 * static_cast<std::int64_t>(last)};
}

/// Only item numbers are asked for, of rows with one of several values of one kind: their postings are much less than
/// all rows of the run. True where `query` is complete with that.
bool asksPostingsOnly(Query& query, Builder& builder, RunId run, const ResultFilter& filter, const Numbers& labels)
{
    ResultFilter rest = filter;
    Posting kind = Posting::Invalid;
    Numbers values;
    std::optional<std::pair<std::int64_t, std::int64_t>> range;
    if (labels.size() > 1) {
        rest.labels.clear();
        kind = Posting::Label;
        values = labels;
    } else if (filter.errors.size() > 1) {
        rest.errors.clear();
        kind = Posting::Error;
        for (const ErrorCode code : filter.errors)
            values.push_back(static_cast<std::int64_t>(code));
    } else if (filter.status == ResultFilter::Status::Errors) {
        rest.status = ResultFilter().status;
        kind = Posting::Error; // whichever
    } else if (filter.minScore > 0.0 || filter.maxScore < 1.0) {
        rest.minScore = ResultFilter().minScore;
        rest.maxScore = ResultFilter().maxScore;
        range = scoreSteps(filter.minScore, filter.maxScore);
        kind = range ? Posting::Score : Posting::Invalid;
    } else if (!filter.nodes.empty() || !filter.precisions.empty()) {
        rest.nodes.clear();
        rest.precisions.clear();
        kind = Posting::Source;
    }
    if (kind == Posting::Invalid || !rest.isEmpty())
        return false;
    query.from = "posting p";
    query.where = "p.run=? AND p.kind=?";
    query.values = {run.value, std::int64_t{static_cast<int>(kind)}};
    query.order = "p.item";
    query.inOrder = false;
    query.mayBeEmpty = false;
    if (!values.empty())
        builder.add(builder.in("p.value", values));
    if (range) {
        builder.add("p.value>=?", range->first);
        builder.add("p.value<=?", range->second);
    }
    if (kind == Posting::Source) {
        query.values.emplace_back(run.value);
        std::string sources = "p.value IN (SELECT s.id FROM source s WHERE s.run=?";
        if (!filter.nodes.empty())
            sources += " AND " + builder.in("s.node", filter.nodes);
        if (!filter.precisions.empty())
            sources += " AND " + builder.in("s.precision", filter.precisions);
        builder.add(sources + ")");
    }
    return true;
}

} // namespace

Query buildQuery(RunId run, const ResultFilter& filter, const std::vector<std::string>& labels, bool indexed,
                 QueryUse use)
{
    Query query;
    Builder builder(query);
    const Numbers wanted = labelNumbers(labels, filter.labels);
    const bool needsRow = asksForResults(filter);
    const auto leading = indexed ? leadingPosting(filter, wanted) : std::nullopt;
    query.mayBeEmpty = !needsRow;
    if (!leading && indexed && use == QueryUse::Numbers && asksPostingsOnly(query, builder, run, filter, wanted))
        return query;

    // CROSS JOIN keeps the order in which the tables are read: by what narrows most, and always by ascending item.
    constexpr char rest[] = " LEFT JOIN source s ON s.id=r.source LEFT JOIN expected_text x ON x.id=i.expected";
    if (leading) {
        const bool alone = use == QueryUse::Numbers && isPostingAlone(filter, leading->first);
        query.from = alone ? "posting p"
                           : "posting p CROSS JOIN result r ON r.run=p.run AND r.item=p.item" + joins(filter, use, "p");
        query.where = "p.run=? AND p.kind=? AND p.value=?";
        query.values = {run.value, std::int64_t{static_cast<int>(leading->first)}, leading->second};
        query.order = "p.item";
    } else if (needsRow) {
        query.from = "result r" + joins(filter, use, "r");
        query.where = "r.run=?";
        query.values = {run.value};
        query.order = "r.item";
    } else {
        query.from = std::string("item i LEFT JOIN result r ON r.run=i.run AND r.item=i.item") + rest;
        query.where = "i.run=?";
        query.values = {run.value};
        query.order = "i.item";
    }

    if (query.from == "posting p")
        return query;
    addResultConditions(builder, filter, wanted);
    if (!filter.expected.empty()) {
        // By what the value means, so that a cell of the confusion matrix filters to its count; by its text where it
        // means nothing to the model.
        const std::string byLabel = builder.in("i.expected_label", labelNumbers(labels, filter.expected));
        builder.add("(" + byLabel + " OR (i.expected_label IS NULL AND " + builder.in("x.text", filter.expected) +
                    "))");
    }
    if (!filter.text.empty())
        builder.add("instr(lower(i.path), lower(?))>0", filter.text);
    return query;
}

std::string rowsOf(const std::string& from)
{
    return " CROSS JOIN result r ON r.run=" + from + ".run AND r.item=" + from + ".item" +
           joins({}, QueryUse::Rows, from);
}

void bindAll(Statement& statement, const Query& query)
{
    for (const auto& value : query.values)
        std::visit([&](const auto& v) { statement.add(v); }, value);
}

} // namespace vitfleet::app::sqlite
