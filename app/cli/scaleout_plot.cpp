// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/scaleout_plot.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

namespace vitfleet::cli {

namespace {

constexpr double width = 640, height = 420, left = 70, right = 20, top = 30, bottom = 50;

/// Speed against nodes, with the line that the smallest count promises.
std::string svg(const std::vector<ScaleoutPoint>& points)
{
    std::uint32_t mostNodes = 1;
    double most = 0;
    double perNode = 0;
    for (const ScaleoutPoint& point : points) {
        mostNodes = std::max(mostNodes, point.nodes);
        most = std::max(most, point.imagesPerSecond);
        if (point.efficiency > 0)
            perNode = point.imagesPerSecond / point.nodes / point.efficiency;
    }
    most = std::max(most, perNode * mostNodes);
    const auto x = [&](double nodes) { return left + nodes / mostNodes * (width - left - right); };
    const auto y = [&](double rate) { return height - bottom - rate / most * (height - top - bottom); };
    std::ostringstream out;
    out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width << "\" height=\"" << height
        << "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        << "<line x1=\"" << x(0) << "\" y1=\"" << y(0) << "\" x2=\"" << x(mostNodes) << "\" y2=\"" << y(0)
        << "\" stroke=\"black\"/>\n<line x1=\"" << x(0) << "\" y1=\"" << y(0) << "\" x2=\"" << x(0) << "\" y2=\""
        << y(most) << "\" stroke=\"black\"/>\n<line x1=\"" << x(0) << "\" y1=\"" << y(0) << "\" x2=\"" << x(mostNodes)
        << "\" y2=\"" << y(perNode * mostNodes) << "\" stroke=\"#888\" stroke-dasharray=\"4 4\"/>\n<text x=\"" << left
        << "\" y=\"18\">images a second, against "
        << "linear (dashed)" << (points.front().synthetic ? "; SYNTHETIC: timed stand-ins" : "") << "</text>\n";
    for (const ScaleoutPoint& point : points)
        out << "<circle cx=\"" << x(point.nodes) << "\" cy=\"" << y(point.imagesPerSecond)
            << "\" r=\"4\" fill=\"#1565c0\"/>\n<text x=\"" << x(point.nodes) - 4 << "\" y=\"" << height - bottom + 18
            << "\">" << point.nodes << "</text>\n";
    out << "<text x=\"4\" y=\"" << y(most) + 4 << "\">" << static_cast<long>(most) << "</text>\n<text x=\"" << width / 2
        << "\" y=\"" << height - 10 << "\">nodes</text>\n</svg>\n";
    return out.str();
}

} // namespace

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

} // namespace vitfleet::cli
