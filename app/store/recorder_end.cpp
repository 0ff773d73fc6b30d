// SPDX-License-Identifier: GPL-3.0-or-later
// A run's end: its seal and its postings, which later rows take away again.
#include "app/store/posting.h"
#include "app/store/recorder.h"

#include <iterator>

namespace vitfleet::app::sqlite {

namespace {

constexpr std::int64_t indexedAtOnce = 100'000; ///< items; nobody else writes meanwhile

} // namespace

bool Recorder::isClosed(RunId run)
{
    const auto known = m_closed.find(run.value);
    if (known != m_closed.end())
        return known->second;
    Statement& find =
        m_statements("SELECT indexed<>0 OR EXISTS(SELECT 1 FROM seal WHERE run=r.id) FROM run r WHERE id=?");
    find.add(run.value);
    const bool closed = find.next() && find.number(0) != 0;
    find.start();
    m_closed[run.value] = closed;
    return closed;
}

void Recorder::reopen(RunId run)
{
    if (!isClosed(run))
        return;
    m_statements("DELETE FROM posting WHERE run=?").add(run.value).exec();
    m_statements("DELETE FROM seal WHERE run=?").add(run.value).exec();
    m_statements("UPDATE run SET indexed=0 WHERE id=?").add(run.value).exec();
    m_closed[run.value] = false;
}

bool Recorder::buildIndex(IndexPart& part)
{
    struct Kind
    {
        Posting posting;
        const char* value;
        const char* from;
    };
    static constexpr Kind kinds[] = {
        {Posting::Label, "label_1", "result"},          {Posting::Correct, "correct", "result"},
        {Posting::Error, "nullif(error, 0)", "result"}, {Posting::Expected, "expected_label", "item"},
        {Posting::Score, scoreStep, "result"},          {Posting::Source, "source", "result"}};
    if (!isClosed(part.run))
        return false;
    if (part.kind == 0 && part.firstItem == 0) {
        Statement& find = m_statements("SELECT indexed FROM run WHERE id=?").add(part.run.value);
        const bool isThere = find.next() && find.number(0) != 0;
        find.start();
        if (isThere)
            return false;
        m_statements("DELETE FROM posting WHERE run=?").add(part.run.value).exec();
    }
    const Kind& kind = kinds[part.kind];
    m_statements("INSERT INTO posting SELECT run, " + std::to_string(static_cast<int>(kind.posting)) + ", " +
                 kind.value + " AS value, item FROM " + kind.from +
                 " WHERE run=? AND item>=? AND item<? AND value IS NOT NULL ORDER BY value, item")
        .add(part.run.value)
        .add(part.firstItem)
        .add(part.firstItem + indexedAtOnce)
        .exec();
    part.firstItem += indexedAtOnce;
    Statement& more = m_statements("SELECT EXISTS(SELECT 1 FROM item WHERE run=? AND item>=?)");
    more.add(part.run.value).add(part.firstItem);
    const bool left = more.next() && more.number(0) != 0;
    more.start();
    if (left)
        return true;
    part.firstItem = 0;
    if (++part.kind < std::size(kinds))
        return true;
    m_statements("UPDATE run SET indexed=1 WHERE id=?").add(part.run.value).exec();
    return false;
}

void Recorder::storeSeal(RunId run, const Seal& seal, UnixMs at)
{
    m_statements("INSERT INTO seal VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT(run) DO UPDATE SET planned=excluded.planned,"
                 " labelled=excluded.labelled, errors=excluded.errors, lost=excluded.lost, doubled=excluded.doubled,"
                 " duplicates_refused=excluded.duplicates_refused, redispatched=excluded.redispatched,"
                 " sealed_at=excluded.sealed_at")
        .add(run.value)
        .add(seal.planned)
        .add(seal.labelled)
        .add(seal.errors)
        .add(seal.lost)
        .add(seal.doubled)
        .add(seal.duplicatesRefused)
        .add(seal.redispatched)
        .add(at)
        .exec();
    m_closed[run.value] = true;
}

} // namespace vitfleet::app::sqlite
