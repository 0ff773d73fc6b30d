// SPDX-License-Identifier: GPL-3.0-or-later
// The audit: a share of the labelled items goes to a second node, and where the two disagree to a third, which decides
// who is wrong. It never changes a row. The scheduler does not know what an answer says: the engine compares.
#include "app/core/scheduler/machine.h"

namespace vitfleet::app::scheduler::detail {
namespace {

/// Audits whose nodes have answered stand in the way of others only so far.
constexpr std::size_t lookedAt = 64;
/// Whose answer is the row, who is asked next, and who decides.
constexpr std::size_t mostOpinions = 3;

/// SplitMix64 (Steele, Lea, Flood 2014), in [0, 1).
double lot(std::uint64_t seed, Item item)
{
    std::uint64_t z = seed + 0x9e3779b97f4a7c15ULL * (std::uint64_t{item} + 1);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

} // namespace

/// Whether the label that the node has just given is to be audited. Not those of the tail, for which the run would
/// wait, unless less than half of the share was drawn before: to a fleet that is large for its data all of it is the
/// tail.
bool Machine::mayAudit(NodeIndex node, Item item) const
{
    if (m_policy.auditShare <= 0 || lot(m_policy.auditSeed, item) >= m_policy.auditShare)
        return false;
    const bool isTail = m_scanFinished && queuedItems() == 0;
    if (isTail && 2 * m_auditsBegun >= m_policy.auditShare * static_cast<double>(m_counts.settled))
        return false;
    return eligibleBesides({node}) > 0;
}

bool Machine::isAuditOf(LeaseIndex lease, Item item) const
{
    if (m_items.state(item) != ItemState::Settled)
        return false;
    const auto found = m_audits.find(item);
    return found != m_audits.end() && found->second.stage == Audit::Stage::Asked && found->second.lease == lease;
}

void Machine::beginAudit(NodeIndex node, Item item)
{
    std::get<AcceptResult>(m_actions.back()).audit = true;
    m_audits[item].answered.push_back(node);
    m_auditQueue.push_back(item);
    ++m_auditsWaiting;
    ++m_auditsBegun;
}

void Machine::queueAudit(Item item)
{
    Audit& audit = m_audits.at(item);
    audit.stage = Audit::Stage::Waiting;
    audit.lease = 0;
    m_auditQueue.push_back(item);
    ++m_auditsWaiting;
}

/// Up to `count` items on which this node has not been heard; from here on they must be sent.
std::vector<Item> Machine::takeAudits(NodeIndex node, std::uint32_t count)
{
    std::vector<Item> items;
    for (std::size_t left = std::min(m_auditQueue.size(), lookedAt); left > 0 && items.size() < count; --left) {
        const Item item = m_auditQueue.front();
        m_auditQueue.pop_front();
        const auto found = m_audits.find(item);
        if (found == m_audits.end() || found->second.stage != Audit::Stage::Waiting)
            continue;
        if (std::ranges::find(found->second.answered, node) != found->second.answered.end()) {
            m_auditQueue.push_back(item);
            continue;
        }
        if (std::ranges::find(items, item) != items.end())
            continue; // it came back and stands here twice
        --m_auditsWaiting;
        items.push_back(item);
    }
    return items;
}

void Machine::onAuditAnswer(NodeIndex node, Item item, const Error& error)
{
    if (error.code != ErrorCode::None && info(error.code).kind != ErrorKind::Item) {
        reject(node, item, RejectResult::Why::TriedElsewhere);
        endAudit(item, AuditEnded::Verdict::Dropped);
        noteNodeError(node, item, error, {});
        return;
    }
    Audit& audit = m_audits.at(item);
    audit.stage = Audit::Stage::Compared;
    audit.lease = 0;
    audit.answered.push_back(node);
    emit(CompareResult{m_nodes[node].id, ItemId(item)});
}

void Machine::on(const AuditCompared& event)
{
    const Item item = event.item.value;
    const auto found = m_audits.find(item);
    if (found == m_audits.end() || found->second.stage != Audit::Stage::Compared)
        return;
    Audit& audit = found->second;
    if (audit.answered.size() == 2)
        ++m_counts.audited;
    if (event.contradicts.empty()) {
        for (const NodeIndex node : audit.answered)
            noteAgreement(node);
        endAudit(item, AuditEnded::Verdict::Agreed);
        return;
    }
    if (!std::exchange(audit.disputed, true))
        ++m_counts.disputed;
    if (audit.answered.size() == mostOpinions) {
        const NodeIndex outvoted = event.contradicts.size() == 1 ? indexOf(event.contradicts.front()) : noNode;
        if (outvoted == noNode)
            return endAudit(item, AuditEnded::Verdict::Disputed);
        endAudit(item, AuditEnded::Verdict::Outvoted, outvoted);
        return noteOutvoted(outvoted, item);
    }
    if (eligibleBesides(audit.answered) == 0)
        return endAudit(item, AuditEnded::Verdict::Disputed);
    queueAudit(item);
    fillAll();
}

void Machine::endAudit(Item item, AuditEnded::Verdict verdict, NodeIndex outvoted)
{
    const auto found = m_audits.find(item);
    if (found->second.stage == Audit::Stage::Waiting)
        --m_auditsWaiting;
    if (verdict == AuditEnded::Verdict::Dropped && found->second.disputed)
        verdict = AuditEnded::Verdict::Disputed;
    m_audits.erase(found);
    emit(AuditEnded{ItemId(item), verdict, outvoted == noNode ? NodeId() : m_nodes[outvoted].id});
}

/// Once every item has its row: those that nobody could answer end at once, the others are waited for a little.
bool Machine::auditsAreDone()
{
    if (m_audits.empty())
        return true;
    if (!m_settledAt)
        m_settledAt = m_now;
    const bool late = m_now - *m_settledAt >= m_policy.auditPatience;
    std::vector<Item> over;
    for (const auto& [item, audit] : m_audits) {
        const bool isStuck = audit.stage == Audit::Stage::Waiting && eligibleBesides(audit.answered) == 0;
        if (audit.stage != Audit::Stage::Compared && (late || isStuck))
            over.push_back(item);
    }
    std::ranges::sort(over); // a hash table's order differs from machine to machine, and runs are to replay
    for (const Item item : over)
        endAudit(item, AuditEnded::Verdict::Dropped);
    return m_audits.empty();
}

} // namespace vitfleet::app::scheduler::detail
