// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/scaleout_report.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace vitfleet::app {

namespace {

constexpr double width = 640, height = 420, left = 70, right = 20, top = 30, bottom = 50;

constexpr const char* publishedColours[] = {"#b26a00", "#6a8f00"};

/// Speed of one node, that of the smallest count promised; 0: not known.
double speedOfOne(const std::vector<ScaleoutPoint>& points)
{
    for (const ScaleoutPoint& point : points) {
        if (point.efficiency > 0)
            return point.imagesPerSecond / point.nodes / point.efficiency;
    }
    return 0;
}

/// Speed-ups against nodes: ours, linear, and the published ones, since times on other hardware compare no better.
std::string svg(const std::vector<ScaleoutPoint>& points)
{
    double mostNodes = 10;
    for (const ScaleoutPoint& point : points)
        mostNodes = std::max<double>(mostNodes, point.nodes);
    const double one = std::max(speedOfOne(points), 1e-9);
    const auto x = [&](double nodes) { return left + nodes / mostNodes * (width - left - right); };
    const auto y = [&](double speedUp) { return height - bottom - speedUp / mostNodes * (height - top - bottom); };
    std::ostringstream out;
    const auto line = [&](double fromX, double fromY, double toX, double toY, const char* style) {
        out << "<line x1=\"" << fromX << "\" y1=\"" << fromY << "\" x2=\"" << toX << "\" y2=\"" << toY << "\" " << style
            << "/>\n";
    };
    const auto words = [&](double atX, double atY, const char* colour, const std::string& text) {
        out << "<text x=\"" << atX << "\" y=\"" << atY << "\" fill=\"" << colour << "\">" << text << "</text>\n";
    };
    out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width << "\" height=\"" << height
        << "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    line(x(0), y(0), x(mostNodes), y(0), "stroke=\"black\"");
    line(x(0), y(0), x(0), y(mostNodes), "stroke=\"black\"");
    line(x(0), y(0), x(mostNodes), y(mostNodes), "stroke=\"#888\" stroke-dasharray=\"4 4\"");
    words(left, 18, "black",
          std::string("speed-up") + (points.front().synthetic ? "; SYNTHETIC: timed stand-ins" : ""));
    words(left + 12, 40, "#888", "linear (dashed)");
    words(left + 12, 56, "#1565c0", "measured");
    double row = 72;
    const char* const* colour = publishedColours;
    for (const PublishedTimes& times : publishedTimes()) {
        out << "<polyline fill=\"none\" stroke=\"" << *colour << "\" points=\"";
        for (const auto& [nodes, seconds] : times.sparkNlp)
            out << x(nodes) << ',' << y(times.speedUp(seconds)) << ' ';
        out << "\"/>\n<circle cx=\"" << x(1) << "\" cy=\"" << y(times.speedUp(times.huggingFace))
            << "\" r=\"3\" fill=\"none\" stroke=\"" << *colour << "\"/>\n";
        words(left + 12, row, *colour,
              std::string("published, ") + times.hardware + ": Spark NLP (line), Hugging Face on one node (ring)");
        row += 16;
        ++colour;
    }
    for (const ScaleoutPoint& point : points) {
        out << "<circle cx=\"" << x(point.nodes) << "\" cy=\"" << y(point.imagesPerSecond / one)
            << "\" r=\"4\" fill=\"#1565c0\"/>\n";
        words(x(point.nodes) - 4, height - bottom + 18, "black", std::to_string(point.nodes));
    }
    words(width / 2, height - 10, "black", "nodes");
    out << "</svg>\n";
    return out.str();
}

} // namespace

const std::array<PublishedTimes, 2>& publishedTimes()
{
    static constexpr std::array<PublishedTimes, 2> all = {{
        {"CPU", {{{1, 1072}, {2, 550}, {4, 289}, {8, 161}, {10, 112}}}, 1233},
        {"T4 GPU", {{{1, 435}, {2, 231}, {4, 118}, {8, 61}, {10, 50}}}, 659},
    }};
    return all;
}

void setEfficiency(std::vector<ScaleoutPoint>& points)
{
    if (points.empty())
        return;
    const std::uint32_t fewest = std::ranges::min_element(points, {}, &ScaleoutPoint::nodes)->nodes;
    double perNode = 0;
    for (const ScaleoutPoint& point : points) {
        if (point.nodes == fewest)
            perNode = std::max(perNode, point.imagesPerSecond / fewest);
    }
    for (ScaleoutPoint& point : points)
        point.efficiency = perNode > 0 ? point.imagesPerSecond / point.nodes / perNode : 0;
}

Result<void> writeScaleout(const std::filesystem::path& folder, const std::vector<ScaleoutPoint>& points)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::ofstream csv(folder / "scaleout.csv");
    csv << "nodes,repeat,run,items,nodes_used,start_s,run_s,steady_s,tail_s,images_per_s,efficiency,synthetic\n";
    for (const ScaleoutPoint& point : points)
        csv << point.nodes << ',' << point.repeat << ',' << point.run << ',' << point.items << ',' << point.nodesUsed
            << ',' << point.startSeconds << ',' << point.seconds << ',' << point.steadySeconds << ','
            << point.tailSeconds << ',' << point.imagesPerSecond << ',' << point.efficiency << ','
            << (point.synthetic ? "true" : "false") << '\n';
    std::ofstream plot(folder / "scaleout.svg");
    plot << svg(points);
    if (!csv.flush() || !plot.flush())
        return Error{ErrorCode::Export, folder.string() + " cannot be written to"};
    return {};
}

} // namespace vitfleet::app
