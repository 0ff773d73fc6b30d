// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine/canary.h"

#include "app/core/text.h"

#include <algorithm>
#include <cmath>

namespace vitfleet::app {
namespace {

constexpr std::uint32_t picksPerPicture = 4; ///< a sample in which every other picture fails still comes together

/// The largest difference of a score among the best five of fp32. A label that the other list does not have was at most
/// its last one there.
double scoreDifference(const Canary::Top& reference, const Canary::Top& reduced)
{
    double largest = 0;
    for (const protocol::LabelScore& one : reference) {
        const auto same = std::ranges::find(reduced, one.label, &protocol::LabelScore::label);
        const double there = same != reduced.end() ? same->score : std::min(one.score, reduced.back().score);
        largest = std::max(largest, std::abs(static_cast<double>(one.score) - there));
    }
    return largest;
}

} // namespace

std::uint32_t canary::sampleOf(std::uint64_t items)
{
    return items < shortRun ? static_cast<std::uint32_t>(items / 10) : firstSample;
}

Canary::Canary(Plan plan, Pick pick) : m_plan(std::move(plan)), m_pick(std::move(pick))
{
    m_current.floor = m_plan.floor;
    m_current.isShort = m_plan.items < canary::shortRun;
    if (m_plan.candidates.empty()) {
        m_stage = Stage::Decided;
        return;
    }
    const std::uint32_t sample = canary::sampleOf(m_plan.items);
    if (sample == 0) {
        while (m_stage != Stage::Decided)
            conclude(PrecisionVerdict::TooFew, std::to_string(m_plan.items) + " items");
        return;
    }
    enlarge(sample);
    advance();
}

const std::string& Canary::precision() const
{
    static const std::string full = "fp32";
    return m_stage == Stage::Reference ? full : m_stage == Stage::Reduced ? m_plan.candidates[m_candidate] : m_chosen;
}

void Canary::enlarge(std::uint32_t sample)
{
    m_sample = sample;
    m_stage = Stage::Reference;
    replaceLost();
}

/// Pictures in the place of those that failed, as far as there are any.
void Canary::replaceLost()
{
    const std::size_t have = m_reference.size() + m_waiting.size() + m_held.size();
    const std::uint32_t most = picksPerPicture * m_sample;
    if (have >= m_sample || m_exhausted || m_picked >= most)
        return;
    const auto wanted = std::min<std::uint32_t>(m_sample - static_cast<std::uint32_t>(have), most - m_picked);
    const std::vector<ItemId> items = m_pick(wanted);
    m_exhausted = items.size() < wanted;
    m_picked += static_cast<std::uint32_t>(items.size());
    m_waiting.insert(m_waiting.end(), items.begin(), items.end());
}

std::vector<ItemId> Canary::take(NodeId node, std::uint32_t most)
{
    std::vector<ItemId> items;
    while (items.size() < most && !m_waiting.empty()) {
        items.push_back(m_waiting.front());
        m_held.emplace(m_waiting.front(), node);
        m_waiting.pop_front();
    }
    return items;
}

std::size_t Canary::held(NodeId node) const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(m_held, [node](const auto& entry) { return entry.second == node; }));
}

bool Canary::answer(NodeId node, ItemId item, const Error& error, const Top& top)
{
    const auto holder = m_held.find(item);
    if (holder == m_held.end() || holder->second != node)
        return false;
    m_held.erase(holder);
    const bool failed = error.code != ErrorCode::None || top.empty();
    if (failed)
        m_lastError = error;
    if (m_stage == Stage::Reference) {
        if (!failed)
            m_reference.emplace(item, top);
        replaceLost();
    } else {
        m_compared.insert(item);
        if (failed)
            ++m_failed;
        else
            compare(item, top);
    }
    advance();
    return true;
}

void Canary::compare(ItemId item, const Top& top)
{
    const Top& reference = m_reference.at(item);
    const double difference = scoreDifference(reference, top);
    const bool agrees =
        m_plan.outputs == 1 ? difference <= canary::oneOutputTolerance : reference.front().label == top.front().label;
    ++m_current.compared;
    m_current.agreed += agrees;
    m_current.largestDifference = std::max(m_current.largestDifference, difference);
}

void Canary::gone(NodeId node)
{
    for (auto it = m_held.begin(); it != m_held.end();) {
        if (it->second != node) {
            ++it;
            continue;
        }
        m_waiting.push_front(it->first);
        it = m_held.erase(it);
    }
}

void Canary::unavailable(const Error& error)
{
    if (m_stage != Stage::Reduced)
        return;
    m_waiting.clear();
    m_held.clear();
    conclude(PrecisionVerdict::Unavailable, describe(error));
    advance();
}

void Canary::advance()
{
    if (m_stage == Stage::Reference && isStageDone()) {
        if (m_reference.empty()) {
            while (m_stage != Stage::Decided)
                conclude(PrecisionVerdict::TooFew, "no picture of the sample could be computed in fp32");
            return;
        }
        beginReduced();
    } else if (m_stage == Stage::Reduced && isStageDone()) {
        evaluate();
    }
}

void Canary::beginReduced()
{
    m_stage = Stage::Reduced;
    for (const auto& [item, top] : m_reference) {
        if (!m_compared.contains(item))
            m_waiting.push_back(item);
    }
    if (m_waiting.empty())
        evaluate();
}

void Canary::evaluate()
{
    if (m_failed > static_cast<std::uint32_t>(canary::largestFailedShare * static_cast<double>(m_compared.size()))) {
        conclude(PrecisionVerdict::Unavailable, std::to_string(m_failed) + " of " + std::to_string(m_compared.size()) +
                                                    " pictures failed: " + describe(m_lastError));
    } else {
        const text::Interval interval = text::wilson(m_current.agreed, m_current.compared);
        const bool straddles = interval.low < m_plan.floor && interval.high >= m_plan.floor;
        if (straddles && !m_current.isShort && m_sample < canary::largestSample && !m_exhausted) {
            enlarge(std::min(2 * m_sample, canary::largestSample));
            advance(); // where there was nothing more to pick
            return;
        }
        conclude(interval.high < m_plan.floor ? PrecisionVerdict::Rejected : PrecisionVerdict::Admitted);
    }
    advance();
}

/// Of the current candidate. Leads to the next one where there is one, on the same answers in fp32.
void Canary::conclude(PrecisionVerdict verdict, std::string reason)
{
    m_current.precision = m_plan.candidates[m_candidate];
    m_current.verdict = verdict;
    m_current.sample = m_sample;
    m_current.reason = std::move(reason);
    m_finished.push_back(m_current);
    if (verdict == PrecisionVerdict::Admitted)
        m_chosen = m_current.precision;
    const bool floorSet = m_current.isShort;
    m_current = {};
    m_current.floor = m_plan.floor;
    m_current.isShort = floorSet;
    m_compared.clear();
    m_failed = 0;
    ++m_candidate;
    if (verdict == PrecisionVerdict::Admitted || m_candidate == m_plan.candidates.size())
        m_stage = Stage::Decided;
    else if (!m_reference.empty())
        beginReduced();
}

std::vector<PrecisionCheck> Canary::checks() const
{
    std::vector<PrecisionCheck> checks = m_finished;
    if (m_stage != Stage::Decided) {
        PrecisionCheck current = m_current;
        current.precision = m_plan.candidates[m_candidate];
        current.sample = m_sample;
        current.computed = static_cast<std::uint32_t>(m_reference.size());
        checks.push_back(std::move(current));
    }
    return checks;
}

} // namespace vitfleet::app
