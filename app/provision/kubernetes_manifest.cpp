// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/kubernetes_manifest.h"

#include <nlohmann/json.hpp>

namespace vitfleet::app::kubernetes {
namespace {

using Json = nlohmann::json;

constexpr int userId = 65532; ///< "nonroot" of distroless images; the container file makes it
constexpr int secretMode = 0440;
constexpr int drainSeconds = 30; ///< limits::drainTimeout and the agent's last words

Json labels(const std::string& allocation)
{
    return {{"app.kubernetes.io/name", "vitfleet-agent"},
            {"app.kubernetes.io/managed-by", "vitfleet"},
            {allocationLabel, allocation}};
}

Json meta(const Profile& profile, const std::string& allocation)
{
    Json metadata = {{"name", objectName(allocation)}, {"labels", labels(allocation)}};
    if (!profile.kubernetes.nameSpace.empty())
        metadata["namespace"] = profile.kubernetes.nameSpace;
    return metadata;
}

Json volumes(const Profile& profile, const std::string& allocation)
{
    const KubernetesOptions& options = profile.kubernetes;
    Json list = Json::array();
    list.push_back(
        {{"name", "launch"}, {"secret", {{"secretName", objectName(allocation)}, {"defaultMode", secretMode}}}});
    list.push_back({{"name", "run"}, {"emptyDir", {{"medium", "Memory"}, {"sizeLimit", "16Mi"}}}});
    list.push_back({{"name", "tmp"}, {"emptyDir", {{"sizeLimit", "1Gi"}}}});
    list.push_back({{"name", "shm"}, {"emptyDir", {{"medium", "Memory"}, {"sizeLimit", "512Mi"}}}});
    if (options.modelClaim.empty())
        list.push_back({{"name", "models"}, {"emptyDir", Json::object()}});
    else
        list.push_back({{"name", "models"}, {"persistentVolumeClaim", {{"claimName", options.modelClaim}}}});
    if (!options.dataClaim.empty())
        list.push_back(
            {{"name", "data"}, {"persistentVolumeClaim", {{"claimName", options.dataClaim}, {"readOnly", true}}}});
    return list;
}

Json container(const Profile& profile)
{
    const KubernetesOptions& options = profile.kubernetes;
    Json mounts = Json::array({{{"name", "launch"}, {"mountPath", "/etc/vitfleet/launch"}, {"readOnly", true}},
                               {{"name", "run"}, {"mountPath", "/run/vitfleet"}},
                               {{"name", "tmp"}, {"mountPath", "/tmp"}},
                               {{"name", "shm"}, {"mountPath", "/dev/shm"}},
                               {{"name", "models"}, {"mountPath", "/var/cache/vitfleet"}}});
    if (!options.dataClaim.empty())
        mounts.push_back({{"name", "data"}, {"mountPath", "/data"}, {"readOnly", true}});
    Json limits = {{"cpu", options.cpu}, {"memory", options.memory}};
    if (options.gpus > 0)
        limits["nvidia.com/gpu"] = std::to_string(options.gpus);
    const Json port = {{"tcpSocket", {{"port", "agent"}}}};
    Json startup = port, ready = port, alive = port;
    startup.update({{"periodSeconds", 2}, {"failureThreshold", 30}});
    ready.update({{"periodSeconds", 5}});
    alive.update({{"periodSeconds", 10}, {"failureThreshold", 6}});
    return {
        {"name", "agent"},
        {"image", options.image},
        // The ordinal is the end of the pod's name; the shell becomes the agent.
        {"command",
         {"/bin/sh", "-c",
          "exec vitfleet-agent serve --launch-folder /etc/vitfleet/launch --launch-index "
          "\"${HOSTNAME##*-}\""}},
        {"env", Json::array({{{"name", "VITFLEET_REPLY_FOLDER"}, {"value", "/run/vitfleet"}},
                             {{"name", "POD_NAME"}, {"valueFrom", {{"fieldRef", {{"fieldPath", "metadata.name"}}}}}}})},
        {"ports", Json::array({{{"name", "agent"}, {"containerPort", agentPort}, {"protocol", "TCP"}}})},
        {"resources", {{"requests", limits}, {"limits", limits}}},
        {"startupProbe", startup},
        {"readinessProbe", ready},
        {"livenessProbe", alive},
        {"securityContext",
         {{"allowPrivilegeEscalation", false},
          {"readOnlyRootFilesystem", true},
          {"capabilities", {{"drop", Json::array({"ALL"})}}}}},
        {"volumeMounts", mounts}};
}

Json podSpec(const Profile& profile, const std::string& allocation)
{
    const KubernetesOptions& options = profile.kubernetes;
    Json spec = {{"automountServiceAccountToken", false},
                 {"enableServiceLinks", false},
                 {"terminationGracePeriodSeconds", drainSeconds},
                 {"securityContext",
                  {{"runAsNonRoot", true},
                   {"runAsUser", userId},
                   {"runAsGroup", userId},
                   {"fsGroup", userId},
                   {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
                 {"containers", Json::array({container(profile)})},
                 {"volumes", volumes(profile, allocation)}};
    if (!options.serviceAccount.empty())
        spec["serviceAccountName"] = options.serviceAccount;
    if (!options.imagePullSecret.empty())
        spec["imagePullSecrets"] = Json::array({{{"name", options.imagePullSecret}}});
    return spec;
}

} // namespace

std::string objectName(const std::string& allocation)
{
    return "vitfleet-" + allocation;
}

Json manifest(const Profile& profile, launch::Request request, const std::string& allocation, std::uint32_t pods)
{
    request.listen = "*";
    request.port = agentPort;
    request.modelCache = "/var/cache/vitfleet";
    if (request.dataRoots.empty() && !profile.kubernetes.dataClaim.empty())
        request.dataRoots = {"/data"};
    const Json metadata = meta(profile, allocation);
    const Json selector = {{"matchLabels", {{allocationLabel, allocation}}}};
    Json items = Json::array();
    items.push_back({{"apiVersion", "v1"},
                     {"kind", "Secret"},
                     {"metadata", metadata},
                     {"type", "Opaque"},
                     {"stringData", {{std::string(launch::requestFile), launch::formatRequest(request)}}}});
    // Nobody connects but kubectl port-forward, which enters the pod by itself; the agent connects to nobody.
    items.push_back({{"apiVersion", "networking.k8s.io/v1"},
                     {"kind", "NetworkPolicy"},
                     {"metadata", metadata},
                     {"spec",
                      {{"podSelector", selector},
                       {"policyTypes", Json::array({"Ingress", "Egress"})},
                       {"ingress", Json::array()},
                       {"egress", Json::array()}}}});
    items.push_back({{"apiVersion", "v1"},
                     {"kind", "Service"},
                     {"metadata", metadata},
                     {"spec",
                      {{"clusterIP", "None"},
                       {"selector", {{allocationLabel, allocation}}},
                       {"ports", Json::array({{{"name", "agent"}, {"port", agentPort}, {"protocol", "TCP"}}})}}}});
    items.push_back(
        {{"apiVersion", "apps/v1"},
         {"kind", "StatefulSet"},
         {"metadata", metadata},
         {"spec",
          {{"replicas", pods},
           {"serviceName", objectName(allocation)},
           {"podManagementPolicy", "Parallel"},
           {"selector", selector},
           {"template", {{"metadata", {{"labels", labels(allocation)}}}, {"spec", podSpec(profile, allocation)}}}}}});
    return {{"apiVersion", "v1"}, {"kind", "List"}, {"items", items}};
}

} // namespace vitfleet::app::kubernetes
