// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/progress.h"

#include "app/core/text.h"

namespace vitfleet::cli {

namespace {

using namespace app;

constexpr std::size_t shownNodes = 8;

std::string nodeText(const NodeSnapshot& node)
{
    const bool works =
        node.state == NodeState::Online || node.state == NodeState::Suspect || node.state == NodeState::Draining;
    std::string text = node.name + ' ';
    if (!works || node.state != NodeState::Online)
        text += std::string(text::name(node.state)) + ' ';
    if (works)
        text += text::rate(node.imagesPerSecond) + " img/s ";
    return text + text::grouped(node.labelled + node.errors);
}

std::string countText(const RunSnapshot& run)
{
    const std::uint64_t done = run.labelled + run.errors;
    if (!run.scanComplete)
        return "scanning: " + text::grouped(done) + " of " + text::grouped(run.planned) + " found";
    const double fraction = run.planned ? static_cast<double>(done) / static_cast<double>(run.planned) : 1.0;
    return text::grouped(done) + " of " + text::grouped(run.planned) + " (" + text::percent(fraction, 1) + ")";
}

} // namespace

std::string progressLine(const FleetSnapshot& snapshot)
{
    if (!snapshot.run)
        return "starting";
    const RunSnapshot& run = *snapshot.run;
    std::string line = run.synthetic ? "SYNTHETIC " : "";
    line += countText(run) + "  " + text::rate(run.imagesPerSecond) + " img/s";
    if (run.etaSeconds)
        line += "  ETA " + text::duration(*run.etaSeconds);
    if (run.errors > 0)
        line += "  " + text::counted(run.errors, "error");
    if (run.waitingForNodes)
        line += "  waiting for nodes";
    if (run.paused)
        line += "  paused";
    if (run.storeTrouble.code != ErrorCode::None)
        line += "  " + std::string(info(run.storeTrouble.code).name) + ": results wait for the database";
    std::size_t shown = 0;
    for (const NodeSnapshot& node : snapshot.nodes) {
        if (++shown > shownNodes) {
            line += " | and " + std::to_string(snapshot.nodes.size() - shownNodes) + " more";
            break;
        }
        line += " | " + nodeText(node);
    }
    return line;
}

} // namespace vitfleet::cli
