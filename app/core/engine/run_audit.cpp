// SPDX-License-Identifier: GPL-3.0-or-later
// The audit's part of a run: answers are kept and compared, disputes are told. No row changes.
#include "app/core/engine/run_controller.h"

namespace vitfleet::app {

AuditBook::Answer RunController::currentAnswer() const
{
    return {m_currentNode->id, m_currentNode->name, m_current->error, m_current->top, m_currentNode->ready.precision};
}

void RunController::compareAnswer(ItemId item)
{
    const AuditBook::Answer answer = currentAnswer();
    scheduler::AuditCompared compared{answer.node, item, {}};
    std::string text;
    for (const AuditBook::Answer& earlier : m_audit.of(item)) {
        text += AuditBook::describe(earlier, m_run.labels) + "; ";
        if (AuditBook::contradict(earlier, answer, m_run.labels))
            compared.contradicts.push_back(earlier.node);
    }
    const bool isFirst = m_audit.of(item).size() == 1;
    m_audit.add(item, answer);
    // With two nodes nobody is set aside, and a broken one would fill the list of events.
    constexpr std::uint64_t toldDisputes = 100;
    if (isFirst && !compared.contradicts.empty() && m_scheduler.counts().disputed < toldDisputes)
        emit(EventKind::ResultDisputed, nullptr, {ErrorCode::None, {}}, 1,
             m_items->at(item).path + ": " + text + AuditBook::describe(answer, m_run.labels));
    m_compared = std::move(compared);
}

void RunController::auditEnded(const scheduler::AuditEnded& ended)
{
    if (ended.verdict == scheduler::AuditEnded::Verdict::Outvoted) {
        std::string text;
        for (const AuditBook::Answer& answer : m_audit.of(ended.item))
            text += (text.empty() ? "" : "; ") + AuditBook::describe(answer, m_run.labels);
        emit(EventKind::NodeOutvoted, m_fleet.find(ended.node), {ErrorCode::None, {}}, 1,
             m_items->at(ended.item).path + ": " + text);
    }
    m_audit.forget(ended.item);
}

/// At the end of a run, or of this process's part of it.
void RunController::tellAudit()
{
    const auto counts = m_scheduler.counts();
    if (counts.audited > 0)
        emit(EventKind::Audited, nullptr, {ErrorCode::None, {}}, counts.audited,
             counts.disputed == 0
                 ? std::string("no dispute")
                 : std::to_string(counts.disputed) + (counts.disputed == 1 ? " dispute" : " disputes"));
}

} // namespace vitfleet::app
