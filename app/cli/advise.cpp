// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/advise.h"

#include "app/cli/exit_codes.h"
#include "app/cli/table.h"
#include "app/core/advice_report.h"
#include "app/core/run_spans.h"
#include "app/core/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace vitfleet::cli {

using namespace app;
using nlohmann::json;

namespace {

int couldNot(Output& output, const Error& error)
{
    output.error(error);
    return CouldNotRun;
}

using Measured = std::vector<std::pair<RunId, RunSpans>>;
constexpr std::size_t mostRuns = 20; ///< whose rows are read

/// Finished runs that nodes of this profile worked for, the newest first; the one that is asked for before them.
Result<Measured> measuredRuns(Store& store, const FleetCommand& command)
{
    auto reader = store.openReader();
    if (!reader)
        return reader.error();
    Measured found;
    if (command.run.value > 0) {
        const auto spans = readSpans(**reader, command.run);
        if (!spans)
            return spans.error();
        found.emplace_back(command.run, *spans);
    }
    const auto runs = (*reader)->runs();
    if (!runs)
        return runs.error();
    for (auto run = runs->rbegin(); run != runs->rend() && found.size() < mostRuns; ++run) {
        if (run->state != RunState::Finished || run->id == command.run)
            continue;
        const auto nodes = (*reader)->nodes(run->id);
        if (!nodes)
            return nodes.error();
        const bool isOurs = std::ranges::any_of(*nodes, [&](const NodeRecord& node) {
            return node.labelled > 0 && node.name.starts_with(command.profile + "-");
        });
        if (!isOurs)
            continue;
        const auto spans = readSpans(**reader, run->id);
        if (!spans)
            return spans.error();
        found.emplace_back(run->id, *spans);
    }
    return found;
}

/// Those that can be held against a prediction for so many pictures, as they were measured.
std::vector<RunThatWas> comparable(const Measured& runs, const RunSpans& like, std::uint64_t items)
{
    std::vector<RunThatWas> points;
    for (const auto& [run, spans] : runs) {
        if (spans.items == items && spans.synthetic == like.synthetic)
            points.push_back({run.value, spans.nodes, spans.seconds, spans.imagesPerSecond(), spans.synthetic});
    }
    return points;
}

/// What travels to a node that does not have the model yet.
double bytesOfModel(const std::filesystem::path& folder)
{
    double sum = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const auto extension = entry.path().extension();
        if (entry.is_regular_file(error) && (extension == ".safetensors" || extension == ".json"))
            sum += static_cast<double>(entry.file_size(error));
    }
    return sum;
}

std::string fixed(double value)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.2f", value);
    return buffer;
}

/// Small sums, too.
std::string money(double value)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, value >= 1 ? "%.2f" : "%.4f", value);
    return buffer;
}

const char* limitText(Advice::Limit limit)
{
    return limit == Advice::Limit::Link          ? "the link"
           : limit == Advice::Limit::Application ? "the application"
                                                 : "the nodes";
}

void printAdvice(Output& output, const Profile& profile, const AdviceInput& input, const std::vector<Advice>& lines)
{
    Table table({"nodes", "time", "img/s", "efficiency", "cost " + profile.currency, "limited by"});
    for (const Advice& line : lines)
        table.add({std::to_string(line.nodes), text::duration(line.seconds), text::rate(line.imagesPerSecond),
                   fixed(line.efficiency * 100) + " %",
                   input.pricePerNodeHour > 0 ? money(line.cost) : std::string("-"), limitText(line.limit)});
    table.print(output);
    output.line(std::to_string(recommended(lines)) + " nodes come within 10 % of the shortest time");
}

} // namespace

int advise(const FleetCommand& command, Application& application, Output& output)
{
    const auto plan = application.scaleOut().plan(command.profile, command.nodes);
    if (!plan)
        return couldNot(output, plan.error());
    const auto runs = measuredRuns(application.store(), command);
    if (!runs)
        return couldNot(output, runs.error());
    const bool isGiven = command.speed > 0 && command.run.value == 0;
    const auto* measured = isGiven || runs->empty() ? nullptr : &runs->front();
    const RunSpans* spans = measured ? &measured->second : nullptr;
    AdviceInput input;
    input.items = command.items > 0 ? command.items : spans ? spans->items : 0;
    input.imagesPerSecondOfNode = command.speed > 0 ? command.speed : spans ? spans->speedOfNode() : 0;
    if (input.imagesPerSecondOfNode <= 0 || input.items == 0)
        return couldNot(output, {ErrorCode::Usage, spans ? "--items is missing"
                                                         : "no run with " + command.profile +
                                                               " has been measured: give --speed and --items"});
    // Kept nodes are there already: another run may have waited for its own.
    const auto waited = std::ranges::find_if(*runs, [](const auto& run) { return run.second.startSeconds > 0; });
    const bool isStartGiven = plan->profile.startSeconds > 0;
    input.startSeconds = isStartGiven            ? plan->profile.startSeconds
                         : waited != runs->end() ? waited->second.startSeconds
                                                 : 0;
    input.loadSeconds = spans ? spans->loadSeconds : 0;
    input.modelBytes = command.model.empty() ? 0 : bytesOfModel(command.model);
    input.bytesPerItem = command.bytesPerItem;
    input.linkBytesPerSecond = command.linkMegabytes * 1e6;
    input.applicationItemsPerSecond = command.applicationSpeed;
    input.pricePerNodeHour = plan->profile.pricePerNodeHour;
    const auto lines = app::advise(input, command.nodes);
    json list = json::array();
    for (const Advice& line : lines)
        list.push_back({{"nodes", line.nodes},
                        {"seconds", line.seconds},
                        {"start_seconds", line.startSeconds},
                        {"images_per_second", line.imagesPerSecond},
                        {"efficiency", line.efficiency},
                        {"cost", line.cost},
                        {"limit", limitText(line.limit)}});
    json object = {{"profile", command.profile},
                   {"speed_of_node", input.imagesPerSecondOfNode},
                   {"start_seconds", input.startSeconds},
                   {"load_seconds", input.loadSeconds},
                   {"advice", list},
                   {"recommended", recommended(lines)}};
    if (spans)
        object["measured"] = {{"run", measured->first.value},
                              {"nodes", spans->nodes},
                              {"items", spans->items},
                              {"seconds", spans->seconds},
                              {"images_per_second", spans->imagesPerSecond()},
                              {"synthetic", spans->synthetic}};
    const auto points = spans ? comparable(*runs, *spans, input.items) : std::vector<RunThatWas>();
    object["runs"] = json::array();
    for (const RunThatWas& run : points)
        object["runs"].push_back({{"run", run.run}, {"nodes", run.nodes}, {"seconds", run.seconds}});
    if (!command.out.empty()) {
        if (auto written = writeAdvice(command.out, lines, points, plan->profile.currency); !written)
            return couldNot(output, written.error());
    }
    output.json(object);
    if (output.isJson())
        return Done;
    output.line("one node: " + text::rate(input.imagesPerSecondOfNode) + " img/s" +
                (command.speed > 0 ? "" : ", as measured by run " + std::to_string(measured->first.value)));
    if (input.startSeconds > 0)
        output.line("a node is there after " + fixed(input.startSeconds) + " s, " +
                    (isStartGiven ? std::string("as the profile says")
                                  : "as run " + std::to_string(waited->first.value) + " measured") +
                    "; it is counted");
    if (input.loadSeconds > 0)
        output.line("the model is loaded after " + fixed(input.loadSeconds) + " s, which is counted");
    printAdvice(output, plan->profile, input, lines);
    if (spans) {
        const auto same = std::ranges::find(lines, spans->nodes, &Advice::nodes);
        const bool isSame = same != lines.end() && input.items == spans->items;
        output.line(
            "run " + std::to_string(measured->first.value) + " took " + text::duration(spans->seconds) + " on " +
            text::counted(spans->nodes, "node") + ", " + text::rate(spans->imagesPerSecond()) + " img/s" +
            (isSame
                 ? "; the model says " + text::duration(same->seconds - same->startSeconds) + " and its start besides"
                 : std::string()));
        if (spans->synthetic)
            output.line("SYNTHETIC: timed stand-ins, no inference.");
    }
    if (!command.out.empty())
        output.line("written   " + (command.out / "advice.csv").string() + ", advice.svg");
    return Done;
}

} // namespace vitfleet::cli
