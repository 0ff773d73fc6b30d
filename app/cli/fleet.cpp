// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/fleet.h"

#include "app/cli/advise.h"
#include "app/cli/exit_codes.h"
#include "app/cli/json.h"
#include "app/cli/signals.h"
#include "app/cli/table.h"
#include "app/core/text.h"
#include "app/wiring/application.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <sstream>

namespace vitfleet::cli {

using namespace app;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

constexpr auto downTimeout = 120s;

int failed(Output& output, const Error& error)
{
    output.error(error);
    return CouldNotRun;
}

std::string age(UnixMs since)
{
    const UnixMs now =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    return text::duration(static_cast<double>(std::max<UnixMs>(now - since, 0)) / 1000.0);
}

void print(Output& output, const AllocationSnapshot& allocation)
{
    output.json(toJson(allocation));
    if (output.isJson())
        return;
    output.line(allocation.profile + " (" + std::string(name(allocation.provider)) +
                "): " + allocationText(allocation));
    Table table({"id", "state", "for", "kept", "reason"});
    for (const UnitSnapshot& unit : allocation.units)
        table.add({unit.record.providerId.empty() ? "-" : unit.record.providerId, std::string(name(unit.state)),
                   age(unit.since), unit.record.keep ? "yes" : "no", unit.reason});
    if (!allocation.units.empty())
        table.print(output);
    if (allocation.trouble.code != ErrorCode::None)
        output.warning(describe(allocation.trouble));
}

/// Follows the fleet of one profile until it is as asked for.
class Wait
{
public:
    Wait(ScaleOut& scaleOut, Output& output, std::string profile)
        : m_scaleOut(scaleOut), m_output(output), m_profile(std::move(profile))
    {
    }

    /// False where that was not reached: given up, interrupted or too late.
    bool until(const std::function<bool(const AllocationSnapshot&)>& reached, std::chrono::seconds timeout)
    {
        bool isReached = false;
        const auto check = [&] {
            const auto snapshot = m_scaleOut.snapshot();
            const AllocationSnapshot* allocation = snapshot->find(m_profile);
            if (!allocation)
                return;
            if (m_output.isTerminal())
                m_output.status(m_profile + ": " + allocationText(*allocation));
            isReached = reached(*allocation);
            const bool gaveUp = allocation->trouble.code != ErrorCode::None &&
                                allocation->target <= allocation->units.size() && allocation->target < m_wanted;
            if (isReached || gaveUp)
                m_loop.stop();
        };
        const SignalWatch signals(m_loop, [this](int) { m_loop.stop(); });
        const Subscription late = m_loop.after(timeout, [this] { m_loop.stop(); });
        const Subscription changes = m_scaleOut.subscribe([&](auto) { m_loop.post(check); });
        const Subscription ticker = m_loop.every(250ms, check);
        m_loop.post(check);
        m_loop.run();
        return isReached;
    }
    void setWanted(std::uint32_t nodes) { m_wanted = nodes; }

private:
    ScaleOut& m_scaleOut;
    Output& m_output;
    const std::string m_profile;
    std::uint32_t m_wanted = 0;
    EventLoop m_loop;
};

int listProfiles(ScaleOut& scaleOut, Output& output, const HomeFolders& folders)
{
    const auto profiles = scaleOut.profiles();
    if (!profiles)
        return failed(output, profiles.error());
    json list = json::array();
    Table table({"profile", "provider", "max nodes", "price per node-hour"});
    for (const Profile& profile : *profiles) {
        const std::string price = profile.pricePerNodeHour > 0
                                      ? text::rate(profile.pricePerNodeHour) + " " + profile.currency
                                      : std::string("-");
        table.add({profile.name, std::string(name(profile.provider)), std::to_string(profile.maxNodes), price});
        list.push_back({{"name", profile.name},
                        {"provider", name(profile.provider)},
                        {"max_nodes", profile.maxNodes},
                        {"price_per_node_hour", profile.pricePerNodeHour},
                        {"currency", profile.currency}});
    }
    output.json({{"file", folders.profiles.string()}, {"profiles", list}});
    if (!output.isJson()) {
        if (!profiles->empty())
            table.print(output);
        output.line("file      " + folders.profiles.string() + (profiles->empty() ? " (no profiles)" : ""));
    }
    return Done;
}

int showPlan(const FleetCommand& command, ScaleOut& scaleOut, Output& output)
{
    const auto plan = scaleOut.plan(command.profile, command.nodes);
    if (!plan)
        return failed(output, plan.error());
    output.json({{"profile", command.profile},
                 {"nodes", plan->nodes},
                 {"commands", plan->commands},
                 {"script", plan->script},
                 {"cost_per_hour", plan->costPerHour},
                 {"currency", plan->profile.currency}});
    if (output.isJson())
        return Done;
    for (const std::string& line : plan->commands)
        output.line("$ " + line);
    std::istringstream script(plan->script);
    for (std::string line; std::getline(script, line);)
        output.line(line);
    if (plan->costPerHour > 0)
        output.line("costs " + text::rate(plan->costPerHour) + " " + plan->profile.currency + " an hour");
    return Done;
}

int showStatus(const FleetCommand& command, Output& output)
{
    HomeFolders folders = homeFolders(command.common.home);
    const auto database = command.common.database.empty() ? folders.database : command.common.database;
    const auto allocations = lookAtUnits(database, folders);
    if (!allocations)
        return failed(output, allocations.error());
    bool any = false;
    int exitCode = Done;
    for (const AllocationSnapshot& allocation : *allocations) {
        if (!command.profile.empty() && allocation.profile != command.profile)
            continue;
        any = true;
        print(output, allocation);
        if (allocation.trouble.code != ErrorCode::None)
            exitCode = ItemErrors;
    }
    if (!any)
        output.line("no nodes are asked for");
    return exitCode;
}

int resize(const FleetCommand& command, Application& application, Output& output)
{
    ScaleOut& scaleOut = application.scaleOut();
    if (auto asked = scaleOut.resize(command.profile, command.nodes, true); !asked)
        return failed(output, asked.error());
    Wait wait(scaleOut, output, command.profile);
    wait.setWanted(command.nodes);
    const bool reached = wait.until(
        [&](const AllocationSnapshot& allocation) {
            const bool isAll = allocation.target == command.nodes && allocation.units.size() == command.nodes &&
                               allocation.count(UnitState::Requested) == 0;
            return isAll && (!command.wait || allocation.count(UnitState::Running) == command.nodes);
        },
        std::chrono::seconds(command.seconds));
    const auto snapshot = scaleOut.snapshot();
    if (const AllocationSnapshot* allocation = snapshot->find(command.profile))
        print(output, *allocation);
    return reached ? Done : CouldNotRun;
}

int down(const FleetCommand& command, Application& application, Output& output)
{
    ScaleOut& scaleOut = application.scaleOut();
    if (auto released = scaleOut.release(command.profile); !released)
        return failed(output, released.error());
    if (!scaleOut.snapshot()->find(command.profile)) {
        output.line(command.profile + ": no nodes are asked for");
        return Done;
    }
    Wait wait(scaleOut, output, command.profile);
    const bool reached = wait.until(
        [](const AllocationSnapshot& allocation) { return allocation.target == 0 && allocation.units.empty(); },
        downTimeout);
    print(output, *scaleOut.snapshot()->find(command.profile));
    return reached ? Done : CouldNotRun;
}

} // namespace

json toJson(const AllocationSnapshot& allocation)
{
    json units = json::array(), ended = json::array();
    for (const UnitSnapshot& unit : allocation.ended)
        ended.push_back({{"id", unit.record.providerId}, {"reason", unit.reason}, {"since", unit.since}});
    for (const UnitSnapshot& unit : allocation.units)
        units.push_back({{"id", unit.record.providerId},
                         {"allocation", unit.record.allocation},
                         {"index", unit.record.index},
                         {"site", unit.record.site},
                         {"state", name(unit.state)},
                         {"reason", unit.reason},
                         {"since", unit.since},
                         {"kept", unit.record.keep},
                         {"node", unit.nodeName}});
    return {{"event", "fleet"},
            {"profile", allocation.profile},
            {"provider", name(allocation.provider)},
            {"target", allocation.target},
            {"units", units},
            {"ended", ended},
            {"trouble", toJson(allocation.trouble)}};
}

std::string allocationText(const AllocationSnapshot& allocation)
{
    std::string text = std::to_string(allocation.units.size()) + " of " + std::to_string(allocation.target) + " nodes";
    std::map<std::pair<UnitState, std::string>, std::uint32_t> groups;
    for (const UnitSnapshot& unit : allocation.units)
        ++groups[{unit.state, unit.state == UnitState::Pending ? unit.reason : std::string()}];
    std::string parts;
    for (const auto& [group, count] : groups) {
        parts += (parts.empty() ? ": " : ", ") + std::to_string(count) + " " + std::string(name(group.first));
        if (!group.second.empty())
            parts += " (" + group.second + ")";
    }
    return text + parts;
}

int execute(const FleetCommand& command, Output& output)
{
    using Action = FleetCommand::Action;
    if (command.action == Action::Status)
        return showStatus(command, output);
    SignalWatch::block();
    ApplicationOptions options;
    options.home = command.common.home;
    options.database = command.common.database;
    options.readOnlyIfBusy =
        command.action == Action::Profiles || command.action == Action::Plan || command.action == Action::Advise;
    auto application = Application::open(options);
    if (!application && application.error().code == ErrorCode::DbBusy) {
        // Whoever has the database has the nodes, too. It is not asked for what the profile does not allow.
        if (command.action != Action::Down) {
            options.readOnlyIfBusy = true;
            const auto beside = Application::open(options);
            if (!beside)
                return failed(output, beside.error());
            if (const auto plan = (*beside)->scaleOut().plan(command.profile, command.nodes); !plan)
                return failed(output, plan.error());
        }
        const auto asked = askForCount(homeFolders(command.common.home), command.profile,
                                       command.action == Action::Down ? 0 : command.nodes);
        if (!asked)
            return failed(output, asked.error());
        output.line(command.profile + ": asked the process that is using it");
        output.json({{"event", "asked"}, {"profile", command.profile}});
        return Done;
    }
    if (!application)
        return failed(output, application.error());
    switch (command.action) {
    case Action::Profiles:
        return listProfiles((*application)->scaleOut(), output, (*application)->folders());
    case Action::Plan:
        return showPlan(command, (*application)->scaleOut(), output);
    case Action::Advise:
        return advise(command, **application, output);
    case Action::Down:
        return down(command, **application, output);
    default:
        return resize(command, **application, output);
    }
}

} // namespace vitfleet::cli
