// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/json.h"

#include "app/core/text.h"

#include <nlohmann/json.hpp>

namespace vitfleet::cli {

using nlohmann::json;

namespace {

json timeJson(const std::optional<app::UnixMs>& time)
{
    return time ? json(app::text::utcTime(*time)) : json();
}

} // namespace

json toJson(const Error& error)
{
    if (error.code == ErrorCode::None)
        return nullptr;
    return {{"code", info(error.code).name}, {"detail", error.detail}};
}

json accuracyJson(const app::RunRecord& run)
{
    const auto accuracy = app::text::accuracy(run.correct, run.incorrect, run.expectedKnown, run.expectedMatched);
    if (!accuracy.isShown)
        return nullptr;
    return {{"value", accuracy.value}, {"low", accuracy.interval.low}, {"high", accuracy.interval.high}};
}

json toJson(const app::PrecisionCheck& check)
{
    const auto interval = app::text::wilson(check.agreed, check.compared);
    const bool measured = check.compared > 0;
    return {{"kind", check.kindText},
            {"precision", check.precision},
            {"verdict", app::text::name(check.verdict)},
            {"sample", check.sample},
            {"compared", check.compared},
            {"agreed", check.agreed},
            {"agreement", measured ? json(static_cast<double>(check.agreed) / check.compared) : json()},
            {"low", measured ? json(interval.low) : json()},
            {"high", measured ? json(interval.high) : json()},
            {"floor", check.floor},
            {"largest_score_difference", measured ? json(check.largestDifference) : json()},
            {"short_run", check.isShort},
            {"from_run", check.from.value ? json(check.from.value) : json()},
            {"reason", check.reason},
            {"text", app::text::precisionText(check)}};
}

namespace {

json checksJson(const std::vector<app::PrecisionCheck>& checks)
{
    json list = json::array();
    for (const app::PrecisionCheck& check : checks)
        list.push_back(toJson(check));
    return list;
}

} // namespace

json toJson(const app::RunRecord& run)
{
    return {{"run", run.id.value},
            {"uid", run.uid},
            {"state", app::text::name(run.state)},
            {"created_at", app::text::utcTime(run.createdAt)},
            {"started_at", timeJson(run.startedAt)},
            {"finished_at", timeJson(run.finishedAt)},
            {"data", run.dataPath},
            {"data_kind", run.dataKind},
            {"limit", run.limit},
            {"model", run.modelPath},
            {"model_name", run.modelName},
            {"model_sha256", run.modelSha256},
            {"backend", run.backend},
            {"precision", run.precision},
            {"precision_floor", run.precisionFloor},
            {"precision_checks", checksJson(run.precisionChecks)},
            {"device", run.device},
            {"local_agents", run.localAgents},
            {"agents", run.agents},
            {"nodes_wanted", run.nodesWanted},
            {"planned", run.planned},
            {"scan_complete", run.scanComplete},
            {"labelled", run.labelled},
            {"errors", run.errors},
            {"correct", run.correct},
            {"incorrect", run.incorrect},
            {"expected_known", run.expectedKnown},
            {"expected_matched", run.expectedMatched},
            {"accuracy", accuracyJson(run)},
            {"duplicates_refused", run.duplicatesRefused},
            {"redispatched", run.redispatched},
            {"synthetic", run.synthetic},
            {"failure", toJson(run.failure)}};
}

json costsJson(const std::vector<app::RunCostRecord>& costs)
{
    json list = json::array();
    for (const app::RunCostRecord& cost : costs)
        list.push_back({{"profile", cost.profile},
                        {"node_seconds", cost.nodeSeconds},
                        {"price", cost.price},
                        {"currency", cost.currency},
                        {"joules", cost.joules ? json(*cost.joules) : json()}});
    return list;
}

json toJson(const app::NodeRecord& node)
{
    return {{"name", node.name},
            {"address", node.address},
            {"host", node.host},
            {"cpu", node.cpuModel},
            {"gpu", node.gpu},
            {"software", node.software},
            {"device", node.device},
            {"backend", node.backend},
            {"backend_version", node.backendVersion},
            {"precision", node.precision},
            {"cores", node.cores},
            {"replicas", node.replicas},
            {"memory_bytes", node.memoryBytes},
            {"labelled", node.labelled},
            {"errors", node.errors}};
}

json toJson(const app::EventRecord& event)
{
    return {{"event", app::text::name(event.kind)},
            {"at", app::text::utcTime(event.at)},
            {"run", event.run.value ? json(event.run.value) : json()},
            {"node", event.node.empty() ? json() : json(event.node)},
            {"error", toJson(event.error)},
            {"count", event.count},
            {"text", app::text::eventText(event)}};
}

json toJson(const app::Seal& seal)
{
    return {{"holds", seal.holds()},
            {"planned", seal.planned},
            {"labelled", seal.labelled},
            {"errors", seal.errors},
            {"lost", seal.lost},
            {"doubled", seal.doubled},
            {"duplicates_refused", seal.duplicatesRefused},
            {"redispatched", seal.redispatched}};
}

json toJson(const app::NodeSnapshot& node)
{
    // A thousand of these a second: each pair of an initialiser list would first become an array.
    json::object_t object;
    object.emplace("name", node.name);
    object.emplace("address", node.address);
    object.emplace("local", node.local);
    object.emplace("state", app::text::name(node.state));
    object.emplace("reason", toJson(node.reason));
    object.emplace("idle", app::text::name(node.idle));
    object.emplace("pid", node.pid);
    object.emplace("host", node.host);
    object.emplace("software", node.software);
    object.emplace("device", node.device);
    object.emplace("backend", node.backend);
    object.emplace("precision", node.precision);
    object.emplace("synthetic", node.synthetic);
    object.emplace("cores", node.cores);
    object.emplace("gpu", node.gpu);
    object.emplace("memory_bytes", node.memoryBytes);
    object.emplace("rss_bytes", node.rssBytes);
    object.emplace("images_per_second", node.imagesPerSecond);
    object.emplace("provider", node.provider);
    object.emplace("provider_id", node.providerId);
    object.emplace("transfer", node.transfer == protocol::TransferMode::Paths   ? json("paths")
                               : node.transfer == protocol::TransferMode::Bytes ? json("bytes")
                                                                                : json());
    object.emplace("leased", node.leased);
    object.emplace("labelled", node.labelled);
    object.emplace("errors", node.errors);
    return object;
}

json progressJson(const app::FleetSnapshot& snapshot)
{
    json nodes = json::array();
    for (const app::NodeSnapshot& node : snapshot.nodes)
        nodes.push_back(toJson(node));
    json object = {{"event", "progress"}, {"at", app::text::utcTime(snapshot.at)}, {"nodes", std::move(nodes)}};
    if (!snapshot.run)
        return object;
    const app::RunSnapshot& run = *snapshot.run;
    object.update({{"run", run.id.value},
                   {"state", app::text::name(run.state)},
                   {"scan_complete", run.scanComplete},
                   {"total", run.planned},
                   {"done", run.labelled + run.errors},
                   {"labelled", run.labelled},
                   {"errors", run.errors},
                   {"in_flight", run.inFlight},
                   {"queued", run.queued},
                   {"images_per_second", run.imagesPerSecond},
                   {"eta_seconds", run.etaSeconds ? json(*run.etaSeconds) : json()},
                   {"elapsed_seconds", run.elapsedSeconds},
                   {"waiting_for_nodes", run.waitingForNodes},
                   {"store_trouble", toJson(run.storeTrouble)},
                   {"precision", run.precision},
                   {"precision_checks", checksJson(run.precisionChecks)},
                   {"synthetic", run.synthetic}});
    return object;
}

} // namespace vitfleet::cli
