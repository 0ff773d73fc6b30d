// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine/audit_book.h"

#include <algorithm>
#include <cstdio>

namespace vitfleet::app {
namespace {

float toleranceOf(protocol::Precision precision)
{
    switch (precision) {
    case protocol::Precision::Bf16:
        return 0.05F;
    case protocol::Precision::Fp16:
        return 0.01F;
    case protocol::Precision::Int8:
        return 0.1F;
    case protocol::Precision::Fp32:
    case protocol::Precision::Invalid:
        break;
    }
    return 1e-3F;
}

/// How far the best label is ahead of the next.
float margin(const AuditBook::Answer& answer)
{
    const float next = answer.top.size() > 1 ? answer.top[1].score : 0.0F;
    return answer.top.empty() ? 0.0F : answer.top[0].score - next;
}

} // namespace

float AuditBook::tolerance(protocol::Precision a, protocol::Precision b)
{
    return std::max(toleranceOf(a), toleranceOf(b));
}

bool AuditBook::contradict(const Answer& a, const Answer& b, const std::vector<std::string>& labels)
{
    if ((a.error == ErrorCode::None) != (b.error == ErrorCode::None))
        return true;
    if (a.error != ErrorCode::None || a.top.empty() || b.top.empty())
        return false; // both call it bad, whatever each calls it
    if (labels.at(a.top[0].label) == labels.at(b.top[0].label))
        return false;
    const float allowed = tolerance(a.precision, b.precision);
    return margin(a) > allowed && margin(b) > allowed;
}

std::string AuditBook::describe(const Answer& answer, const std::vector<std::string>& labels)
{
    if (answer.error != ErrorCode::None)
        return answer.nodeName + ": " + std::string(info(answer.error).name);
    if (answer.top.empty())
        return answer.nodeName + ": no label";
    char score[16];
    std::snprintf(score, sizeof score, " (%.3f)", static_cast<double>(answer.top[0].score));
    return answer.nodeName + ": " + labels.at(answer.top[0].label) + score;
}

const std::vector<AuditBook::Answer>& AuditBook::of(ItemId item) const
{
    static const std::vector<Answer> none;
    const auto found = m_answers.find(item.value);
    return found == m_answers.end() ? none : found->second;
}

} // namespace vitfleet::app
