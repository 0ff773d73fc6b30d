// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/measured_runs.h"

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr std::size_t mostRuns = 20;          ///< whose rows are read
constexpr std::uint64_t mostRows = 2'000'000; ///< of all of them: older runs add little
const std::string localNames = "local-";

/// A node of a profile is called after it and after what its provider calls it.
bool isOf(const NodeRecord& node, const std::string& profile)
{
    const std::string providerId = node.schedulerId.substr(node.schedulerId.find(':') + 1);
    if (profile.empty())
        return node.name.starts_with(localNames) && (providerId.empty() || node.name != localNames + providerId);
    return !providerId.empty() && node.name.starts_with(profile + "-" + providerId);
}

bool isAsked(const RunRecord& run, const MeasuredOf& of)
{
    const auto fits = [](const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; };
    return run.state == RunState::Finished && fits(of.modelPath, run.modelPath) && fits(of.precision, run.precision) &&
           fits(of.backend, run.backend);
}

Result<RunSpans> spansOf(StoreReader& reader, RunId run, KnownSpans& known)
{
    if (const auto found = known.find(run); found != known.end())
        return found->second;
    auto spans = readSpans(reader, run);
    if (spans)
        known[run] = *spans;
    return spans;
}

} // namespace

Result<std::vector<MeasuredRun>> measuredRuns(StoreReader& reader, const MeasuredOf& of, KnownSpans& known)
{
    const auto costs = reader.costs();
    if (!costs)
        return costs.error();
    const auto costOf = [&](RunId run) {
        std::optional<double> sum;
        const auto found = costs->find(run);
        if (found == costs->end())
            return sum;
        for (const RunCostRecord& cost : found->second) {
            if (cost.profile == of.profile && cost.price > 0)
                sum = sum.value_or(0) + cost.price;
        }
        return sum;
    };
    std::vector<MeasuredRun> found;
    if (of.first != RunId()) {
        const auto spans = spansOf(reader, of.first, known);
        if (!spans)
            return spans.error();
        found.push_back({of.first, *spans, costOf(of.first)});
    }
    const auto runs = reader.runs();
    if (!runs)
        return runs.error();
    std::uint64_t rows = 0;
    for (auto run = runs->rbegin(); run != runs->rend() && found.size() < mostRuns && rows < mostRows; ++run) {
        if (run->id == of.first || !isAsked(*run, of))
            continue;
        const auto nodes = reader.nodes(run->id);
        if (!nodes)
            return nodes.error();
        const auto worked = [](const NodeRecord& node) { return node.labelled + node.errors > 0; };
        if (std::ranges::none_of(*nodes, worked) || std::ranges::any_of(*nodes, [&](const NodeRecord& node) {
                return worked(node) && !isOf(node, of.profile);
            }))
            continue;
        const auto spans = spansOf(reader, run->id, known);
        if (!spans)
            return spans.error();
        rows += spans->items;
        if (!spans->interrupted)
            found.push_back({run->id, *spans, costOf(run->id)});
    }
    return found;
}

AdviceBasis fillIn(AdviceInput& input, const Profile& profile, const std::vector<MeasuredRun>& runs)
{
    AdviceBasis basis;
    basis.speed = input.imagesPerSecondOfNode > 0 || runs.empty() ? nullptr : &runs.front();
    if (basis.speed) {
        const RunSpans& spans = basis.speed->spans;
        if (input.items == 0)
            input.items = spans.items;
        input.imagesPerSecondOfNode = spans.speedOfNode();
        input.loadSeconds = spans.loadSeconds;
    }
    input.pricePerNodeHour = profile.pricePerNodeHour;
    input.startSeconds = profile.startSeconds;
    if (input.startSeconds <= 0) {
        // Kept nodes are there already: another run may have waited for its own.
        const auto waited =
            std::ranges::find_if(runs, [](const MeasuredRun& run) { return run.spans.startSeconds > 0; });
        if (waited != runs.end()) {
            basis.start = &*waited;
            input.startSeconds = waited->spans.startSeconds;
        }
    }
    return basis;
}

std::vector<RunThatWas> whatCameTrue(const std::vector<MeasuredRun>& runs, std::uint64_t items, bool synthetic)
{
    std::vector<RunThatWas> points;
    for (const MeasuredRun& run : runs) {
        const RunSpans& spans = run.spans;
        if (spans.items == items && spans.synthetic == synthetic)
            points.push_back(
                {run.id.value, spans.nodes, spans.seconds, spans.imagesPerSecond(), spans.synthetic, run.cost});
    }
    return points;
}

} // namespace vitfleet::app
