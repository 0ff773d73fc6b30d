// SPDX-License-Identifier: GPL-3.0-or-later
// Runs as wholes: created, sealed, indexed, deleted. Writer's thread.
#include "app/store/deletion.h"
#include "app/store/seal.h"
#include "app/store/writer.h"
#include "shared/base/log.h"

#include <chrono>

namespace vitfleet::app::sqlite {

namespace {

UnixMs nowUtc()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

Result<RunId> Writer::doCreateRun(const RunRecord& run)
{
    auto created = guarded(*m_db, [&]() -> Result<RunId> {
        Transaction transaction(*m_db);
        const RunId id = m_recorder->createRun(run);
        transaction.commit();
        return id;
    });
    if (!created)
        m_recorder->forget();
    return created;
}

Result<Seal> Writer::doSealRun(RunId run)
{
    auto sealed = guarded(*m_db, [&]() -> Result<Seal> {
        if (auto there = checkPlace(); !there)
            return there.error();
        Transaction transaction(*m_db);
        const auto seal = countSeal(*m_db, run);
        if (!seal)
            return Error{ErrorCode::RunUnknown, std::to_string(run.value)};
        m_recorder->storeSeal(run, *seal, nowUtc());
        transaction.commit();
        return *seal;
    });
    if (!sealed) {
        m_recorder->forget();
        return sealed;
    }
    std::erase_if(m_toIndex, [run](const Recorder::IndexPart& part) { return part.run == run; });
    m_toIndex.push_back({run});
    checkpoint();
    return sealed;
}

Result<void> Writer::indexSome()
{
    Recorder::IndexPart part = m_toIndex.front();
    bool isLeft = false;
    const Result<void> done = guarded(*m_db, [&]() -> Result<void> {
        if (auto there = checkPlace(); !there)
            return there;
        Transaction transaction(*m_db);
        isLeft = m_recorder->buildIndex(part);
        transaction.commit();
        return {};
    });
    if (!done) {
        // Filters read rows until then; the next start tries again.
        log::warning("store_index_failed", {{"run", part.run.value}, {"error", describe(done.error())}});
        m_recorder->forget();
    }
    if (done && isLeft)
        m_toIndex.front() = part;
    else
        m_toIndex.pop_front();
    checkpoint();
    return done;
}

Result<void> Writer::doDeleteRun(RunId run)
{
    auto deleted = sqlite::deleteRun(*m_db, run, [this] { checkpoint(); });
    m_recorder->forget();
    return deleted;
}

void Writer::indexEndedRuns()
{
    struct Ended
    {
        RunId run;
        bool isSealed = false;
    };
    // A process that was killed between a run's last row and its last posting left it like that.
    const auto ended = guarded(*m_db, [&]() -> Result<std::vector<Ended>> {
        Statement find(*m_db, "SELECT id, EXISTS(SELECT 1 FROM seal WHERE run=r.id) FROM run r"
                              " WHERE indexed=0 AND state=?");
        find.start().add(static_cast<int>(RunState::Finished));
        std::vector<Ended> runs;
        while (find.next())
            runs.push_back({RunId(find.number(0)), find.number(1) != 0});
        return runs;
    });
    if (!ended)
        return log::warning("store_index_failed", {{"error", describe(ended.error())}});
    for (const auto& [run, isSealed] : *ended) {
        if (isSealed)
            m_toIndex.push_back({run});
        else if (const auto sealed = doSealRun(run); !sealed)
            log::warning("store_index_failed", {{"run", run.value}, {"error", describe(sealed.error())}});
    }
}

} // namespace vitfleet::app::sqlite
