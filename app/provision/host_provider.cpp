// SPDX-License-Identifier: GPL-3.0-or-later
// Hosts over SSH, and this machine: agents as user units of systemd where the host has a user manager, else as plain
// processes. docs/user-guide/ssh.md.
#include "app/provision/host_scripts.h"
#include "app/provision/provider.h"
#include "app/provision/site.h"
#include "app/provision/tunnels.h"
#include "shared/transport/keys.h"

#include <algorithm>
#include <features.h>

namespace vitfleet::app {
namespace {

constexpr const char* defaultFolder = ".cache/vitfleet/launch";
constexpr auto copyTimeout = std::chrono::minutes(15);
constexpr auto answerTimeout = std::chrono::seconds(2);

std::vector<std::string_view> linesOf(std::string_view text)
{
    std::vector<std::string_view> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin)
            lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::string unitPrefix(const std::string& allocation)
{
    return "vitfleet-agent-" + allocation;
}

class HostProvider : public Provider
{
public:
    explicit HostProvider(ProviderContext context) : m_context(std::move(context)) {}

    FleetPlan plan(std::uint32_t nodes) const override;
    std::uint32_t capacity() const override
    {
        return isLocal() ? 0
                         : static_cast<std::uint32_t>(m_context.profile.ssh.hosts.size()) *
                               std::max(1U, m_context.profile.ssh.agentsPerHost);
    }
    Result<void> prepare(std::vector<UnitRecord>& units) override;
    Result<void> start(std::vector<UnitRecord>& units, const std::vector<UnitRecord>& others) override;
    Result<std::map<std::string, UnitStatus>> status(const std::vector<UnitRecord>& units) override;
    Result<void> stop(const std::vector<UnitRecord>& units) override;
    Result<std::string> reach(const UnitRecord& unit, const launch::Reply& reply) override;
    void tend() override { m_tunnels.tend(); }
    void leave(const UnitRecord& unit) override
    {
        m_tunnels.close(unit.key());
        m_used.erase(unit.key());
    }
    Result<void> cleanUp(const std::vector<UnitRecord>& units) override;

private:
    using Groups = std::map<std::pair<std::string, std::string>, std::vector<const UnitRecord*>>;

    bool isLocal() const { return m_context.profile.provider == ProviderKind::Local; }
    Site site(const std::string& host) const
    {
        return Site({host, m_context.profile.sshConfig, std::chrono::seconds(m_context.profile.timeoutSeconds),
                     m_context.stop});
    }
    std::vector<std::string> hosts() const
    {
        return isLocal() ? std::vector<std::string>{""} : m_context.profile.ssh.hosts;
    }
    std::string parentFolder() const
    {
        return m_context.profile.folder.empty() ? defaultFolder : m_context.profile.folder;
    }
    /// Units that share a host and a launch folder.
    static Groups grouped(const std::vector<UnitRecord>& units);
    static std::vector<std::string> arguments(const std::vector<const UnitRecord*>& units);
    std::string leastUsed(const std::vector<std::string>& broken) const;
    Result<std::string> makeReady(const std::string& host);
    Result<std::string> copyAgent(const Site& target, std::string_view facts);
    void readStatus(const Site& target, const std::vector<const UnitRecord*>& units,
                    std::map<std::string, UnitStatus>& found);

    const ProviderContext m_context;
    Tunnels m_tunnels;
    std::map<std::string, std::string> m_agents; ///< host → its agent program, once it is known to work there
    std::map<std::string, std::string> m_used;   ///< unit → its host
};

FleetPlan HostProvider::plan(std::uint32_t nodes) const
{
    FleetPlan plan;
    const auto all = hosts();
    for (std::uint32_t i = 0; i < nodes; ++i) {
        const std::string& host = all[i % all.size()];
        plan.commands.push_back((host.empty() ? std::string() : "ssh -- " + host + " ") +
                                "vitfleet-agent serve --launch-folder " + parentFolder() + "/... --launch-index " +
                                std::to_string(i));
    }
    return plan;
}

HostProvider::Groups HostProvider::grouped(const std::vector<UnitRecord>& units)
{
    Groups groups;
    for (const UnitRecord& unit : units)
        groups[{unit.site, unit.folder}].push_back(&unit);
    return groups;
}

std::vector<std::string> HostProvider::arguments(const std::vector<const UnitRecord*>& units)
{
    std::vector<std::string> values = {units.front()->folder, unitPrefix(units.front()->allocation)};
    for (const UnitRecord* unit : units)
        values.push_back(std::to_string(unit->index));
    return values;
}

/// The host with the fewest agents that may have one more; "-" where there is none.
std::string HostProvider::leastUsed(const std::vector<std::string>& broken) const
{
    std::string best = "-";
    std::ptrdiff_t fewest = 0;
    for (const std::string& host : hosts()) {
        const auto used = std::ranges::count_if(m_used, [&](const auto& entry) { return entry.second == host; });
        if (std::ranges::find(broken, host) != broken.end() ||
            (!isLocal() && used >= std::max<std::ptrdiff_t>(1, m_context.profile.ssh.agentsPerHost)))
            continue;
        if (best == "-" || used < fewest) {
            best = host;
            fewest = used;
        }
    }
    return best;
}

/// The agent program of a host, found or copied there, and seen to start.
Result<std::string> HostProvider::makeReady(const std::string& host)
{
    if (const auto known = m_agents.find(host); known != m_agents.end())
        return known->second;
    const Site target = site(host);
    auto facts = target.shell(scripts::findAgent, {m_context.profile.agent, VITFLEET_VERSION});
    if (!facts)
        return facts.error();
    std::string agent;
    for (const std::string_view line : linesOf(*facts)) {
        if (line.substr(0, 6) == "agent ")
            agent = line.substr(6);
    }
    if (agent.empty()) {
        auto copied = copyAgent(target, *facts);
        if (!copied)
            return copied.error();
        agent = std::move(*copied);
    }
    auto missing = target.shell(scripts::checkAgent, {agent});
    if (!missing)
        return missing.error();
    std::string what;
    for (const std::string_view line : linesOf(*missing))
        what += (what.empty() ? "" : "; ") + std::string(line);
    if (!what.empty())
        return Error{ErrorCode::NodeSystem, (host.empty() ? "this machine" : host) + ": " + what};
    m_agents[host] = agent;
    return agent;
}

Result<std::string> HostProvider::copyAgent(const Site& target, std::string_view facts)
{
    const std::string host = target.isLocal() ? "this machine" : target.host();
    if (m_context.profile.ssh.archive.empty())
        return Error{ErrorCode::NodeSystem, host + ": no vitfleet-agent there, and the profile has no archive to copy"};
    int major = 0, minor = 0;
    std::string machine;
    for (const std::string_view line : linesOf(facts)) {
        if (line.substr(0, 11) == "libc glibc ")
            std::sscanf(std::string(line.substr(11)).c_str(), "%d.%d", &major, &minor);
        else if (line.substr(0, 8) == "machine ")
            machine = line.substr(8);
    }
    // The archive is built where this program is.
    if (major < __GLIBC__ || (major == __GLIBC__ && minor < __GLIBC_MINOR__))
        return Error{ErrorCode::NodeSystem,
                     host + ": glibc " + std::to_string(__GLIBC__) + "." + std::to_string(__GLIBC_MINOR__) +
                         " or newer is needed, it has " +
                         (major > 0 ? std::to_string(major) + "." + std::to_string(minor) : std::string("none"))};
#if defined(__x86_64__)
    if (machine != "x86_64")
        return Error{ErrorCode::NodeSystem, host + ": x86_64 is needed, it is " + machine};
#endif
    auto sent = target.send(scripts::unpack, {VITFLEET_VERSION}, m_context.profile.ssh.archive, copyTimeout);
    if (!sent)
        return sent.error();
    auto again = target.shell(scripts::findAgent, {"", VITFLEET_VERSION});
    if (!again)
        return again.error();
    for (const std::string_view line : linesOf(*again)) {
        if (line.substr(0, 6) == "agent ")
            return std::string(line.substr(6));
    }
    return Error{ErrorCode::NodeSystem, host + ": " + m_context.profile.ssh.archive + " holds no bin/vitfleet-agent"};
}

Result<void> HostProvider::prepare(std::vector<UnitRecord>& units)
{
    std::vector<std::string> broken;
    std::map<std::string, std::string> folders; ///< host → launch folder
    Result<void> outcome;
    std::vector<UnitRecord> ready;
    for (UnitRecord& unit : units) {
        for (;;) {
            const std::string host = leastUsed(broken);
            if (host == "-")
                break;
            if (!folders.contains(host)) {
                auto agent = makeReady(host);
                auto folder = agent ? site(host).makeFolder(parentFolder() + "/" + unit.allocation)
                                    : Result<std::string>(agent.error());
                if (!folder) {
                    outcome = folder.error();
                    broken.push_back(host);
                    continue;
                }
                folders[host] = *folder;
            }
            unit.site = host;
            unit.folder = folders[host];
            m_used[unit.key()] = host;
            ready.push_back(unit);
            break;
        }
    }
    if (ready.size() < units.size() && outcome)
        outcome = Error{ErrorCode::TooManyNodes, "every host of the profile has its agents"};
    units = std::move(ready);
    return outcome;
}

Result<void> HostProvider::start(std::vector<UnitRecord>& units, const std::vector<UnitRecord>&)
{
    Result<void> outcome;
    std::vector<std::string> written;
    for (UnitRecord& unit : units) {
        const Site target = site(unit.site);
        if (std::ranges::find(written, unit.site) == written.end()) {
            if (auto done = target.writeFile(unit.folder + "/" + std::string(launch::requestFile),
                                             launch::formatRequest(m_context.request));
                !done) {
                outcome = done;
                continue;
            }
            written.push_back(unit.site);
        }
        const bool systemd = !isLocal() && m_context.profile.ssh.systemd;
        const std::string index = std::to_string(unit.index);
        auto started = target.shell(scripts::startAgent, {unit.folder, index, m_agents[unit.site],
                                                          systemd ? unitPrefix(unit.allocation) + "-" + index : ""});
        if (!started) {
            // One that may have started all the same is looked for, whatever the others say.
            if (outcome.ok() || outcome.error().code != ErrorCode::ProviderTimeout)
                outcome = started.error();
            continue;
        }
        const auto lines = linesOf(*started);
        const std::string_view id = lines.empty() ? std::string_view() : lines.back();
        unit.providerId = (unit.site.empty() ? "" : unit.site + ":") + std::string(id.substr(id.find(' ') + 1));
    }
    return outcome;
}

void HostProvider::readStatus(const Site& target, const std::vector<const UnitRecord*>& units,
                              std::map<std::string, UnitStatus>& found)
{
    using Phase = UnitStatus::Phase;
    const auto unreachable = [&](const Error& error) {
        for (const UnitRecord* unit : units) {
            found[unit->key()].phase = Phase::Unknown;
            found[unit->key()].reason = error.detail;
        }
    };
    auto text = target.shell(std::string(scripts::common) + scripts::lookAt, arguments(units));
    if (!text)
        return unreachable(text.error());
    auto replies = target.readReplies(units.front()->folder);
    if (!replies)
        return unreachable(replies.error());
    for (const std::string_view line : linesOf(*text)) {
        const std::string_view index = line.substr(0, line.find(' '));
        for (const UnitRecord* unit : units) {
            if (std::to_string(unit->index) != index)
                continue;
            UnitStatus& status = found[unit->key()];
            const std::string_view rest = line.substr(std::min(index.size() + 1, line.size()));
            const bool gone = rest.substr(0, 4) == "gone";
            status.phase = gone ? Phase::Gone : Phase::Running;
            status.reason = gone ? "its process has ended" : "on " + (unit->site.empty() ? "this machine" : unit->site);
            if (gone && rest.size() > 5)
                status.reason += ": " + std::string(rest.substr(5));
            if (rest.substr(0, 4) == "pid ")
                status.providerId = (unit->site.empty() ? "" : unit->site + ":") + std::string(rest.substr(4));
            const auto reply = replies->find(unit->index);
            if (reply == replies->end())
                continue;
            if (auto parsed = launch::parseReply(reply->second))
                status.reply = *parsed;
            else
                status.failure = parsed.error();
        }
    }
}

Result<std::map<std::string, UnitStatus>> HostProvider::status(const std::vector<UnitRecord>& units)
{
    std::map<std::string, UnitStatus> found;
    for (const UnitRecord& unit : units)
        m_used[unit.key()] = unit.site;
    for (const auto& [where, group] : grouped(units))
        readStatus(site(where.first), group, found);
    return found;
}

Result<void> HostProvider::stop(const std::vector<UnitRecord>& units)
{
    Result<void> outcome;
    for (const auto& [where, group] : grouped(units)) {
        auto ended = site(where.first).shell(std::string(scripts::common) + scripts::endAgents, arguments(group));
        if (!ended)
            outcome = ended.error();
    }
    return outcome;
}

Result<std::string> HostProvider::reach(const UnitRecord& unit, const launch::Reply& reply)
{
    using Reach = SshOptions::Reach;
    const Reach how = m_context.profile.ssh.reach;
    const bool everywhere = m_context.request.listen == "*";
    if (unit.site.empty() || how == Reach::Direct ||
        (how == Reach::Auto && answers(reply.address.host, reply.address.port, answerTimeout)))
        return reply.address.line();
    const std::string target =
        (everywhere ? "127.0.0.1" : reply.address.host) + ":" + std::to_string(reply.address.port);
    auto port = m_tunnels.open(unit.key(), target, [this, host = unit.site, target](std::uint16_t local) {
        return site(host).tunnel({"127.0.0.1:" + std::to_string(local) + ":" + target});
    });
    if (!port)
        return port.error();
    transport::AgentAddress here = reply.address;
    here.host = "127.0.0.1";
    here.port = *port;
    return here.line();
}

Result<void> HostProvider::cleanUp(const std::vector<UnitRecord>& units)
{
    Result<void> outcome;
    for (const auto& [where, group] : grouped(units)) {
        if (auto removed = site(where.first).removeFolder(where.second); !removed)
            outcome = removed;
    }
    return outcome;
}

} // namespace

std::unique_ptr<Provider> makeHostProvider(ProviderContext context)
{
    return std::make_unique<HostProvider>(std::move(context));
}

} // namespace vitfleet::app
