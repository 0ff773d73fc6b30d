// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/advice_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <sstream>

namespace vitfleet::app {
namespace {

constexpr double width = 640, height = 420, left = 70, right = 20, top = 40, bottom = 50;

/// The next of 1, 2, 5, 10, … that is not below it.
double roundUp(double value)
{
    const double decade = std::pow(10.0, std::floor(std::log10(std::max(value, 1e-9))));
    for (const double step : {1.0, 2.0, 5.0}) {
        if (value <= step * decade)
            return step * decade;
    }
    return 10 * decade;
}

/// Times against nodes: the prediction as a line, what came true as dots.
std::string svg(const std::vector<Advice>& predicted, const std::vector<RunThatWas>& measured)
{
    double mostNodes = 2, longest = 0;
    for (const Advice& each : predicted) {
        mostNodes = std::max<double>(mostNodes, each.nodes);
        longest = std::max(longest, each.seconds);
    }
    for (const RunThatWas& run : measured) {
        mostNodes = std::max<double>(mostNodes, run.nodes);
        longest = std::max(longest, run.seconds);
    }
    const double highest = roundUp(longest);
    const auto x = [&](double nodes) { return left + nodes / mostNodes * (width - left - right); };
    const auto y = [&](double seconds) { return height - bottom - seconds / highest * (height - top - bottom); };
    std::ostringstream out;
    const auto words = [&](double atX, double atY, const char* colour, const std::string& text) {
        out << "<text x=\"" << atX << "\" y=\"" << atY << "\" fill=\"" << colour << "\">" << text << "</text>\n";
    };
    const auto number = [](double value) {
        std::ostringstream text;
        text << value;
        return text.str();
    };
    out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width << "\" height=\"" << height
        << "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        << "<polyline fill=\"none\" stroke=\"black\" points=\"" << x(0) << ',' << y(highest) << ' ' << x(0) << ','
        << y(0) << ' ' << x(mostNodes) << ',' << y(0) << "\"/>\n";
    for (const double part : {0.25, 0.5, 0.75, 1.0}) {
        out << "<line x1=\"" << x(0) << "\" x2=\"" << x(mostNodes) << "\" y1=\"" << y(part * highest) << "\" y2=\""
            << y(part * highest) << "\" stroke=\"#ddd\"/>\n";
        words(10, y(part * highest) + 4, "black", number(part * highest) + " s");
    }
    const bool synthetic = std::ranges::any_of(measured, &RunThatWas::synthetic);
    words(left, 18, "black", std::string("time by nodes") + (synthetic ? "; SYNTHETIC: timed stand-ins" : ""));
    words(width - 190, 18, "#1565c0", "measured");
    words(width - 110, 18, "#888", "predicted (line)");
    out << "<polyline fill=\"none\" stroke=\"#888\" points=\"";
    for (const Advice& each : predicted)
        out << x(each.nodes) << ',' << y(each.seconds) << ' ';
    out << "\"/>\n";
    for (const RunThatWas& run : measured)
        out << "<circle cx=\"" << x(run.nodes) << "\" cy=\"" << y(run.seconds) << "\" r=\"4\" fill=\"#1565c0\"/>\n";
    const double step = std::max(1.0, std::ceil(mostNodes / 16));
    for (double nodes = step; nodes <= mostNodes; nodes += step)
        words(x(nodes) - 4, height - bottom + 18, "black", number(nodes));
    words(width / 2, height - 10, "black", "nodes");
    out << "</svg>\n";
    return out.str();
}

} // namespace

Result<void> writeAdvice(const std::filesystem::path& folder, const std::vector<Advice>& predicted,
                         const std::vector<RunThatWas>& measured, const std::string& currency)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::ofstream csv(folder / "advice.csv");
    csv << "nodes,kind,run,seconds,start_s,images_per_s,cost,currency,synthetic\n";
    for (const Advice& each : predicted)
        csv << each.nodes << ",predicted,," << each.seconds << ',' << each.startSeconds << ',' << each.imagesPerSecond
            << ',' << each.cost << ',' << currency << ",\n";
    for (const RunThatWas& run : measured) {
        csv << run.nodes << ",measured," << run.run << ',' << run.seconds << ",," << run.imagesPerSecond << ',';
        if (run.cost)
            csv << *run.cost << ',' << currency;
        else
            csv << ',';
        csv << ',' << (run.synthetic ? "true" : "false") << '\n';
    }
    std::ofstream plot(folder / "advice.svg");
    plot << svg(predicted, measured);
    if (!csv.flush() || !plot.flush())
        return Error{ErrorCode::Export, folder.string() + " cannot be written to"};
    return {};
}

} // namespace vitfleet::app
