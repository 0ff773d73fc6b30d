// SPDX-License-Identifier: GPL-3.0-or-later
// Kubernetes, through kubectl and the user's own context: a StatefulSet for each time that the fleet grows. A lost pod
// comes again under its name, and the highest ordinals are the first to go. docs/user-guide/kubernetes.md.
#include "app/provision/command.h"
#include "app/provision/kubernetes_manifest.h"
#include "app/provision/provider.h"
#include "app/provision/site.h"
#include "app/provision/tunnels.h"
#include "shared/transport/keys.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace vitfleet::app {
namespace {

using Json = nlohmann::json;

/// Of JSON that may have another shape than expected: nothing where it has.
std::string textAt(const Json& json, const char* pointer)
{
    const Json::json_pointer where(pointer);
    return json.contains(where) && json.at(where).is_string() ? json.at(where).get<std::string>() : std::string();
}

/// Why a pod does not run yet.
std::string waitingFor(const Json& pod)
{
    const Json::json_pointer containers("/status/containerStatuses"), conditions("/status/conditions");
    if (pod.contains(containers) && pod.at(containers).is_array()) {
        for (const Json& container : pod.at(containers)) {
            const std::string reason = textAt(container, "/state/waiting/reason");
            if (reason == "ImagePullBackOff" || reason == "ErrImagePull")
                return "its image cannot be fetched: " + textAt(container, "/state/waiting/message");
            if (reason == "CrashLoopBackOff")
                return "its agent ends again and again: " + textAt(container, "/lastState/terminated/reason");
            if (!reason.empty() && reason != "ContainerCreating")
                return "waits (" + reason + ")";
        }
    }
    if (pod.contains(conditions) && pod.at(conditions).is_array()) {
        for (const Json& condition : pod.at(conditions)) {
            if (textAt(condition, "/type") == "PodScheduled" && textAt(condition, "/status") == "False")
                return "waits for a node: " + textAt(condition, "/message");
        }
    }
    return "is being created";
}

class KubernetesProvider : public Provider
{
public:
    explicit KubernetesProvider(ProviderContext context)
        : m_context(std::move(context)), m_cluster(m_context.profile.kubernetes.context),
          m_nameSpace(m_context.profile.kubernetes.nameSpace)
    {
    }

    FleetPlan plan(std::uint32_t nodes) const override
    {
        FleetPlan plan;
        plan.commands = {shown(kubectl({"apply", "-f", "-"}))};
        plan.script =
            kubernetes::manifest(m_context.profile, m_context.request, std::string(32, '0'), nodes).dump(2) + "\n";
        return plan;
    }
    bool endsFromTheTail() const override { return true; }
    Result<void> prepare(std::vector<UnitRecord>& units) override;
    Result<void> start(std::vector<UnitRecord>& units, const std::vector<UnitRecord>&) override;
    Result<std::map<std::string, UnitStatus>> status(const std::vector<UnitRecord>& units) override;
    Result<void> stop(const std::vector<UnitRecord>& units) override;
    Result<std::string> reach(const UnitRecord& unit, const launch::Reply& reply) override;
    void tend() override { m_tunnels.tend(); }
    void leave(const UnitRecord& unit) override
    {
        m_tunnels.close(unit.key());
        m_replies.erase(unit.key());
    }
    Result<void> cleanUp(const std::vector<UnitRecord>& units) override;

private:
    std::vector<std::string> kubectl(const std::vector<std::string>& arguments) const;
    Result<std::string> ask(const std::vector<std::string>& arguments, const std::string& input = {}) const
    {
        return runOrRefuse({kubectl(arguments), input, {}, std::chrono::seconds(m_context.profile.timeoutSeconds)},
                           m_context.stop);
    }
    static std::string podName(const UnitRecord& unit)
    {
        return kubernetes::objectName(unit.allocation) + "-" + std::to_string(unit.index);
    }
    void readPod(const UnitRecord& unit, const Json& pod, UnitStatus& status);
    Result<std::string> readReply(const UnitRecord& unit, const Json& pod);
    std::string selector(const std::vector<UnitRecord>& units) const;

    const ProviderContext m_context;
    std::string m_cluster, m_nameSpace; ///< kubectl's context; empty until its own has been asked for
    Tunnels m_tunnels;
    struct KnownReply
    {
        std::string start; ///< of which pod, and which start of its agent
        std::string text;
    };
    std::map<std::string, KnownReply> m_replies; ///< by unit
};

/// What kubectl means without a context changes with `kubectl config use-context`: asked for once, and kept with the
/// units, which would otherwise be looked for in another cluster.
Result<void> KubernetesProvider::prepare(std::vector<UnitRecord>& units)
{
    const auto line = [this](std::vector<std::string> arguments) {
        auto said = ask(arguments);
        if (said)
            said->erase(std::min(said->find_last_not_of(" \n") + 1, said->size()));
        return said;
    };
    if (m_cluster.empty()) {
        const auto context = line({"config", "current-context"});
        if (!context) {
            units.clear();
            return context.error();
        }
        m_cluster = *context;
    }
    if (m_nameSpace.empty()) {
        const auto nameSpace = line({"config", "view", "--minify", "-o", "jsonpath={..namespace}"});
        if (!nameSpace) {
            units.clear();
            return nameSpace.error();
        }
        m_nameSpace = nameSpace->empty() ? "default" : *nameSpace;
    }
    for (UnitRecord& unit : units)
        unit.site = m_cluster + "/" + m_nameSpace;
    return {};
}

std::vector<std::string> KubernetesProvider::kubectl(const std::vector<std::string>& arguments) const
{
    std::vector<std::string> command = {"kubectl"};
    if (!m_cluster.empty())
        command.push_back("--context=" + m_cluster);
    if (!m_nameSpace.empty())
        command.push_back("--namespace=" + m_nameSpace);
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
}

std::string KubernetesProvider::selector(const std::vector<UnitRecord>& units) const
{
    std::set<std::string> allocations;
    for (const UnitRecord& unit : units)
        allocations.insert(unit.allocation);
    std::string list;
    for (const std::string& allocation : allocations)
        list += (list.empty() ? "" : ",") + allocation;
    return std::string(kubernetes::allocationLabel) + " in (" + list + ")";
}

Result<void> KubernetesProvider::start(std::vector<UnitRecord>& units, const std::vector<UnitRecord>&)
{
    const Json manifest = kubernetes::manifest(m_context.profile, m_context.request, units.front().allocation,
                                               static_cast<std::uint32_t>(units.size()));
    if (auto applied = ask({"apply", "-f", "-"}, manifest.dump()); !applied)
        return applied.error();
    for (UnitRecord& unit : units)
        unit.providerId = podName(unit);
    return {};
}

/// Over the cluster's own authenticated way: the key in it is as good as one of a launch channel. Read once for each
/// start of an agent: a call for every pod at every look would be most of what is asked of the cluster.
Result<std::string> KubernetesProvider::readReply(const UnitRecord& unit, const Json& pod)
{
    const Json::json_pointer restarts("/status/containerStatuses/0/restartCount"),
        ready("/status/containerStatuses/0/ready");
    const std::string uid = textAt(pod, "/metadata/uid");
    const std::string start = uid + '/' + (pod.contains(restarts) ? pod.at(restarts).dump() : std::string());
    const auto known = m_replies.find(unit.key());
    if (known != m_replies.end() && known->second.start == start)
        return known->second.text;
    auto text =
        ask({"exec", podName(unit), "-c", "agent", "--", "cat", "/run/vitfleet/" + launch::replyFile(unit.index)});
    // A container that has just started anew still has the file of the one before: its agent answers once it is ready.
    if (text && !uid.empty() && pod.contains(ready) && pod.at(ready) == true)
        m_replies[unit.key()] = {start, *text};
    return text;
}

void KubernetesProvider::readPod(const UnitRecord& unit, const Json& pod, UnitStatus& status)
{
    using Phase = UnitStatus::Phase;
    status.providerId = podName(unit);
    const bool leaving = pod.contains(Json::json_pointer("/metadata/deletionTimestamp"));
    if (leaving || textAt(pod, "/status/phase") != "Running") {
        status.phase = Phase::Pending;
        status.reason = leaving ? "its old pod ends" : waitingFor(pod);
        return;
    }
    status.phase = Phase::Running;
    status.reason = "on " + textAt(pod, "/spec/nodeName");
    const auto text = readReply(unit, pod);
    if (!text)
        return; // it has just started
    if (auto reply = launch::parseReply(*text))
        status.reply = *reply;
    else
        status.failure = reply.error();
}

Result<std::map<std::string, UnitStatus>> KubernetesProvider::status(const std::vector<UnitRecord>& units)
{
    using Phase = UnitStatus::Phase;
    auto text = ask({"get", "statefulsets,pods", "-l", selector(units), "-o", "json"});
    if (!text)
        return text.error();
    const Json json = Json::parse(*text, nullptr, false);
    if (!json.is_object() || !json.contains("items") || !json["items"].is_array())
        return Error{ErrorCode::ProviderRefused, "kubectl: this is no list"};
    std::map<std::string, std::uint32_t> replicas;
    std::map<std::string, const Json*> pods;
    for (const Json& item : json["items"]) {
        if (textAt(item, "/kind") == "Pod")
            pods[textAt(item, "/metadata/name")] = &item;
        else if (item.contains(Json::json_pointer("/spec/replicas")) &&
                 item.at(Json::json_pointer("/spec/replicas")).is_number_unsigned())
            replicas[textAt(item, "/metadata/name")] =
                item.at(Json::json_pointer("/spec/replicas")).get<std::uint32_t>();
    }
    std::map<std::string, UnitStatus> found;
    for (const UnitRecord& unit : units) {
        UnitStatus& status = found[unit.key()];
        const auto set = replicas.find(kubernetes::objectName(unit.allocation));
        const auto pod = pods.find(podName(unit));
        if (set == replicas.end() || unit.index >= set->second) {
            // Its pod may still be finishing.
            status.phase = pod == pods.end() ? Phase::Gone : Phase::Unknown;
            status.reason = set == replicas.end() ? "its StatefulSet was deleted" : "its StatefulSet was made smaller";
            status.byHand = true;
        } else if (pod == pods.end()) {
            status.phase = Phase::Pending;
            status.reason = "is being created";
        } else {
            readPod(unit, *pod->second, status);
        }
    }
    return found;
}

/// Units of one set are always its highest ordinals: see endsFromTheTail().
Result<void> KubernetesProvider::stop(const std::vector<UnitRecord>& units)
{
    std::map<std::string, std::uint32_t> rest;
    for (const UnitRecord& unit : units) {
        const auto [entry, isNew] = rest.emplace(unit.allocation, unit.index);
        entry->second = std::min(entry->second, unit.index);
    }
    Result<void> outcome;
    for (const auto& [allocation, count] : rest) {
        auto scaled =
            ask({"scale", "statefulset", kubernetes::objectName(allocation), "--replicas=" + std::to_string(count)});
        if (!scaled && scaled.error().detail.find("NotFound") == std::string::npos &&
            scaled.error().detail.find("not found") == std::string::npos)
            outcome = scaled.error();
    }
    return outcome;
}

Result<std::string> KubernetesProvider::reach(const UnitRecord& unit, const launch::Reply& reply)
{
    const std::string target = podName(unit) + "/" + reply.address.key->toBase32();
    auto port = m_tunnels.open(unit.key(), target, [this, pod = podName(unit)](std::uint16_t local) {
        return kubectl({"port-forward", "--address=127.0.0.1", "pod/" + pod,
                        std::to_string(local) + ":" + std::to_string(kubernetes::agentPort)});
    });
    if (!port)
        return port.error();
    transport::AgentAddress here = reply.address;
    here.host = "127.0.0.1";
    here.port = *port;
    return here.line();
}

Result<void> KubernetesProvider::cleanUp(const std::vector<UnitRecord>& units)
{
    if (units.empty() || !isAllocation(units.front().allocation))
        return {};
    auto deleted = ask({"delete", "statefulset,service,secret,networkpolicy", "-l",
                        std::string(kubernetes::allocationLabel) + "=" + units.front().allocation, "--ignore-not-found",
                        "--wait=false"});
    return deleted ? Result<void>() : deleted.error();
}

} // namespace

std::unique_ptr<Provider> makeKubernetesProvider(ProviderContext context)
{
    return std::make_unique<KubernetesProvider>(std::move(context));
}

} // namespace vitfleet::app
