// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/story.h"

#include "app/models/results_model.h"

#include <algorithm>

namespace vitfleet::test {

using namespace app;

namespace {

std::vector<EventRecord> storyEvents()
{
    const auto happened = [](EventKind kind, const std::string& node, UnixMs at, std::uint64_t count = 0) {
        EventRecord event;
        event.kind = kind;
        event.node = node;
        event.at = at;
        event.run = RunId(12);
        event.count = count;
        if (kind == EventKind::NodeLost)
            event.error = {ErrorCode::Unreachable, "no beat for 3 s"};
        return event;
    };
    const UnixMs begin = sampleNow - 120'000;
    std::vector<EventRecord> events{happened(EventKind::RunCreated, {}, begin),
                                    happened(EventKind::RunStarted, {}, begin + 900, 10'000)};
    for (int node = 1; node <= 7; ++node) {
        events.push_back(happened(EventKind::NodeJoined, "node-" + std::to_string(node), begin + node * 300));
        events.push_back(happened(EventKind::NodeReady, "node-" + std::to_string(node), begin + 2'000 + node * 400));
    }
    events.push_back(happened(EventKind::NodeSuspect, "node-6", begin + 70'000));
    events.push_back(happened(EventKind::NodeLost, "node-6", begin + 72'000));
    events.push_back(happened(EventKind::ItemsRedispatched, "node-6", begin + 72'100, 48));
    events.push_back(happened(EventKind::RunFinished, {}, begin + 118'000, 10'000));
    std::ranges::stable_sort(events, {}, &EventRecord::at);
    std::int64_t id = 0;
    for (EventRecord& event : events)
        event.id = ++id;
    return events;
}

} // namespace

void fill(Stage& stage)
{
    std::vector<RunRecord> runs;
    for (const std::int64_t id : {9, 10, 11, 12}) {
        RunRecord run = sampleRecord(RunState::Finished);
        run.id = RunId(id);
        run.precision = id == 11 ? "int8" : "fp32";
        run.planned = 10'000;
        run.labelled = 9'998;
        run.errors = 2;
        run.correct = id == 11 ? 9'120 : 9'196;
        run.incorrect = 9'998 - run.correct;
        run.expectedKnown = run.expectedMatched = 10'000;
        run.createdAt = sampleNow - (13 - id) * 3'700'000;
        run.startedAt = run.createdAt;
        run.finishedAt = run.createdAt + (id == 11 ? 2'900 : 4'300 + id * 10);
        runs.push_back(run);
    }
    stage.store.setRuns(runs);
    stage.store.setRows(sampleRows(400));
    auto other = sampleRows(400);
    for (std::size_t i = 0; i < other.size(); i += 9) {
        if (other[i].result && !other[i].result->top.empty()) {
            other[i].result->top.front().label = (other[i].result->top.front().label + 1) % 10;
            other[i].result->correct = false;
        }
    }
    stage.store.setRowsOf(RunId(11), other);
    NodeRecord first, second;
    first.name = "local-1";
    second.name = "node-2";
    first.precision = second.precision = "fp32";
    first.labelled = second.labelled = 1;
    stage.store.setNodes({first, second});
    stage.store.setEvents(storyEvents());
    std::vector<ThroughputSample> samples;
    for (int second1 = 0; second1 < 118; ++second1) {
        const UnixMs at = sampleNow - 120'000 + second1 * 1'000;
        const float nodes = second1 < 4 ? 0.0f : second1 < 72 ? 7.0f : 6.0f;
        samples.push_back({at, {}, nodes * 160 + static_cast<float>(second1 * 37 % 23)});
        for (int node = 1; node <= 7; ++node) {
            if (second1 >= 4 && (node != 6 || second1 < 72))
                samples.push_back({at, "node-" + std::to_string(node), 160});
        }
    }
    stage.store.setSamples(samples);
}

RunSnapshot busyRun()
{
    RunSnapshot run = sampleRun(200'000, 126'104, 2, 704);
    run.redispatched = 48;
    run.precision = "auto";
    PrecisionCheck check;
    check.precision = "int8";
    check.verdict = PrecisionVerdict::Admitted;
    check.kindText = "LibTorch, cpu AVX512";
    check.sample = check.compared = 512;
    check.agreed = 509;
    check.largestDifference = 0.021;
    run.precisionChecks = {check};
    run.etaSeconds = 68;
    run.elapsedSeconds = 118;
    run.startedAt = sampleNow - 118'000;
    return run;
}

void beat(Stage& stage)
{
    auto nodes = mixedNodes();
    nodes[7].state = NodeState::Online;
    nodes[7].imagesPerSecond = 160;
    quint64 rows = 0;
    for (int i = 0; i < 240; ++i) {
        if (i == 158) {
            nodes[7] = mixedNodes()[7];
            EventRecord lost = storyEvents()[17];
            lost.node = "node-8";
            lost.at = sampleNow - (240 - i) * 500;
            stage.fleet.happen({lost});
        }
        for (NodeSnapshot& node : nodes) {
            if (node.imagesPerSecond > 0)
                node.imagesPerSecond = static_cast<float>(std::min(i, 20)) * 8.0f +
                                       static_cast<float>((i * 37 + static_cast<int>(node.id.value) * 11) % 9);
        }
        for (const NodeSnapshot& node : nodes)
            rows += static_cast<quint64>(node.imagesPerSecond / 2);
        FleetSnapshot fleet = fleetOf(nodes, sampleRun(200'000, rows, 2, 704));
        fleet.at = sampleNow - (240 - i) * 500;
        stage.fleet.show(std::move(fleet));
    }
}

void settle(Stage& stage)
{
    for (int round = 0; round < 3; ++round) {
        bool answered = false;
        stage.asker.ask(
            stage.window.get(), [](StoreReader& reader) { return reader.runs(); },
            [&answered](const auto&) { answered = true; });
        QTRY_VERIFY(answered);
    }
    QTRY_VERIFY(!stage.window->resultsPage().model().isLoading());
}

} // namespace vitfleet::test
