// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/table.h"

#include "tests/chaos/scenario.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

namespace vitfleet::chaos {
namespace {

const std::string beginMark = "<!-- results: written by tests/chaos/run -->";
const std::string endMark = "<!-- end of results -->";

struct Row
{
    std::uint64_t trials = 0, failures = 0, lost = 0, doubled = 0, wrong = 0;
    unsigned runs = 0;
    Json last;
};

std::map<std::string, Row> readResults(const std::string& file)
{
    std::map<std::string, Row> rows;
    std::ifstream stream(file);
    for (std::string text; std::getline(stream, text);) {
        const Json line = Json::parse(text);
        Row& row = rows[line.at("promise").get<std::string>()];
        row.trials += line.at("trials").get<std::uint64_t>();
        row.failures += line.at("failures").size();
        row.lost += line.at("lost").get<std::uint64_t>();
        row.doubled += line.at("doubled").get<std::uint64_t>();
        row.wrong += line.at("wrong").get<std::uint64_t>();
        ++row.runs;
        row.last = line;
    }
    return rows;
}

/// Nothing seen in n trials bounds the rate at about 3/n (95 %).
std::string bound(const Row& row)
{
    if (row.failures > 0 || row.trials == 0)
        return "";
    char text[32];
    std::snprintf(text, sizeof text, "%.2g", 3.0 / static_cast<double>(row.trials));
    return text;
}

std::string tableOf(const std::map<std::string, Row>& rows)
{
    std::string table =
        "| promise | tried | target | trials | failed | lost | doubled | wrong | rate below | last run |\n"
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n";
    for (const Scenario& scenario : scenarios()) {
        const auto found = rows.find(scenario.promise);
        if (found == rows.end())
            continue;
        const Row& row = found->second;
        std::string figures;
        for (const auto& [name, value] : row.last.at("figures").items())
            figures += (figures.empty() ? "" : "; ") + name + ": " + value.get<std::string>();
        std::string line = std::string("| ") + scenario.promise + " | " + scenario.what + " | " + scenario.target;
        for (const std::uint64_t number : {row.trials, row.failures, row.lost, row.doubled, row.wrong})
            line += " | " + std::to_string(number);
        table += line + " | " + bound(row) + " | " + row.last.at("date").get<std::string>() + ", seed " +
                 std::to_string(row.last.at("seed").get<std::uint64_t>()) + ", " +
                 row.last.at("network").get<std::string>() + (figures.empty() ? "" : ". " + figures) + " |\n";
    }
    return table;
}

} // namespace

void writeTable(const std::string& results, const std::string& page)
{
    std::string text;
    {
        std::ifstream stream(page);
        text.assign(std::istreambuf_iterator<char>(stream), {});
    }
    const auto begin = text.find(beginMark), end = text.find(endMark);
    if (begin == std::string::npos || end == std::string::npos || end < begin)
        throw std::runtime_error(page + " has no place for the table");
    const auto from = begin + beginMark.size();
    text.replace(from, end - from, "\n\n" + tableOf(readResults(results)) + "\n");
    std::ofstream(page, std::ios::trunc) << text;
}

} // namespace vitfleet::chaos
