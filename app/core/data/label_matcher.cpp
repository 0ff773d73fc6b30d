// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/data/label_matcher.h"

#include "app/core/data/csv_reader.h"
#include "app/core/data/wordnet.h"
#include "shared/base/limits.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace vitfleet::app {
namespace {

/// A value that means two outputs means none: better no answer than a wrong one.
constexpr std::uint32_t ambiguous = ~std::uint32_t{0};

struct StringHash
{
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using Index = std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>>;

void addTo(Index& index, std::string key, std::uint32_t label)
{
    const auto [place, isNew] = index.try_emplace(std::move(key), label);
    if (!isNew && place->second != label)
        place->second = ambiguous;
}

std::optional<std::uint32_t> findIn(const Index& index, std::string_view key)
{
    const auto found = index.find(key);
    if (found == index.end() || found->second == ambiguous)
        return std::nullopt;
    return found->second;
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Letters of ASCII only: no label set in use needs more.
std::string folded(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

std::optional<std::uint32_t> asNumber(std::string_view text)
{
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

} // namespace

struct LabelMatcher::Private
{
    std::uint32_t labelCount = 0;
    Index exact, synonyms;
    Index wordNet; ///< of models whose outputs are ImageNet's classes, or have some of their names
    std::unordered_map<std::string, std::string, StringHash, std::equal_to<>> labelMap;

    std::optional<std::uint32_t> matchDirectly(std::string_view expected) const
    {
        // A label that two outputs share ("crane") is no match, and must not become one further down.
        if (exact.contains(expected))
            return findIn(exact, expected);
        if (const std::string key = folded(trimmed(expected)); synonyms.contains(key))
            return findIn(synonyms, key);
        const auto number = asNumber(trimmed(expected));
        return number && *number < labelCount ? number : std::nullopt;
    }

    void indexLabels(const std::vector<std::string>& labels)
    {
        labelCount = static_cast<std::uint32_t>(labels.size());
        for (std::uint32_t label = 0; label < labelCount; ++label) {
            addTo(exact, labels[label], label);
            std::string_view rest = labels[label];
            for (bool more = true; more;) {
                const auto comma = rest.find(',');
                if (const std::string synonym = folded(trimmed(rest.substr(0, comma))); !synonym.empty())
                    addTo(synonyms, synonym, label);
                more = comma != std::string_view::npos;
                rest.remove_prefix(more ? comma + 1 : rest.size());
            }
        }
    }

    /// ImageNet's order is taken for granted only where the names say so, or say nothing (LABEL_0, …).
    void indexWordNet(const std::vector<std::string>& labels)
    {
        const auto classes = imagenetClasses();
        std::size_t agreeing = 0, nameless = 0;
        for (std::uint32_t i = 0; labels.size() == classes.size() && i < labels.size(); ++i) {
            agreeing += folded(labels[i]).starts_with(folded(classes[i].name)) ? 1 : 0;
            nameless += labels[i] == "LABEL_" + std::to_string(i) ? 1 : 0;
        }
        const bool isImagenet = agreeing * 2 > classes.size() || nameless == classes.size();
        Index names; // two classes are called "crane"
        for (std::uint32_t i = 0; i < classes.size(); ++i)
            addTo(names, folded(classes[i].name), i);
        for (std::uint32_t i = 0; i < classes.size(); ++i) {
            const std::string name = folded(classes[i].name);
            const auto label = findIn(synonyms, name);
            if (isImagenet)
                wordNet.emplace(classes[i].id, i);
            else if (label && findIn(names, name))
                wordNet.emplace(classes[i].id, *label);
        }
    }
};

LabelMatcher::LabelMatcher() : d(std::make_unique<Private>()) {}
LabelMatcher::LabelMatcher(LabelMatcher&&) noexcept = default;
LabelMatcher& LabelMatcher::operator=(LabelMatcher&&) noexcept = default;
LabelMatcher::~LabelMatcher() = default;

Result<LabelMatcher> LabelMatcher::create(std::vector<std::string> labels, const std::filesystem::path& labelMap)
{
    LabelMatcher matcher;
    matcher.d->indexLabels(labels);
    matcher.d->indexWordNet(labels);
    if (labelMap.empty())
        return matcher;
    auto reader = CsvReader::open(labelMap, ErrorCode::DataLabelMap);
    if (!reader)
        return reader.error();
    const auto columns = reader->header({"folder", "label"});
    if (!columns)
        return columns.error();
    const auto folder = (*columns)[0], label = (*columns)[1];
    if (!folder || !label)
        return Error{ErrorCode::DataLabelMap,
                     labelMap.string() + ": the first line must name the columns folder and label"};
    for (;;) {
        auto record = reader->next();
        if (!record)
            return record.error();
        if (!*record)
            return matcher;
        const std::vector<std::string>& fields = **record;
        if (std::max(*folder, *label) >= fields.size())
            return Error{ErrorCode::DataLabelMap,
                         labelMap.string() + ", line " + std::to_string(reader->line()) + ": too few fields"};
        matcher.d->labelMap.insert_or_assign(fields[*folder], fields[*label]);
        if (matcher.d->labelMap.size() > limits::maxLabels)
            return Error{ErrorCode::DataLabelMap,
                         labelMap.string() + ": more than " + std::to_string(limits::maxLabels) + " folders"};
    }
}

std::optional<std::uint32_t> LabelMatcher::match(std::string_view expected) const
{
    if (expected.empty())
        return std::nullopt;
    if (const auto label = d->matchDirectly(expected))
        return label;
    if (const auto mapped = d->labelMap.find(expected); mapped != d->labelMap.end())
        return d->matchDirectly(mapped->second);
    return findIn(d->wordNet, expected);
}

} // namespace vitfleet::app
