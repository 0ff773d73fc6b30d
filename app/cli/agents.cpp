// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/agents.h"

#include "app/cli/exit_codes.h"
#include "app/cli/json.h"
#include "app/cli/signals.h"
#include "app/cli/table.h"
#include "app/core/text.h"
#include "app/wiring/application.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace vitfleet::cli {

using namespace app;
using nlohmann::json;

namespace {

/// HOST:PORT of every agent that a run of this database named.
Result<std::vector<std::string>> knownAgents(Store& store)
{
    auto reader = store.openReader();
    if (!reader)
        return reader.error();
    const auto runs = (*reader)->runs();
    if (!runs)
        return runs.error();
    std::set<std::string> agents;
    for (const RunRecord& run : *runs)
        agents.insert(run.agents.begin(), run.agents.end());
    return std::vector<std::string>(agents.begin(), agents.end());
}

bool isDecided(const NodeSnapshot& node)
{
    return node.state != NodeState::Connecting && node.state != NodeState::Starting;
}

bool isReachable(const NodeSnapshot& node)
{
    return isDecided(node) && node.state != NodeState::Refused && node.state != NodeState::Lost &&
           node.state != NodeState::Left && node.state != NodeState::Stopped;
}

/// Connects to all of them and waits until each has answered or the time is over.
class Visit
{
public:
    Visit(Application& application, unsigned seconds) : m_application(application), m_seconds(seconds) {}

    void run(const std::vector<std::string>& agents)
    {
        const SignalWatch signals(m_loop, [this](int) { m_loop.stop(); });
        const Subscription timeout = m_loop.after(std::chrono::seconds(m_seconds), [this] { m_loop.stop(); });
        const Subscription snapshots =
            m_application.engine().subscribe([this](std::shared_ptr<const FleetSnapshot> snapshot) {
                m_loop.post([this, snapshot = std::move(snapshot)] {
                    m_latest = snapshot;
                    check();
                });
            });
        m_expected = agents.size();
        for (const std::string& agent : agents) {
            m_application.engine().addNode(agent, [this, agent](Result<NodeId> node) {
                m_loop.post([this, agent, node = std::move(node)] {
                    if (node)
                        m_added.insert(node->value);
                    else
                        failures[agent] = node.error();
                    check();
                });
            });
        }
        m_loop.run();
        if (m_latest)
            nodes = m_latest->nodes;
    }

    std::vector<NodeSnapshot> nodes;
    std::map<std::string, Error> failures; ///< those whose address or key is not right

private:
    void check()
    {
        if (m_added.size() + failures.size() < m_expected || !m_latest)
            return;
        const auto decided =
            std::count_if(m_latest->nodes.begin(), m_latest->nodes.end(), [this](const NodeSnapshot& node) {
                return m_added.contains(node.id.value) && isDecided(node);
            });
        if (static_cast<std::size_t>(decided) >= m_added.size())
            m_loop.stop();
    }

    Application& m_application;
    const unsigned m_seconds;
    EventLoop m_loop;
    std::size_t m_expected = 0;
    std::set<std::uint32_t> m_added;
    std::shared_ptr<const FleetSnapshot> m_latest;
};

} // namespace

int execute(const AgentsCommand& command, Output& output)
{
    SignalWatch::block();
    ApplicationOptions options;
    options.home = command.common.home;
    options.database = command.common.database;
    options.readOnlyIfBusy = true;
    auto application = Application::open(options);
    if (!application) {
        output.error(application.error());
        return CouldNotRun;
    }
    std::vector<std::string> agents = command.agents;
    if (agents.empty()) {
        auto known = knownAgents((*application)->store());
        if (!known) {
            output.error(known.error());
            return CouldNotRun;
        }
        agents = std::move(*known);
    }
    if (agents.empty()) {
        output.line("no agents are known: name one with --agent HOST:PORT/KEY");
        output.json(json::array());
        return Done;
    }
    Visit visit(**application, command.seconds);
    visit.run(agents);

    bool allReachable = visit.failures.empty();
    json list = json::array();
    Table table({"agent", "state", "name", "host", "cores", "gpu", "software", "reason"});
    for (const NodeSnapshot& node : visit.nodes) {
        allReachable = allReachable && isReachable(node);
        json object = toJson(node);
        object["reachable"] = isReachable(node);
        list.push_back(std::move(object));
        const Error reason = isDecided(node) ? node.reason : Error{ErrorCode::Unreachable, {}};
        table.add({node.address, std::string(isReachable(node) ? text::name(node.state) : "not reachable"), node.name,
                   node.host, node.cores ? std::to_string(node.cores) : "", node.gpu, node.software,
                   reason.code == ErrorCode::None ? "" : describe(reason)});
    }
    for (const auto& [agent, error] : visit.failures) {
        list.push_back({{"address", agent}, {"reachable", false}, {"reason", toJson(error)}});
        table.add({agent, "not reachable", "", "", "", "", "", describe(error)});
    }
    if (output.isJson())
        output.json(list);
    else
        table.print(output);
    return allReachable ? Done : ItemErrors;
}

} // namespace vitfleet::cli
