// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/scaleout.h"

#include "app/cli/exit_codes.h"
#include "app/cli/fleet.h"
#include "app/cli/json.h"
#include "app/cli/signals.h"
#include "app/cli/table.h"
#include "app/core/run_spans.h"
#include "app/core/scaleout_report.h"
#include "app/core/text.h"
#include "app/wiring/application.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace vitfleet::cli {

using namespace app;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// One run on one count of nodes, from the request to the last row.
class Measurement
{
public:
    Measurement(Application& application, Output& output, const ScaleoutCommand& command)
        : m_application(application), m_output(output), m_command(command)
    {
    }

    Result<ScaleoutPoint> run(std::uint32_t nodes)
    {
        ScaleoutPoint point;
        point.nodes = nodes;
        const auto asked = Clock::now();
        if (auto resized = m_application.scaleOut().resize(m_command.profile, nodes, false); !resized)
            return resized.error();
        if (auto ready = waitForNodes(nodes); !ready)
            return ready.error();
        point.startSeconds = secondsSince(asked);
        auto run = work(nodes);
        if (!run)
            return run.error();
        if (auto read = readRows(*run, point); !read)
            return read.error();
        return point;
    }

private:
    Result<void> waitForNodes(std::uint32_t nodes)
    {
        Result<void> outcome;
        const auto check = [&] {
            const auto snapshot = m_application.scaleOut().snapshot();
            const AllocationSnapshot* allocation = snapshot->find(m_command.profile);
            if (!allocation)
                return;
            showStatus(m_command.profile + ": " + allocationText(*allocation));
            const auto fleet = m_application.engine().snapshot();
            const bool all = allocation->units.size() == nodes && allocation->count(UnitState::Running) == nodes &&
                             fleet->online == nodes;
            if (allocation->target < nodes && allocation->trouble.code != ErrorCode::None)
                outcome = allocation->trouble;
            if (all || !outcome)
                m_loop.stop();
        };
        const SignalWatch signals(m_loop, [&](int) {
            outcome = Error{ErrorCode::Cancelled, {}};
            m_loop.stop();
        });
        const Subscription late = m_loop.after(std::chrono::seconds(m_command.seconds), [&] {
            outcome = Error{ErrorCode::TooFewNodes, "not " + std::to_string(nodes) + " nodes in time"};
            m_loop.stop();
        });
        const Subscription ticker = m_loop.every(50ms, check);
        m_loop.run();
        return outcome;
    }

    Result<RunId> work(std::uint32_t nodes)
    {
        RunRequest request = m_command.request;
        request.nodesWanted = nodes;
        request.waitForNodes = true; // all of them: the count is what is measured
        Result<RunId> outcome(ErrorCode::Cancelled);
        bool stored = false;
        const SignalWatch signals(m_loop, [&](int) {
            m_application.engine().stopRun([this](const Result<void>&) { m_loop.stop(); });
            outcome = Error{ErrorCode::Cancelled, {}};
        });
        const Subscription snapshots =
            m_application.engine().subscribe([&](std::shared_ptr<const FleetSnapshot> snapshot) {
                m_loop.post([&, snapshot] {
                    if (!stored || !outcome || !snapshot->run || !(snapshot->run->id == *outcome))
                        return;
                    const RunState state = snapshot->run->state;
                    showStatus(std::to_string(nodes) + " nodes: " + text::grouped(snapshot->run->labelled));
                    if (state == RunState::Failed)
                        outcome = snapshot->run->failure;
                    if (state == RunState::Finished || state == RunState::Failed)
                        m_loop.stop();
                });
            });
        m_application.engine().startRun(request, [&](Result<RunId> run) {
            m_loop.post([&, run = std::move(run)] {
                outcome = run;
                stored = true;
                if (!run)
                    m_loop.stop();
            });
        });
        m_loop.run();
        return outcome;
    }

    /// Everything else is in the rows.
    Result<void> readRows(RunId run, ScaleoutPoint& point)
    {
        if (auto flushed = m_application.store().writer().flush(); !flushed)
            return flushed;
        auto reader = m_application.store().openReader();
        if (!reader)
            return reader.error();
        const auto spans = readSpans(**reader, run);
        if (!spans)
            return spans.error();
        point.run = run.value;
        point.items = spans->items;
        point.nodesUsed = spans->nodes;
        point.seconds = spans->seconds;
        point.steadySeconds = spans->steadySeconds;
        point.tailSeconds = spans->tailSeconds;
        point.imagesPerSecond = spans->imagesPerSecond();
        point.synthetic = spans->synthetic;
        return {};
    }

    /// What goes by: on a terminal alone.
    void showStatus(const std::string& text)
    {
        if (m_output.isTerminal())
            m_output.status(text);
    }

    Application& m_application;
    Output& m_output;
    const ScaleoutCommand& m_command;
    EventLoop m_loop;
};

std::string seconds(double value)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.2f", value);
    return buffer;
}

json toJson(const ScaleoutPoint& point)
{
    return {{"event", "point"},
            {"nodes", point.nodes},
            {"repeat", point.repeat},
            {"run", point.run},
            {"items", point.items},
            {"nodes_used", point.nodesUsed},
            {"start_seconds", point.startSeconds},
            {"seconds", point.seconds},
            {"steady_seconds", point.steadySeconds},
            {"tail_seconds", point.tailSeconds},
            {"images_per_second", point.imagesPerSecond},
            {"efficiency", point.efficiency},
            {"synthetic", point.synthetic}};
}

void print(Output& output, const std::vector<ScaleoutPoint>& points)
{
    if (output.isJson())
        return;
    Table table({"nodes", "repeat", "start s", "run s", "steady s", "tail s", "img/s", "efficiency"});
    for (const ScaleoutPoint& point : points)
        table.add({std::to_string(point.nodes), std::to_string(point.repeat), seconds(point.startSeconds),
                   seconds(point.seconds), seconds(point.steadySeconds), seconds(point.tailSeconds),
                   text::rate(point.imagesPerSecond), seconds(point.efficiency * 100) + " %"});
    table.print(output);
    if (std::ranges::any_of(points, &ScaleoutPoint::synthetic))
        output.line("SYNTHETIC: timed stand-ins, no inference.");
}

} // namespace

int execute(const ScaleoutCommand& command, Output& output)
{
    SignalWatch::block();
    ApplicationOptions options;
    options.home = command.common.home;
    options.database = command.common.database;
    auto application = Application::open(options);
    if (!application) {
        output.error(application.error());
        return CouldNotRun;
    }
    Measurement measurement(**application, output, command);
    std::vector<ScaleoutPoint> points;
    int exitCode = Done;
    for (const std::uint32_t nodes : command.nodes) {
        for (std::uint32_t repeat = 1; repeat <= command.repeats && exitCode == Done; ++repeat) {
            auto point = measurement.run(nodes);
            if (!point) {
                output.error(point.error());
                exitCode = point.error().code == ErrorCode::Cancelled ? Interrupted : CouldNotRun;
                break;
            }
            point->repeat = repeat;
            points.push_back(*point);
            output.line(std::to_string(nodes) + " nodes: " + seconds(point->seconds) + " s, " +
                        text::rate(point->imagesPerSecond) + " img/s");
        }
    }
    setEfficiency(points);
    for (const ScaleoutPoint& point : points)
        output.json(toJson(point));
    print(output, points);
    if (!command.out.empty() && !points.empty()) {
        if (auto written = writeScaleout(command.out, points); !written) {
            output.error(written.error());
            return CouldNotRun;
        }
        output.line("written   " + (command.out / "scaleout.csv").string() + ", scaleout.svg");
    }
    return exitCode;
}

} // namespace vitfleet::cli
