// SPDX-License-Identifier: GPL-3.0-or-later
// Slurm: one job array for each time that the fleet grows, one task of it a node. One call submits them all, and every
// task has its own queue place, reason, time limit and end. docs/user-guide/slurm.md.
#include "app/provision/provider.h"
#include "app/provision/site.h"
#include "app/provision/slurm_words.h"
#include "app/provision/tunnels.h"
#include "shared/transport/keys.h"

#include <algorithm>
#include <array>
#include <set>

namespace vitfleet::app {
namespace {

constexpr const char* defaultFolder = ".cache/vitfleet/launch";
constexpr const char* namePrefix = "vitfleet-";
constexpr std::uint32_t usualArray = 1001;   ///< Slurm's own value of MaxArraySize
constexpr std::size_t cancelledAtOnce = 500; ///< numbers in one command line, also where ssh makes one word of it

std::vector<std::string_view> fields(std::string_view line, char separator)
{
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find(separator, begin), line.size());
        parts.push_back(line.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

std::vector<std::string_view> linesOf(std::string_view text)
{
    std::vector<std::string_view> lines = fields(text, '\n');
    std::erase(lines, std::string_view());
    return lines;
}

class SlurmProvider : public Provider
{
public:
    explicit SlurmProvider(ProviderContext context)
        : m_context(std::move(context)),
          m_site({m_context.profile.slurm.login, m_context.profile.sshConfig,
                  std::chrono::seconds(m_context.profile.timeoutSeconds), m_context.stop})
    {
    }

    FleetPlan plan(std::uint32_t nodes) const override;
    std::uint32_t mostAtOnce() override;
    Result<void> prepare(std::vector<UnitRecord>& units) override;
    Result<void> start(std::vector<UnitRecord>& units, const std::vector<UnitRecord>& others) override;
    Result<std::map<std::string, UnitStatus>> status(const std::vector<UnitRecord>& units) override;
    Result<void> stop(const std::vector<UnitRecord>& units) override;
    Result<std::string> reach(const UnitRecord& unit, const launch::Reply& reply) override;
    void tend() override { m_tunnels.tend(); }
    void leave(const UnitRecord& unit) override { m_tunnels.close(unit.key()); }
    Result<void> cleanUp(const std::vector<UnitRecord>& units) override
    {
        return units.empty() ? Result<void>() : m_site.removeFolder(units.front().folder);
    }

private:
    std::string script(const std::string& allocation, const std::string& folder, std::size_t count) const;
    std::string containerCommand(const std::string& folder) const;
    std::string agentProgram() const;
    Result<void> addReplies(const std::vector<UnitRecord>& units, std::map<std::string, UnitStatus>& found);
    void askAccounting(const UnitRecord& unit, UnitStatus& status);

    const ProviderContext m_context;
    const Site m_site;
    Tunnels m_tunnels;
    std::uint32_t m_arraySize = 0; ///< MaxArraySize; 0: not asked for yet
};

std::string SlurmProvider::agentProgram() const
{
    return m_context.profile.agent.empty() ? "vitfleet-agent" : m_context.profile.agent;
}

/// problemsOf() has seen the values: none of them can end its line or its quotes.
std::string SlurmProvider::script(const std::string& allocation, const std::string& folder, std::size_t count) const
{
    const SlurmOptions& slurm = m_context.profile.slurm;
    // A login shell where modules are wanted: what they are loaded with is often defined in its start-up files only.
    std::string text = slurm.modules.empty() ? "#!/bin/bash\n" : "#!/bin/bash -l\n";
    const auto option = [&text](const std::string& line) { text += "#SBATCH " + line + "\n"; };
    option("--job-name=" + std::string(namePrefix) + allocation);
    option("--array=0-" + std::to_string(count - 1));
    option("--nodes=1");
    option("--ntasks=1");
    if (slurm.cpus > 0)
        option("--cpus-per-task=" + std::to_string(slurm.cpus));
    const std::array<std::pair<const char*, const std::string*>, 7> options = {{{"--partition=", &slurm.partition},
                                                                                {"--account=", &slurm.account},
                                                                                {"--qos=", &slurm.qos},
                                                                                {"--time=", &slurm.time},
                                                                                {"--constraint=", &slurm.constraint},
                                                                                {"--gpus-per-node=", &slurm.gpus},
                                                                                {"--mem=", &slurm.memory}}};
    for (const auto& [name, value] : options) {
        if (!value->empty())
            option(name + ("\"" + *value + "\""));
    }
    // To the script itself, which is the agent by then: it drains, and leaves in good order.
    option("--signal=B:TERM@" + std::to_string(slurm.signalSeconds));
    option(slurm.requeue ? "--requeue" : "--no-requeue");
    option("--open-mode=append");
    option("--output=\"" + folder + "/job-%a.log\"");
    // sbatch's own choice is where this application was started, which a node need not have.
    option("--chdir=\"" + (slurm.workingDirectory.empty() ? folder : slurm.workingDirectory) + "\"");
    text += "umask 077\n";
    for (const std::string& module : slurm.modules)
        text += "module load " + shellQuoted(module) + " || exit 1\n";
    text += "exec " + containerCommand(folder);
    // The key of the application is in the folder's request.json (mode 0600), and in no argument.
    text += shellQuotedPath(agentProgram()) + " serve --launch-folder " + shellQuoted(folder) +
            " --launch-index \"$SLURM_ARRAY_TASK_ID\"\n";
    return text;
}

/// What stands before the agent's own command: nothing, or apptainer with the folders that the agent needs.
std::string SlurmProvider::containerCommand(const std::string& folder) const
{
    const Profile& profile = m_context.profile;
    if (profile.slurm.container.empty())
        return {};
    std::string text = "apptainer exec ";
    if (!profile.slurm.gpus.empty())
        text += "--nv ";
    text += "--bind " + shellQuoted(folder) + " ";
    for (const auto* roots : {&profile.dataRoots, &profile.modelRoots}) {
        for (const std::string& root : *roots)
            text += "--bind " + shellQuoted(root + ":" + root + ":ro") + " ";
    }
    if (!profile.modelCache.empty())
        text += "--bind " + shellQuoted(profile.modelCache) + " ";
    return text + shellQuotedPath(profile.slurm.container) + " ";
}

FleetPlan SlurmProvider::plan(std::uint32_t nodes) const
{
    FleetPlan plan;
    const std::string allocation(32, '0');
    const std::string folder =
        (m_context.profile.folder.empty() ? defaultFolder : m_context.profile.folder) + "/" + allocation;
    // Nobody is asked while it is only looked at.
    const std::uint32_t most = m_arraySize > 0 ? m_arraySize : usualArray;
    const std::uint32_t count = std::max<std::uint32_t>(nodes, 1);
    plan.commands.assign((count + most - 1) / most, shown(m_site.wrapped({"sbatch", "--parsable"})));
    plan.script = script(allocation, folder, std::min(count, most));
    return plan;
}

/// An array is as long as slurm.conf allows; a controller that does not tell has the usual limit.
std::uint32_t SlurmProvider::mostAtOnce()
{
    if (m_arraySize == 0) {
        const auto output = m_site.run({"scontrol", "show", "config"});
        const auto size = output && output->status == 0 ? slurm::maxArraySize(output->output) : std::nullopt;
        m_arraySize = std::max(1U, size.value_or(usualArray));
    }
    return m_arraySize;
}

Result<void> SlurmProvider::prepare(std::vector<UnitRecord>& units)
{
    const std::string parent = m_context.profile.folder.empty() ? defaultFolder : m_context.profile.folder;
    auto folder = m_site.makeFolder(parent + "/" + units.front().allocation);
    if (!folder) {
        units.clear();
        return folder.error();
    }
    for (UnitRecord& unit : units) {
        unit.site = m_context.profile.slurm.login;
        unit.folder = *folder;
    }
    return {};
}

Result<void> SlurmProvider::start(std::vector<UnitRecord>& units, const std::vector<UnitRecord>&)
{
    const std::string& folder = units.front().folder;
    if (auto written =
            m_site.writeFile(folder + "/" + std::string(launch::requestFile), launch::formatRequest(m_context.request));
        !written)
        return written;
    auto answer = m_site.ask({"sbatch", "--parsable"}, script(units.front().allocation, folder, units.size()));
    if (!answer)
        return answer.error();
    // "17" or "17;cluster"
    const auto lines = linesOf(*answer);
    const std::string_view job = lines.empty() ? std::string_view() : fields(lines.back(), ';').front();
    if (job.empty() || job.find_first_not_of("0123456789") != job.npos)
        return Error{ErrorCode::ProviderRefused, "sbatch: " + *answer};
    for (UnitRecord& unit : units)
        unit.providerId = std::string(job) + "_" + std::to_string(unit.index);
    return {};
}

Result<std::map<std::string, UnitStatus>> SlurmProvider::status(const std::vector<UnitRecord>& units)
{
    std::set<std::string> names;
    for (const UnitRecord& unit : units)
        names.insert(namePrefix + unit.allocation);
    std::string list;
    for (const std::string& name : names)
        list += (list.empty() ? "" : ",") + name;
    // Its own format: that of --json has changed between releases. By name: that is known before the job's number is.
    auto text = m_site.ask({"squeue", "--me", "-r", "-h", "-t", "all", "--name=" + list, "-o", "%i|%j|%K|%T|%r|%N"});
    if (!text)
        return text.error();
    std::map<std::string, UnitStatus> found;
    for (const std::string_view line : linesOf(*text)) {
        const auto parts = fields(line, '|');
        if (parts.size() < 6 || parts[1].substr(0, std::string_view(namePrefix).size()) != namePrefix)
            continue;
        UnitStatus status = slurm::statusOf(parts[3], parts[4], parts[5]);
        status.providerId = parts[0];
        found[std::string(parts[1].substr(std::string_view(namePrefix).size())) + "/" + std::string(parts[2])] =
            std::move(status);
    }
    for (const UnitRecord& unit : units) {
        const auto [entry, isMissing] = found.try_emplace(unit.key());
        UnitStatus& status = entry->second;
        if (!isMissing)
            continue;
        status.phase = UnitStatus::Phase::Gone;
        status.reason = "it is not in Slurm's queue any more";
        if (!unit.providerId.empty())
            askAccounting(unit, status);
    }
    if (auto added = addReplies(units, found); !added)
        return added.error();
    return found;
}

Result<void> SlurmProvider::addReplies(const std::vector<UnitRecord>& units, std::map<std::string, UnitStatus>& found)
{
    std::map<std::string, std::map<std::uint32_t, std::string>> folders;
    for (const UnitRecord& unit : units) {
        UnitStatus& status = found[unit.key()];
        if (status.phase != UnitStatus::Phase::Running)
            continue;
        if (!folders.contains(unit.folder)) {
            auto replies = m_site.readReplies(unit.folder);
            if (!replies)
                return replies.error();
            folders[unit.folder] = std::move(*replies);
        }
        const auto text = folders[unit.folder].find(unit.index);
        if (text == folders[unit.folder].end())
            continue;
        if (auto reply = launch::parseReply(text->second))
            status.reply = *reply;
        else
            status.failure = reply.error();
    }
    return {};
}

/// Where there is no accounting that says so, and the end has no words.
void SlurmProvider::askAccounting(const UnitRecord& unit, UnitStatus& status)
{
    const auto output = m_site.run({"sacct", "-n", "-P", "-X", "-j", unit.providerId, "-o", "State"});
    if (!output || output->status != 0)
        return;
    const auto lines = linesOf(output->output);
    if (!lines.empty()) {
        const UnitStatus said = slurm::statusOf(lines.back(), {}, {});
        if (said.phase == UnitStatus::Phase::Gone)
            status = said;
    }
}

Result<void> SlurmProvider::stop(const std::vector<UnitRecord>& units)
{
    std::vector<std::vector<std::string>> commands;
    std::set<std::string> unnumbered;
    for (const UnitRecord& unit : units) {
        if (unit.providerId.empty()) {
            unnumbered.insert(namePrefix + unit.allocation);
            continue;
        }
        if (commands.empty() || commands.back().size() > cancelledAtOnce)
            commands.push_back({"scancel"});
        commands.back().push_back(unit.providerId);
    }
    for (const std::string& name : unnumbered)
        commands.push_back({"scancel", "--me", "--name=" + name});
    for (const auto& command : commands) {
        const auto output = m_site.run(command);
        if (!output)
            return output.error();
        if (output->status != 0 && output->errors.find("Invalid job id") == std::string::npos &&
            output->errors.find("already complet") == std::string::npos)
            return refusal("scancel", *output);
    }
    return {};
}

Result<std::string> SlurmProvider::reach(const UnitRecord& unit, const launch::Reply& reply)
{
    if (m_site.isLocal())
        return reply.address.line();
    const std::string target = reply.address.hostPort();
    auto port = m_tunnels.open(unit.key(), target, [this, target](std::uint16_t local) {
        return m_site.tunnel({"127.0.0.1:" + std::to_string(local) + ":" + target});
    });
    if (!port)
        return port.error();
    transport::AgentAddress here = reply.address;
    here.host = "127.0.0.1";
    here.port = *port;
    return here.line();
}

} // namespace

std::unique_ptr<Provider> makeSlurmProvider(ProviderContext context)
{
    return std::make_unique<SlurmProvider>(std::move(context));
}

} // namespace vitfleet::app
