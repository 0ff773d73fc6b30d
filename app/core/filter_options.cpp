// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/filter_options.h"

#include <charconv>

namespace vitfleet::app {
namespace {

/// The shortest text that is read back as this number, whatever the locale.
std::string plain(double value)
{
    char text[32];
    return {text, std::to_chars(std::begin(text), std::end(text), value).ptr};
}

} // namespace

std::vector<std::string> filterOptions(const ResultFilter& filter)
{
    std::vector<std::string> words;
    const auto add = [&words](const std::string& option, const std::string& value) {
        if (value.starts_with('-')) // or it would be taken for an option
            words.push_back(option + "=" + value);
        else
            words.insert(words.end(), {option, value});
    };
    const auto addAll = [&add](const std::string& option, const std::vector<std::string>& values) {
        for (const std::string& value : values)
            add(option, value);
    };
    addAll("--label", filter.labels);
    addAll("--expected", filter.expected);
    if (filter.correct)
        words.emplace_back(*filter.correct ? "--right" : "--wrong");
    if (filter.minScore > 0)
        add("--min-score", plain(filter.minScore));
    if (filter.maxScore < 1)
        add("--max-score", plain(filter.maxScore));
    addAll("--node", filter.nodes);
    if (filter.status != ResultFilter::Status::All)
        add("--status", filter.status == ResultFilter::Status::Errors ? "errors" : "labelled");
    addAll("--precision", filter.precisions);
    for (const ErrorCode code : filter.errors)
        add("--error", std::string(info(code).name));
    if (!filter.text.empty())
        add("--path", filter.text);
    return words;
}

} // namespace vitfleet::app
