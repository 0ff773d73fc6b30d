// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/run_session.h"

#include "app/cli/exit_codes.h"
#include "app/cli/fleet.h"
#include "app/cli/json.h"
#include "app/cli/progress.h"
#include "app/cli/signals.h"
#include "app/cli/summary.h"
#include "app/core/run_cost.h"
#include "app/core/text.h"
#include "app/wiring/application.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <unistd.h>

namespace vitfleet::cli {

using namespace app;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

ApplicationOptions optionsOf(const Common& common)
{
    ApplicationOptions options;
    options.home = common.home;
    options.database = common.database;
    return options;
}

/// Where a run of an hour ends in "no such folder", it had better not begin.
Result<void> checkExport(const fs::path& file)
{
    if (file.empty())
        return {};
    std::error_code ignored;
    const fs::path folder = fs::absolute(file, ignored).parent_path();
    if (!fs::is_directory(folder, ignored) || ::access(folder.c_str(), W_OK) != 0)
        return Error{ErrorCode::Export, folder.string() + " is no folder that can be written to"};
    if (fs::is_directory(file, ignored))
        return Error{ErrorCode::Export, file.string() + " is a folder"};
    return {};
}

/// Events that a person wants to see pass by; the rest is in the database.
bool isWorthALine(EventKind kind)
{
    switch (kind) {
    case EventKind::NodeReady:
    case EventKind::NodeLost:
    case EventKind::NodeBack:
    case EventKind::NodeLeft:
    case EventKind::NodeRefused:
    case EventKind::NodeSetAside:
    case EventKind::NodeRestored:
    case EventKind::ItemsRedispatched:
    case EventKind::ForeignResult:
    case EventKind::StoreTrouble:
    case EventKind::PrecisionAdmitted:
    case EventKind::PrecisionRefused:
    case EventKind::ResultDisputed:
    case EventKind::NodeOutvoted:
    case EventKind::Note:
        return true;
    default:
        return false;
    }
}

/// One run from its start or resumption to its end, on the main thread's loop.
class RunSession
{
public:
    RunSession(Application& application, Output& output, fs::path exportFile)
        : m_application(application), m_output(output), m_exportFile(std::move(exportFile))
    {
    }
    /// Nodes of this profile are what the run waits for.
    Result<void> useProfile(const std::string& profile, std::uint32_t nodes)
    {
        if (!profile.empty()) {
            if (auto asked = m_application.scaleOut().resize(profile, nodes, false); !asked)
                return asked;
            m_profile = profile;
            if (const auto all = m_application.scaleOut().profiles()) {
                const auto found = std::ranges::find(*all, profile, &Profile::name);
                if (found != all->end())
                    m_settings = *found;
            }
        }
        m_application.scaleOut().settle();
        return {};
    }

    using Begin = std::function<void(Engine::Done<RunId>)>;
    int execute(const Begin& begin)
    {
        const SignalWatch signals(m_loop, [this](int number) { onSignal(number); });
        const Subscription events =
            m_application.engine().subscribeEvents([this](const EventRecord& event) { onEvent(event); });
        const Subscription snapshots =
            m_application.engine().subscribe([this](std::shared_ptr<const FleetSnapshot> snapshot) {
                m_loop.post([this, snapshot = std::move(snapshot)] { onSnapshot(snapshot); });
            });
        const Subscription scaleOut =
            m_application.scaleOut().subscribe([this](std::shared_ptr<const ScaleOutSnapshot> snapshot) {
                m_loop.post([this, snapshot = std::move(snapshot)] { onScaleOut(*snapshot); });
            });
        const Subscription ticker = m_loop.every(m_output.isTerminal() ? 250ms : 1000ms, [this] { showProgress(); });
        // In the engine's thread, so that the number is out before anything else happens.
        begin([this](Result<RunId> run) {
            if (run) {
                m_output.line("run " + std::to_string(run->value));
                m_output.json({{"event", "run"}, {"run", run->value}});
                for (const EventRecord& event : std::exchange(m_early, {}))
                    showEvent(event);
                m_isNamed = true;
            }
            m_loop.post([this, run = std::move(run)] { onStored(run); });
        });
        m_loop.run();
        return m_exitCode ? *m_exitCode : finish();
    }

private:
    void onStored(const Result<RunId>& run)
    {
        if (run) {
            m_run = *run;
            if (m_latest)
                onSnapshot(m_latest);
            return;
        }
        if (!m_interrupted)
            m_output.error(run.error());
        m_exitCode = m_interrupted ? Interrupted : CouldNotRun;
        m_loop.stop();
    }
    void onSnapshot(const std::shared_ptr<const FleetSnapshot>& snapshot)
    {
        m_latest = snapshot;
        if (!isOurs(snapshot))
            return;
        if (!m_first)
            m_first = snapshot;
        if (!m_profile.empty())
            m_cost.observe(*snapshot);
        const RunState state = snapshot->run->state;
        if (state == RunState::Finished || state == RunState::Stopped || state == RunState::Failed)
            m_loop.stop();
    }
    void onScaleOut(const ScaleOutSnapshot& snapshot)
    {
        const AllocationSnapshot* allocation = m_profile.empty() ? nullptr : snapshot.find(m_profile);
        if (!allocation)
            return;
        m_cost.observe(*allocation, RunCost::Clock::now());
        const std::string text = m_profile + ": " + allocationText(*allocation);
        const std::string trouble =
            allocation->trouble.code == ErrorCode::None ? std::string() : describe(allocation->trouble);
        const bool isNews = std::exchange(m_allocationText, text) != text;
        const bool isTrouble = std::exchange(m_troubleText, trouble) != trouble;
        if (isNews)
            m_output.line(text);
        if (isTrouble && !trouble.empty())
            m_output.warning(m_profile + ": " + trouble); // the run goes on with what there is
        if (isNews || isTrouble)
            m_output.json(toJson(*allocation));
        // Given up before there was a node: the run would wait for ever.
        const auto isThere = [](const NodeSnapshot& node) {
            return node.state == NodeState::Preparing || node.state == NodeState::Online ||
                   node.state == NodeState::Suspect || node.state == NodeState::SetAside;
        };
        const bool isOver = allocation->trouble.code != ErrorCode::None && allocation->target == 0 &&
                            allocation->units.empty() && m_run && m_latest &&
                            std::ranges::none_of(m_latest->nodes, isThere);
        if (isOver && !m_interrupted && !m_exitCode) {
            m_output.error(allocation->trouble);
            m_exitCode = CouldNotRun;
            m_application.engine().stopRun([this](const Result<void>&) { m_loop.post([this] { m_loop.stop(); }); });
        }
    }
    bool isOurs(const std::shared_ptr<const FleetSnapshot>& snapshot) const
    {
        return m_run && snapshot && snapshot->run && snapshot->run->id == *m_run;
    }
    void showProgress()
    {
        if (!isOurs(m_latest))
            return;
        if (m_output.isJson())
            m_output.json(progressJson(*m_latest));
        else
            m_output.status(progressLine(*m_latest));
    }
    /// In the engine's thread. The number comes first.
    void onEvent(const EventRecord& event)
    {
        if (m_isNamed)
            showEvent(event);
        else
            m_early.push_back(event);
    }
    void showEvent(const EventRecord& event)
    {
        if (m_output.isJson())
            m_output.json(toJson(event));
        else if (isWorthALine(event.kind))
            m_output.line(text::eventText(event));
    }
    void onSignal(int number)
    {
        if (m_interrupted) {
            // Everything that was acknowledged is committed, and the agents end with this process.
            m_output.warning("ended at once; resume goes on");
            ::_exit(Interrupted);
        }
        m_interrupted = true;
        m_output.warning("stopping after what is under way (" + std::string(signalName(number)) +
                         "; once more to end at once)");
        m_application.engine().stopRun([this](const Result<void>&) { m_loop.post([this] { m_loop.stop(); }); });
    }
    int finish();
    void tellCost(Summary& summary);

    Application& m_application;
    Output& m_output;
    const fs::path m_exportFile;
    EventLoop m_loop;
    bool m_isNamed = false;           ///< engine's thread only, as the next
    std::vector<EventRecord> m_early; ///< what happened before the run's number was out
    std::optional<RunId> m_run;
    std::shared_ptr<const FleetSnapshot> m_latest, m_first;
    std::string m_profile, m_allocationText, m_troubleText;
    Profile m_settings; ///< of that profile
    RunCost m_cost;
    bool m_interrupted = false;
    std::optional<int> m_exitCode;
};

/// Into the summary, and as an event, so that it is kept with the run.
void RunSession::tellCost(Summary& summary)
{
    if (m_profile.empty())
        return;
    const auto now = RunCost::Clock::now();
    summary.cost = costText(m_cost, m_settings, summary.sessionRows, now);
    summary.nodeSeconds = m_cost.nodeSeconds(now);
    summary.price = *summary.nodeSeconds / 3600 * m_settings.pricePerNodeHour;
    summary.currency = m_settings.currency;
    const bool wantsEnergy = m_settings.energySource != "none";
    summary.joules = wantsEnergy ? m_cost.wholeJoules() : std::nullopt;
    summary.energyAbsence = !wantsEnergy      ? "energy_source = none"
                            : m_cost.joules() ? m_cost.missing()
                                              : m_cost.energyAbsence();
    EventRecord event;
    event.run = *m_run;
    event.kind = EventKind::Note;
    event.text = summary.cost + ".";
    m_application.engine().note(std::move(event));
    m_application.store().writer().addCost(*m_run, costRecord(m_cost, m_settings, now));
}

int RunSession::finish()
{
    if (!m_run)
        return Interrupted;
    // The end of the run is on its way into the database.
    if (auto flushed = m_application.store().writer().flush(); !flushed)
        m_output.error(flushed.error());
    auto summary = readSummary(m_application.store(), *m_run);
    if (!summary) {
        m_output.error(summary.error());
        return CouldNotRun;
    }
    showProgress();
    int exitCode = exitCodeOf(summary->run);
    if (m_interrupted && summary->run.state != RunState::Finished)
        exitCode = Interrupted;
    if (isOurs(m_latest) && m_first) {
        const RunSnapshot& run = *m_latest->run;
        summary->seconds = run.elapsedSeconds;
        summary->sessionRows = run.labelled + run.errors - m_first->run->labelled - m_first->run->errors;
        tellCost(*summary);
    }
    if (!m_exportFile.empty() && summary->run.state == RunState::Finished) {
        auto reader = m_application.store().openReader();
        auto rows = reader ? (*reader)->exportCsv(*m_run, {}, m_exportFile, {}) : Result<std::uint64_t>(reader.error());
        if (rows) {
            summary->csv = fs::absolute(m_exportFile).lexically_normal();
            summary->csvRows = *rows;
        } else {
            m_output.error(rows.error());
            exitCode = CouldNotRun;
        }
    }
    printSummary(m_output, *summary, exitCode);
    return exitCode;
}

/// A finished run is not worked on: it is shown, exported if asked, and ends as it did.
int showFinished(Output& output, Store& store, const Summary& found, const fs::path& exportFile)
{
    Summary summary = found;
    int exitCode = exitCodeOf(summary.run);
    output.line("run " + std::to_string(summary.run.id.value) + " is finished already");
    output.json({{"event", "run"}, {"run", summary.run.id.value}, {"finished", true}});
    if (!exportFile.empty()) {
        auto reader = store.openReader();
        auto rows =
            reader ? (*reader)->exportCsv(summary.run.id, {}, exportFile, {}) : Result<std::uint64_t>(reader.error());
        if (rows) {
            summary.csv = fs::absolute(exportFile).lexically_normal();
            summary.csvRows = *rows;
        } else {
            output.error(rows.error());
            exitCode = CouldNotRun;
        }
    }
    printSummary(output, summary, exitCode);
    return exitCode;
}

int failed(Output& output, const Error& error)
{
    output.error(error);
    return CouldNotRun;
}

} // namespace

int execute(const RunCommand& command, Output& output)
{
    const RunRequest& request = command.request;
    const std::size_t named = request.localAgents + request.agents.size();
    if (request.nodesWanted > named && !request.waitForNodes)
        return failed(output,
                      {ErrorCode::TooFewNodes, std::to_string(named) + " of " + std::to_string(request.nodesWanted)});
    if (auto possible = checkExport(command.exportFile); !possible)
        return failed(output, possible.error());
    SignalWatch::block();
    auto application = Application::open(optionsOf(command.common));
    if (!application)
        return failed(output, application.error());
    RunSession session(**application, output, command.exportFile);
    if (auto asked = session.useProfile(command.profile, command.profileNodes); !asked)
        return failed(output, asked.error());
    return session.execute(
        [&](Engine::Done<RunId> stored) { (*application)->engine().startRun(request, std::move(stored)); });
}

int execute(const ResumeCommand& command, Output& output)
{
    if (auto possible = checkExport(command.exportFile); !possible)
        return failed(output, possible.error());
    const fs::path database =
        command.common.database.empty() ? homeFolders(command.common.home).database : command.common.database;
    {
        auto store = openForReading(database);
        if (!store)
            return failed(output, store.error());
        auto summary = readSummary(**store, command.run);
        if (!summary)
            return failed(output, summary.error());
        if (summary->run.state == RunState::Finished)
            return showFinished(output, **store, *summary, command.exportFile);
    }
    SignalWatch::block();
    auto application = Application::open(optionsOf(command.common));
    if (!application)
        return failed(output, application.error());
    RunSession session(**application, output, command.exportFile);
    if (auto asked = session.useProfile(command.profile, command.profileNodes); !asked)
        return failed(output, asked.error());
    return session.execute(
        [&](Engine::Done<RunId> started) { (*application)->engine().resumeRun(command.run, std::move(started)); });
}

} // namespace vitfleet::cli
