// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/past_runs.h"

#include "tests/gui/samples.h"

namespace vitfleet::test {

using namespace app;

RunRecord pastRun(std::int64_t id, const std::string& precision, double seconds)
{
    RunRecord run = sampleRecord(RunState::Finished);
    run.id = RunId(id);
    run.precision = precision;
    run.modelSha256 = "5a5a";
    run.createdAt = sampleNow - 100'000'000 + id * 1'000'000;
    run.startedAt = run.createdAt;
    run.finishedAt = run.createdAt + static_cast<UnixMs>(seconds * 1'000);
    run.labelled = 686;
    run.errors = 14;
    run.planned = 700;
    run.correct = 588;
    run.incorrect = 98;
    run.expectedKnown = run.expectedMatched = 700;
    return run;
}

void fillHistory(MemoryStore& store)
{
    store.setRuns({pastRun(1, "fp32", 10), pastRun(2, "int8", 5), pastRun(3, "fp32", 9)});
    store.setCosts(RunId(2), {{"cluster", "EUR", 152, 0.0211, std::nullopt}});
    store.setRows(sampleRows(700));
    auto changed = sampleRows(700);
    for (std::size_t i = 0; i < changed.size(); i += 10) {
        if (!changed[i].result || changed[i].result->top.empty())
            continue;
        auto& label = changed[i].result->top.front().label;
        label = (label + 5) % 10;
        changed[i].result->correct = label == changed[i].item.expectedLabel;
    }
    store.setRowsOf(RunId(2), changed);
}

} // namespace vitfleet::test
