// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/advise.h"

#include "app/cli/exit_codes.h"
#include "app/cli/table.h"
#include "app/core/measured_runs.h"
#include "app/core/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace vitfleet::cli {

using namespace app;
using nlohmann::json;

namespace {

int couldNot(Output& output, const Error& error)
{
    output.error(error);
    return CouldNotRun;
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
                   input.pricePerNodeHour > 0 ? text::money(line.cost) : std::string("-"), limitText(line.limit)});
    table.print(output);
    output.line(std::to_string(recommended(lines)) + " nodes come within 10 % of the shortest time");
}

} // namespace

int advise(const FleetCommand& command, Application& application, Output& output)
{
    const auto plan = application.scaleOut().plan(command.profile, command.nodes);
    if (!plan)
        return couldNot(output, plan.error());
    auto reader = application.store().openReader();
    if (!reader)
        return couldNot(output, reader.error());
    KnownSpans known;
    const auto runs = measuredRuns(**reader, {command.profile, {}, {}, {}, command.run}, known);
    if (!runs)
        return couldNot(output, runs.error());
    AdviceInput input;
    input.items = command.items;
    input.imagesPerSecondOfNode = command.run.value > 0 ? 0 : command.speed;
    const auto [measured, waited] = fillIn(input, plan->profile, *runs);
    if (command.speed > 0)
        input.imagesPerSecondOfNode = command.speed;
    const RunSpans* spans = measured ? &measured->spans : nullptr;
    if (input.imagesPerSecondOfNode <= 0 || input.items == 0)
        return couldNot(output, {ErrorCode::Usage, spans ? "--items is missing"
                                                         : "no run with " + command.profile +
                                                               " has been measured: give --speed and --items"});
    input.modelBytes = command.model.empty() ? 0 : bytesOfModel(command.model);
    input.bytesPerItem = command.bytesPerItem;
    input.linkBytesPerSecond = command.linkMegabytes * 1e6;
    input.applicationItemsPerSecond = command.applicationSpeed;
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
        object["measured"] = {{"run", measured->id.value},
                              {"nodes", spans->nodes},
                              {"items", spans->items},
                              {"seconds", spans->seconds},
                              {"images_per_second", spans->imagesPerSecond()},
                              {"synthetic", spans->synthetic}};
    const auto points = spans ? whatCameTrue(*runs, input.items, spans->synthetic) : std::vector<RunThatWas>();
    object["runs"] = json::array();
    for (const RunThatWas& run : points)
        object["runs"].push_back({{"run", run.run},
                                  {"nodes", run.nodes},
                                  {"seconds", run.seconds},
                                  {"cost", run.cost ? json(*run.cost) : json()}});
    if (!command.out.empty()) {
        if (auto written = writeAdvice(command.out, lines, points, plan->profile.currency); !written)
            return couldNot(output, written.error());
    }
    output.json(object);
    if (output.isJson())
        return Done;
    output.line("one node: " + text::rate(input.imagesPerSecondOfNode) + " img/s" +
                (command.speed > 0 ? "" : ", as measured by run " + std::to_string(measured->id.value)));
    if (input.startSeconds > 0)
        output.line(
            "a node is there after " + fixed(input.startSeconds) + " s, " +
            (waited ? "as run " + std::to_string(waited->id.value) + " measured" : std::string("as the profile says")) +
            "; it is counted");
    if (input.loadSeconds > 0)
        output.line("the model is loaded after " + fixed(input.loadSeconds) + " s, which is counted");
    printAdvice(output, plan->profile, input, lines);
    if (spans) {
        const auto same = std::ranges::find(lines, spans->nodes, &Advice::nodes);
        const bool isSame = same != lines.end() && input.items == spans->items;
        output.line("run " + std::to_string(measured->id.value) + " took " + text::duration(spans->seconds) + " on " +
                    text::counted(spans->nodes, "node") + ", " + text::rate(spans->imagesPerSecond()) + " img/s" +
                    (isSame ? "; the model says " + text::duration(same->seconds - same->startSeconds) +
                                  " and its start besides"
                            : std::string()));
        if (spans->synthetic)
            output.line("SYNTHETIC: timed stand-ins, no inference.");
    }
    if (!command.out.empty())
        output.line("written   " + (command.out / "advice.csv").string() + ", advice.svg");
    return Done;
}

} // namespace vitfleet::cli
