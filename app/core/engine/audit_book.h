// SPDX-License-Identifier: GPL-3.0-or-later
// What nodes answered on the items of the audit, and whether two answers contradict each other. The scheduler decides
// who is asked and what follows; this knows what the answers say.
#pragma once

#include "shared/base/error.h"
#include "shared/base/ids.h"
#include "shared/protocol/messages.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace vitfleet::app {

class AuditBook
{
public:
    struct Answer
    {
        NodeId node;
        std::string nodeName;
        ErrorCode error = ErrorCode::None;
        std::vector<protocol::LabelScore> top; ///< best first; probabilities
        protocol::Precision precision = protocol::Precision::Fp32;
    };

    /// By how much two runs of the same picture may differ in a probability, for no other reason than the precision
    /// that each computed in.
    static float tolerance(protocol::Precision a, protocol::Precision b);
    /// Another label where each is sure of its own, or a label against an error. `labels`: the names of the model's
    /// outputs; two outputs of one name are the same answer.
    static bool contradict(const Answer& a, const Answer& b, const std::vector<std::string>& labels);
    /// "node-1: cat (0.812)", "node-2: E_IMG_CORRUPT".
    static std::string describe(const Answer& answer, const std::vector<std::string>& labels);

    void clear() { m_answers.clear(); }
    /// The answer that is the item's row.
    void keep(ItemId item, Answer answer) { m_answers[item.value] = {std::move(answer)}; }
    void add(ItemId item, Answer answer) { m_answers[item.value].push_back(std::move(answer)); }
    /// In the order in which they came; empty where nothing is kept.
    const std::vector<Answer>& of(ItemId item) const;
    void forget(ItemId item) { m_answers.erase(item.value); }
    std::size_t size() const { return m_answers.size(); }

private:
    std::unordered_map<std::uint32_t, std::vector<Answer>> m_answers;
};

} // namespace vitfleet::app
