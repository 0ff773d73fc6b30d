// SPDX-License-Identifier: GPL-3.0-or-later
// Work on the items of an open run: leases, pieces, results, giving back.
#include "agent/core/run_controller.h"

#include "shared/base/log.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <utility>

namespace vitfleet::agent {

Result<void> RunController::onLeasePart(const protocol::LeasePart& part, protocol::BytesView payload)
{
    auto items = protocol::decodeItems(payload);
    if (!items.ok())
        return items.error();
    if (!isCurrent(part.runUid) || m_run->phase == Phase::Failed) {
        // Possible after a close or another open that crossed it: its sender has already forgotten the lease.
        log::warning("lease_of_other_run", {{"run", part.runUid}, {"items", items->size()}});
        return {};
    }
    if (m_draining) {
        std::vector<WorkQueue::GivenBack> given;
        for (const auto& item : *items)
            given.push_back({part.lease, item.item});
        sendRevoked(given);
        return {};
    }
    m_run->queue->setResting(false);
    return m_run->queue->add(part.lease, part.mode, std::move(*items));
}

void RunController::onRevoke(const protocol::Revoke& revoke)
{
    if (!isCurrent(revoke.runUid))
        return;
    const auto given = m_run->queue->takeBack(revoke.lease, revoke.maxItems);
    m_run->items.prune([this](std::uint64_t tag) { return m_run->queue->isWanted(tag); });
    if (given.empty())
        m_courier.send(protocol::Revoked{revoke.runUid, revoke.lease},
                       protocol::encodeItems(std::span<const protocol::LeaseItem>()).payload);
    sendRevoked(given);
}

void RunController::sendRevoked(const std::vector<WorkQueue::GivenBack>& given)
{
    std::map<LeaseId, std::vector<protocol::LeaseItem>> byLease;
    for (const auto& entry : given) {
        protocol::LeaseItem item;
        item.item = entry.item;
        byLease[entry.lease].push_back(std::move(item));
    }
    for (const auto& [lease, items] : byLease) {
        for (std::span<const protocol::LeaseItem> rest = items; !rest.empty();) {
            auto encoded = protocol::encodeItems(rest);
            rest = rest.subspan(std::clamp<std::size_t>(encoded.count, 1, rest.size()));
            m_courier.send(protocol::Revoked{m_run->request.runUid, lease}, std::move(encoded.payload));
        }
    }
}

void RunController::onCommitted(const protocol::Committed& committed)
{
    if (!isCurrent(committed.runUid))
        return;
    // No more work is begun while too many results wait for this: the application's disk may be full.
    m_run->queue->settled(m_courier.committed(committed.ranges));
}

void RunController::collectResults()
{
    for (auto& result : m_run->sink->take()) {
        ++m_doneItems;
        if (result.error != ErrorCode::None) {
            log::info(
                "item_error",
                {{"item", result.item.value}, {"error", info(result.error).name}, {"detail", result.errorDetail}});
        }
        m_courier.addResult(std::move(result));
    }
}

void RunController::needBytes(std::vector<ItemSource::NeedsBytes> items)
{
    for (const auto& item : items)
        m_run->items.want(item);
    askForItems();
}

void RunController::askForItems()
{
    for (const auto& piece : m_run->items.toAsk())
        m_courier.send(protocol::ItemRequest{m_run->request.runUid, piece.lease, piece.item, piece.offset});
}

void RunController::onItemPiece(const protocol::ItemPiece& piece, protocol::BytesView payload)
{
    if (!isCurrent(piece.runUid))
        return;
    if (auto arrived = m_run->items.arrived(piece, payload)) {
        if (arrived->failed) {
            Picture picture;
            picture.tag = arrived->item.tag;
            picture.error = ErrorCode::ItemChanged;
            picture.detail = "the application could not send all of it";
            deliverPictures(*m_run->queue, *m_run->sink, {std::move(picture)});
        } else {
            m_run->queue->supply(arrived->item.tag, std::move(arrived->bytes));
        }
    }
    askForItems();
}

void RunController::onProbe(const protocol::ProbeFiles& probe)
{
    if (!isCurrent(probe.runUid))
        return;
    const std::size_t count = std::min(probe.files.size(), limits::maxProbeFiles);
    postToWorker([this, generation = m_generation, probe, count, side = m_run->side] {
        protocol::ProbeResult result{probe.runUid, {}};
        for (std::size_t i = 0; i < count; ++i) {
            const auto hash = side->source->probe(probe.files[i]);
            result.files.push_back({hash.has_value(), hash.value_or(protocol::HeadHash{})});
        }
        postToRun(generation, [this, result] { m_courier.send(result); });
    });
}

void RunController::drain(bool now)
{
    m_draining = true;
    if (!m_run || !now)
        return;
    const auto given = m_run->queue->takeBack(LeaseId{}, std::numeric_limits<std::size_t>::max());
    m_run->items.clear();
    log::info("given_back", {{"items", given.size()}});
    sendRevoked(given);
}

void RunController::undrain()
{
    m_draining = false;
}

void RunController::rest(bool on)
{
    if (m_run)
        m_run->queue->setResting(on);
}

void RunController::describe(protocol::AgentBeat& beat)
{
    using State = protocol::AgentState;
    beat.doneItems = m_doneItems;
    beat.outboxItems = static_cast<std::uint32_t>(m_courier.outbox().size());
    describeReplicas(beat);
    if (!m_run) {
        beat.state = m_draining ? State::Drained : State::Idle;
        return;
    }
    const auto counts = m_run->queue->counts();
    // Started is what can no longer be given back, and what this process would take down with it: the scheduler judges
    // poison and what it may steal by this. Pictures that lie decoded, or in a decoder process, are neither.
    beat.startedItems = counts.computing;
    beat.queuedItems = counts.queued + counts.started - counts.computing;
    switch (m_run->phase) {
    case Phase::Fetching:
        beat.state = State::FetchingModel;
        break;
    case Phase::Locating:
    case Phase::Loading:
        beat.state = State::LoadingModel;
        break;
    case Phase::Ready:
        beat.state = State::Ready;
        break;
    default:
        beat.state = State::Idle;
        break;
    }
    if (m_draining)
        beat.state = counts.queued + counts.started > 0 ? State::Draining : State::Drained;
    if (m_run->fetch) {
        beat.modelBytesFetched = m_run->fetch->receivedBytes();
        beat.modelBytesTotal = m_run->fetch->totalBytes();
    }
}

void RunController::describeReplicas(protocol::AgentBeat& beat)
{
    if (!m_counters)
        return;
    const auto replicas = m_counters->read();
    const bool isOpen = m_run && m_run->host;
    if (!isOpen && std::ranges::none_of(replicas, &ReplicaWatch::Replica::busy)) {
        m_counters.reset();
        return;
    }
    for (const auto& [progress, busy] : replicas) {
        beat.replicaProgress.push_back(progress);
        beat.busy |= busy;
    }
    const auto stall = m_watch.look(replicas, std::chrono::steady_clock::now());
    const auto still = std::chrono::duration_cast<std::chrono::milliseconds>(stall.time).count();
    beat.stalledMillis = static_cast<std::uint32_t>(std::min<std::int64_t>(still, UINT32_MAX));
    beat.stalledReplica = stall.replica;
    const bool isHung = stall.time >= limits::hungAfter;
    if (!std::exchange(m_isHung, isHung) && isHung)
        log::error("replica_hung", {{"replica", stall.replica}, {"replicas", replicas.size()}});
}

std::vector<int> RunController::decoderProcesses() const
{
    return m_run && m_run->host ? m_run->host->decoderProcesses() : std::vector<int>();
}

bool RunController::holdsWork() const
{
    if (!m_run)
        return false;
    const auto counts = m_run->queue->counts();
    const bool isLeased = m_run->phase != Phase::Failed && counts.queued + counts.started > 0;
    return isLeased || !m_run->sink->isEmpty() || !m_courier.outbox().empty();
}

bool RunController::isQuiet() const
{
    return !m_run || (m_run->queue->counts().started == 0 && m_run->sink->isEmpty());
}

} // namespace vitfleet::agent
