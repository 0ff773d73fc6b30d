// SPDX-License-Identifier: GPL-3.0-or-later
// How the active run's precision choice (precision_choice.h) reaches its nodes, items and store.
#include "app/core/engine/run_controller.h"
#include "app/core/text.h"
#include "shared/base/limits.h"
#include "shared/digest/digest.h"

#include <algorithm>
#include <random>

namespace vitfleet::app {

void RunController::startPrecisionChoice()
{
    m_pickedForCheck.clear();
    m_precision.reset();
    if (m_run.precision == "fp32")
        return;
    PrecisionChoice::Host host;
    host.open = [this](Node& node, const std::string& precision) { openIn(node, precision); };
    host.lease = [this](Node& node, LeaseId lease, const std::vector<ItemId>& items) {
        return leaseForCheck(node, lease, items);
    };
    host.admit = [this](Node& node) {
        node.phase = RunPhase::Working;
        m_changed();
        admitNodes();
    };
    host.pick = [this](std::uint32_t count) { return pickForCheck(count); };
    host.items = [this] { return itemsForCheck(); };
    host.decided = [this](const PrecisionCheck& check) { onPrecisionDecided(check); };
    m_precision = std::make_unique<PrecisionChoice>(m_run, std::move(host), m_loop.time());
}

/// How large the sample is depends on how large the run is, but a long scan need not end for that.
std::optional<std::uint64_t> RunController::itemsForCheck() const
{
    if (m_run.scanComplete || m_items->size() >= canary::shortRun)
        return m_items->size();
    return std::nullopt;
}

/// At random: a data set is often sorted by what its pictures show.
std::vector<ItemId> RunController::pickForCheck(std::uint32_t count)
{
    std::vector<ItemId> picked;
    const std::uint32_t known = m_items->size();
    const auto consider = [&](std::uint32_t index) {
        const ItemId item(index);
        if (!m_scheduler.isSettled(item) && m_items->at(item).scanError.code == ErrorCode::None &&
            m_pickedForCheck.insert(item).second)
            picked.push_back(item);
    };
    std::mt19937_64 random(digest::randomU64());
    std::uniform_int_distribution<std::uint32_t> any(0, std::max(known, 1U) - 1);
    for (std::uint32_t tries = 0; known > 0 && tries < 8 * count && picked.size() < count; ++tries)
        consider(any(random));
    // Where few are left, chance does not find them.
    const std::uint32_t start = any(random);
    for (std::uint32_t i = 0; i < known && picked.size() < count; ++i)
        consider((start + i) % known);
    std::ranges::sort(picked);
    return picked;
}

bool RunController::leaseForCheck(Node& node, LeaseId lease, const std::vector<ItemId>& items)
{
    if (!node.up || m_stage != Stage::Working)
        return false;
    node.chunk = static_cast<std::uint32_t>(items.size());
    std::vector<ItemRecord> records;
    for (const ItemId item : items)
        records.push_back(m_items->at(item));
    const auto send = [this](Node& target, LeaseId number, protocol::TransferMode mode,
                             const std::vector<protocol::Bytes>& parts) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const protocol::LeasePart part{m_run.uid, number, mode, static_cast<std::uint32_t>(i),
                                           i + 1 == parts.size()};
            if (!m_fleet.link().send(target.id, Channel::Data, part, parts[i]))
                return false;
        }
        return true;
    };
    if (node.mode == protocol::TransferMode::Paths) {
        std::vector<protocol::LeaseItem> list;
        for (const ItemRecord& record : records)
            list.push_back(toLeaseItem(record));
        return send(node, lease, protocol::TransferMode::Paths, encodeParts(list));
    }
    m_payloads->readLease(m_dataSet, std::move(records),
                          [this, send, id = node.id, session = node.session, lease](PayloadWorker::Lease read) {
                              Node* target = m_fleet.find(id);
                              if (m_stage != Stage::Working || !m_precision || !target || !target->up ||
                                  target->session != session)
                                  return;
                              for (const auto& [item, error] : read.unreadable) {
                                  protocol::ResultItem failed;
                                  failed.item = item;
                                  failed.error = error.code;
                                  failed.errorDetail = error.detail;
                                  static_cast<void>(m_precision->answer(*target, failed));
                                  // A disk that may come back: the item is tried again as any other one.
                                  if (info(error.code).kind == ErrorKind::Item)
                                      settleHere(item, error);
                              }
                              if (!send(*target, lease, protocol::TransferMode::Bytes, read.parts))
                                  m_precision->givenBack(*target);
                              stepPrecision();
                          });
    return true;
}

/// Its answer in fp32 is the item's row. One in the candidate, or an error, only counts: an error is tried again by the
/// scheduler, as any other item.
void RunController::onCheckResult(Node& node, protocol::ResultItem& result)
{
    const bool isResumed = m_firstOfEarlier != m_firstLease;
    if (!m_precision || (!isResumed && !m_precision->hasGiven(result.lease))) {
        foreignResult(node.id);
        m_refused.push_back(result.sequence);
        return;
    }
    const auto use = m_precision->answer(node, result);
    if (use == PrecisionChoice::Use::Row && !m_scheduler.isSettled(result.item)) {
        addRow(rowOf(node, result, 1), &node, result.sequence);
        step(scheduler::ItemsSettled{{result.item}});
    } else {
        m_refused.push_back(result.sequence); // nothing of it is stored: the agent may forget it
    }
    stepPrecision();
}

void RunController::onPrecisionDecided(const PrecisionCheck& check)
{
    m_run.precisionChecks.push_back(check);
    m_store.writer().addPrecisionCheck(m_run.id, check);
    const bool admitted = check.verdict == PrecisionVerdict::Admitted;
    emit(admitted ? EventKind::PrecisionAdmitted : EventKind::PrecisionRefused, nullptr, {ErrorCode::None, {}},
         check.compared, check.kindText + ": " + text::precisionText(check));
    m_changed();
}

void RunController::stepPrecision()
{
    if (m_precision && m_stage == Stage::Working)
        m_precision->step(m_fleet.nodes(), m_run.nodesWanted, m_paused);
}

} // namespace vitfleet::app
