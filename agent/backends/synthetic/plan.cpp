// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/synthetic/plan.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <string_view>

namespace vitfleet::synthetic {
namespace {

using Json = nlohmann::json;

constexpr double maxMilliseconds = 3'600'000;
constexpr std::uint64_t maxCount = 1'000'000'000;
constexpr std::array<std::pair<std::string_view, Fault>, 6> faultNames = {{{"crash", Fault::Crash},
                                                                           {"hang", Fault::Hang},
                                                                           {"fail", Fault::Fail},
                                                                           {"nan", Fault::Nan},
                                                                           {"wrong", Fault::Wrong},
                                                                           {"memory", Fault::Memory}}};
constexpr std::array<std::string_view, 3> reducedPrecisions = {"bf16", "fp16", "int8"};

/// SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64 bits whose output looks random.
std::uint64_t mixed(std::uint64_t value)
{
    value += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

class Reader
{
public:
    void number(const Json& value, const std::string& name, double& out)
    {
        if (expect(value.is_number() && value.get<double>() >= 0 && value.get<double>() <= maxMilliseconds, name))
            out = value.get<double>();
    }
    template <typename Integer>
    void count(const Json& value, const std::string& name, Integer& out)
    {
        if (expect(value.is_number_unsigned() && value.get<std::uint64_t>() <= maxCount, name))
            out = static_cast<Integer>(value.get<std::uint64_t>());
    }
    void text(const Json& value, const std::string& name, std::string& out)
    {
        if (expect(value.is_string() && value.get_ref<const std::string&>().size() <= 64, name))
            out = value.get<std::string>();
    }
    void fault(const Json& value, const std::string& name, Fault& out)
    {
        const auto text = value.is_string() ? value.get<std::string>() : std::string();
        const auto found = std::ranges::find(faultNames, text, [](const auto& entry) { return entry.first; });
        if (expect(found != faultNames.end(), name))
            out = found->second;
    }
    void code(const Json& value, const std::string& name, ErrorCode& out)
    {
        const auto found = errorCodeFromName(value.is_string() ? value.get<std::string>() : std::string());
        if (expect(found.has_value(), name))
            out = *found;
    }
    void faults(const Json& value, const std::string& name, std::map<std::uint64_t, Fault>& out)
    {
        if (!expect(value.is_object(), name))
            return;
        for (const auto& [key, how] : value.items()) {
            std::uint64_t item = 0;
            const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), item);
            if (expect(error == std::errc{} && end == key.data() + key.size(), name))
                fault(how, name, out[item]);
        }
    }
    /// {"int8": {…}}: one entry for each precision beside fp32.
    void modes(const Json& value, const std::string& name, std::map<std::string, Mode, std::less<>>& out)
    {
        if (!expect(value.is_object(), name))
            return;
        for (const auto& [precision, entry] : value.items()) {
            if (!expect(std::ranges::find(reducedPrecisions, precision) != reducedPrecisions.end(), name))
                return;
            Mode& mode = out[precision];
            const std::map<std::string_view, double*> numbers = {
                {"disagree", &mode.disagree}, {"shift", &mode.shift}, {"ms_per_item", &mode.millisecondsPerItem}};
            if (!expect(entry.is_object(), name))
                return;
            for (const auto& [key, field] : entry.items()) {
                const auto found = numbers.find(key);
                if (expect(found != numbers.end(), name + "." + key))
                    number(field, name + "." + key, *found->second);
            }
            expect(mode.disagree <= 1, name + ".disagree");
            expect(mode.shift <= 0.1, name + ".shift");
        }
    }
    /// An object of exactly these fields, each with a function that reads it.
    template <typename Fields>
    void object(const Json& value, const std::string& name, const Fields& fields)
    {
        if (!expect(value.is_object(), name))
            return;
        for (const auto& [key, entry] : value.items()) {
            const auto field = fields.find(key);
            if (expect(field != fields.end(), name.empty() ? key : name + "." + key))
                field->second(entry, key);
        }
    }
    bool expect(bool right, const std::string& name)
    {
        if (!right && m_wrong.empty())
            m_wrong = name.empty() ? "the whole" : name;
        return right;
    }
    const std::string& wrong() const { return m_wrong; }

private:
    std::string m_wrong;
};

} // namespace

Fault Plan::faultOf(std::uint64_t itemKey) const
{
    if (const auto found = faults.find(itemKey); found != faults.end())
        return found->second;
    return faultEvery > 0 && itemKey % faultEvery == 0 ? everyFault : Fault::Invalid;
}

std::vector<std::string> Plan::precisions() const
{
    std::vector<std::pair<double, std::string>> order = {{millisecondsPerItem, "fp32"}};
    for (const auto& [precision, mode] : modes) {
        if (mode.millisecondsPerItem < millisecondsPerItem)
            order.emplace_back(mode.millisecondsPerItem, precision);
    }
    std::ranges::stable_sort(order, {}, [](const auto& entry) { return entry.first; });
    std::vector<std::string> names;
    for (auto& [time, name] : order)
        names.push_back(std::move(name));
    return names;
}

Result<Plan> readPlan(const std::string& text)
{
    Plan plan;
    if (text.empty())
        return plan;
    using Field = std::function<void(const Json&, const std::string&)>;
    using Fields = std::map<std::string, Field, std::less<>>;
    Reader reader;
    const auto count = [&reader](auto& out) -> Field {
        return [&reader, &out](const Json& value, const std::string& name) { reader.count(value, name, out); };
    };
    const auto number = [&reader](double& out) -> Field {
        return [&reader, &out](const Json& value, const std::string& name) { reader.number(value, name, out); };
    };
    const Fields slowAfter = {{"items", count(plan.slowAfterItems)}, {"factor", number(plan.slowFactor)}};
    const Fields failEvery = {
        {"items", count(plan.faultEvery)},
        {"how", [&](const Json& value, const std::string& name) { reader.fault(value, name, plan.everyFault); }}};
    const Fields fields = {
        {"ms_per_item", number(plan.millisecondsPerItem)},
        {"device_name", [&](const Json& value, const std::string& name) { reader.text(value, name, plan.deviceName); }},
        {"labels", count(plan.labels)},
        {"batch", count(plan.batch)},
        {"replicas", count(plan.replicas)},
        {"load_ms", count(plan.loadMilliseconds)},
        {"slow_after", [&](const Json& value, const std::string& name) { reader.object(value, name, slowAfter); }},
        {"fail_every", [&](const Json& value, const std::string& name) { reader.object(value, name, failEvery); }},
        {"modes", [&](const Json& value, const std::string& name) { reader.modes(value, name, plan.modes); }},
        {"fail_load", [&](const Json& value, const std::string& name) { reader.code(value, name, plan.loadError); }},
        {"fail_items", [&](const Json& value, const std::string& name) { reader.faults(value, name, plan.faults); }},
    };
    reader.object(Json::parse(text, nullptr, false), {}, fields);
    reader.expect(plan.batch > 0 && plan.batch <= 4096, "batch");
    reader.expect(plan.replicas <= 4096, "replicas");
    if (!reader.wrong().empty())
        return Error{ErrorCode::Settings, "the plan of the synthetic backend: " + reader.wrong()};
    return plan;
}

Answer answerOf(std::uint64_t itemKey, std::uint32_t labels)
{
    const std::uint64_t first = mixed(itemKey), second = mixed(first);
    constexpr double steps = 1 << 16;
    const double part = static_cast<double>(second % (1 << 16)) / steps;
    return {static_cast<std::uint32_t>(first % std::max(labels, 1U)), 0.5 + 0.49 * part};
}

Answer answerOf(std::uint64_t itemKey, std::uint32_t labels, const Mode& mode)
{
    Answer answer = answerOf(itemKey, labels);
    answer.score -= mode.shift;
    // Drawn anew, so that it is not the label's or the score's own chance.
    constexpr double steps = 1 << 20;
    const double part = static_cast<double>(mixed(~mixed(itemKey)) % (1 << 20)) / steps;
    if (part < mode.disagree && labels > 1)
        answer.label = (answer.label + 1) % labels;
    return answer;
}

void writeLogits(const Answer& answer, float* logits, std::uint32_t labels)
{
    std::fill_n(logits, labels, 0.0F);
    if (labels < 2)
        return;
    // softmax(x, 0, …, 0) = e^x / (e^x + n − 1) is to be the score.
    const double odds = answer.score / (1.0 - answer.score) * (static_cast<double>(labels) - 1.0);
    logits[answer.label] = static_cast<float>(std::log(odds));
}

} // namespace vitfleet::synthetic
