// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/scores.h"

#include "shared/base/limits.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace vitfleet::agent {
namespace {

/// What each logit is divided or mapped by: sums in double, so that 100,000 labels still add up to one.
class Scorer
{
public:
    Scorer(std::span<const float> logits, ProblemType problem) : m_problem(problem)
    {
        if (problem != ProblemType::SingleLabel || logits.empty())
            return;
        m_largest = *std::ranges::max_element(logits);
        for (const float logit : logits)
            m_sum += std::exp(static_cast<double>(logit) - m_largest);
    }
    float operator()(float logit) const
    {
        if (m_problem == ProblemType::Regression)
            return logit;
        if (m_problem == ProblemType::MultiLabel)
            return static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(logit))));
        return static_cast<float>(std::exp(static_cast<double>(logit) - m_largest) / m_sum);
    }

private:
    ProblemType m_problem;
    double m_largest = 0, m_sum = 0;
};

} // namespace

std::vector<protocol::LabelScore> topScores(std::span<const float> logits, ProblemType problem)
{
    if (!std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); }))
        return {};
    const Scorer score(logits, problem);
    std::vector<protocol::LabelScore> all;
    all.reserve(logits.size());
    for (std::size_t label = 0; label < logits.size(); ++label)
        all.push_back({static_cast<std::uint32_t>(label), score(logits[label])});
    const std::size_t count = std::min(all.size(), limits::topK);
    std::partial_sort(
        all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
        [](const auto& a, const auto& b) { return a.score != b.score ? a.score > b.score : a.label < b.label; });
    all.resize(count);
    return all;
}

} // namespace vitfleet::agent
