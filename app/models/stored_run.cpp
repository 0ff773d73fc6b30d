// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/stored_run.h"

#include <algorithm>

namespace vitfleet::app {

RunSnapshot storedRun(const RunRecord& run, const std::optional<Seal>& seal)
{
    RunSnapshot out;
    out.id = run.id;
    // The process that ran it has ended, whatever it wrote last.
    const bool cut = run.state == RunState::Created || run.state == RunState::Running;
    out.state = cut ? RunState::Stopped : run.state;
    out.nodesWanted = run.nodesWanted;
    out.scanComplete = run.scanComplete;
    out.dataPath = run.dataPath;
    out.modelPath = run.modelPath;
    out.modelName = run.modelName;
    out.labels = run.labels;
    out.synthetic = run.synthetic;
    out.labelled = run.labelled;
    out.errors = run.errors;
    out.planned = std::max(run.planned, run.labelled + run.errors);
    out.queued = out.planned - run.labelled - run.errors;
    out.correct = run.correct;
    out.incorrect = run.incorrect;
    out.expectedKnown = run.expectedKnown;
    out.expectedMatched = run.expectedMatched;
    out.accuracyShown = run.expectedKnown > 0 && run.expectedMatched * 2 >= run.expectedKnown;
    if (run.startedAt && run.finishedAt)
        out.elapsedSeconds = static_cast<double>(*run.finishedAt - *run.startedAt) / 1000.0;
    out.duplicatesRefused = run.duplicatesRefused;
    out.redispatched = run.redispatched;
    out.failure = run.failure;
    out.seal = seal;
    out.startedAt = run.startedAt.value_or(run.createdAt);
    return out;
}

DataSetSpec dataSetOf(const RunRecord& run)
{
    return {run.dataPath, run.dataKind == "manifest" ? run.dataRoot : std::string(), run.limit};
}

bool isActive(const RunSnapshot& run)
{
    return run.state == RunState::Created || run.state == RunState::Running;
}

bool canResume(const RunSnapshot& run)
{
    return run.state == RunState::Stopped || run.state == RunState::Failed;
}

} // namespace vitfleet::app
