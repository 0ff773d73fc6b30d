// SPDX-License-Identifier: GPL-3.0-or-later
// Which node works on which item: a pure state machine. No sockets, no clock, no SQL: step(event, now) returns actions,
// so that thousands of seeded fault schedules run in seconds (tests/simulation) and any of them replays.
//
// Policy: pull with a credit of two leases; a chunk is the node's share of what is left, a quarter of it, held between
// 0.2 s and some seconds of its measured speed. When the queue is empty, unstarted items are taken back from the node
// with the longest expected end; items are given out twice only where a heartbeat is late. See docs/scheduler.md.
#pragma once

#include "shared/base/error.h"
#include "shared/base/ids.h"
#include "shared/base/limits.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace vitfleet::app::scheduler {

/// Time since an arbitrary start, on a clock that never goes back.
using Time = std::chrono::microseconds;

struct Policy
{
    std::uint32_t credit = 2; ///< leases that a node may hold
    double chunkShare = 0.25; ///< of the node's share of what is left
    Time minChunk = std::chrono::milliseconds(200);
    Time maxChunk = std::chrono::seconds(4);
    std::uint32_t maxChunkItems = 4096;
    std::uint32_t firstChunkItems = 16; ///< for a node whose speed is unknown
    std::uint32_t maxAttempts = 3;      ///< node errors of one item before it is an error row
    std::uint32_t poisonLosses = 3;     ///< losses in execution before it is an error row; alone from the one before
    std::uint32_t breakerErrors = 3;    ///< node errors in a row that set a node aside
    Time breakerPause = std::chrono::seconds(30);
    Time eligibleTimeout = limits::eligibleNodeTimeout; ///< for a node that the item may go to and that is away
    Time newcomerTimeout = std::chrono::seconds(5);     ///< where every node that there ever was is excluded
    Time leaseFloor = std::chrono::seconds(30);         ///< a lease may take at least this long,
    double leaseFactor = 10.0;                          ///< or this many times its expected duration
    double auditShare = 0.02;                           ///< of the labelled items: a second node labels them, too
    std::uint64_t auditSeed = 0;                        ///< decides which; nobody outside should be able to guess
    Time auditPatience = std::chrono::seconds(2);       ///< once every item has its row, audits are waited for so long
};

// ------------------------------------------------------------------------------------------------------------ events

/// New items with consecutive numbers, from the scan. They are handed out from the next event on that is neither this
/// nor ItemsSettled.
struct ItemsFound
{
    ItemId first;
    std::uint32_t count = 0;
};
/// Items that got their row without a result of a lease (resume, an error found by the scan or while reading, an outbox
/// of before a restart). In whatever state they are, nothing is to be done for them any more and no node owes them. May
/// come before ItemsFound.
struct ItemsSettled
{
    std::vector<ItemId> items;
};
struct ScanFinished
{
};
/// A node can take work. `itemsPerSecond` from its warm-up or earlier; 0: unknown. `batch`: what it computes at once;
/// smaller leases waste it. `name`: for error texts; empty: its number.
struct NodeReady
{
    NodeId node;
    double itemsPerSecond = 0;
    std::uint32_t batch = 1;
    std::string name = {};
};
/// At most this many items a chunk (memory of a node that gets bytes, or small decoders).
struct NodeLimit
{
    NodeId node;
    std::uint32_t maxChunkItems = 4096;
};
/// The node is gone with everything it held: lost, cut, ended. No error and no attempt.
struct NodeGone
{
    NodeId node;
    bool inOrder = false; ///< it said goodbye: what it owes is not lost in execution, however often that happens
};
/// A heartbeat is late, or no longer.
struct NodeSuspect
{
    NodeId node;
    bool suspect = true;
};
/// From its beat: how many of its items are in execution (the oldest ones of its leases).
struct NodeProgress
{
    NodeId node;
    std::uint32_t startedItems = 0;
};
/// Bytes of its work are being read, or have gone over the link: what is not all there cannot bring results.
struct NodeTransfer
{
    NodeId node;
};
/// It takes no new work; `now`: its unstarted items are taken back.
struct NodeDrain
{
    NodeId node;
    bool now = false;
};
struct NodeUndrain
{
    NodeId node;
};
/// A result arrived. `error` None: labelled. Kind Item or Node as info(error).kind says.
struct ResultArrived
{
    NodeId node;
    LeaseId lease;
    ItemId item;
    Error error{ErrorCode::None, {}};
};
/// The node gave these items back unstarted (answer to TakeBack, or by itself).
struct ItemsReturned
{
    NodeId node;
    LeaseId lease;
    std::vector<ItemId> items;
};
struct SetPaused
{
    bool paused = false;
};
/// Rows cannot be stored, or can again. Until then nothing more is given out, and a lease that brings no result is
/// nobody's fault: agents stop where too much is not acknowledged.
struct StoreHeldUp
{
    bool held = false;
};
/// The engine could not hand over a lease (its link was full or gone): back to the queue.
struct LeaseNotSent
{
    NodeId node;
    LeaseId lease;
};
/// What CompareResult asked for: the earlier nodes whose answer the one of `node` contradicts; none: they agree.
struct AuditCompared
{
    NodeId node;
    ItemId item;
    std::vector<NodeId> contradicts;
};
/// Time passed: leases, pauses and time-outs are looked at. At least ten times a second while a run is active.
struct Tick
{
};

using Event = std::variant<ItemsFound, ItemsSettled, ScanFinished, NodeReady, NodeLimit, NodeGone, NodeSuspect,
                           NodeProgress, NodeTransfer, NodeDrain, NodeUndrain, ResultArrived, ItemsReturned, SetPaused,
                           StoreHeldUp, LeaseNotSent, AuditCompared, Tick>;

// ----------------------------------------------------------------------------------------------------------- actions

struct SendLease
{
    NodeId node;
    LeaseId lease;
    std::vector<ItemId> items;
};
/// Ask the node to give back up to `maxItems` unstarted items of this lease, last first.
struct TakeBack
{
    NodeId node;
    LeaseId lease;
    std::uint32_t maxItems = 0;
};
/// The result just reported is the item's row: commit it. The item is settled. `audit`: other nodes will be asked as
/// well, so keep this answer until AuditEnded.
struct AcceptResult
{
    NodeId node;
    ItemId item;
    std::uint32_t attempt = 1;
    bool audit = false;
};
/// The result just reported is another opinion on an item that has its row: acknowledge it, keep it beside those that
/// were kept before, and say with AuditCompared which of them it contradicts. It changes no row.
struct CompareResult
{
    NodeId node;
    ItemId item;
};
/// Nobody else is asked about the item; what was kept of it may go.
struct AuditEnded
{
    enum class Verdict : std::uint8_t
    {
        Invalid = 0,
        Agreed,
        Disputed, ///< two nodes disagree and no third one can decide
        Outvoted, ///< `node` stands alone against the two others
        Dropped,  ///< no second opinion came
    };
    ItemId item;
    Verdict verdict = Verdict::Dropped;
    NodeId node{};
};
/// The result just reported changes nothing: acknowledge it, so that the node forgets it.
struct RejectResult
{
    enum class Why : std::uint8_t
    {
        Invalid = 0,
        Duplicate,
        Foreign,
        TriedElsewhere
    };
    NodeId node;
    ItemId item;
    Why why = Why::Duplicate;
};
/// The item ends as this error row, made here and not by one node's result.
struct FailItem
{
    ItemId item;
    Error error;
    std::uint32_t attempt = 1;
};
/// These items were given to nobody any more and are queued again.
struct Redispatched
{
    NodeId from;
    std::uint32_t count = 0;
};
struct SetAside
{
    NodeId node;
    Error lastError;
};
struct Restored
{
    NodeId node;
};
/// A lease took too long, or the node kept failing: the engine should drop the connection and connect anew.
struct NodeSuspectedHung
{
    NodeId node;
    LeaseId lease;
};
/// Every item is settled, the scan is complete and no audit is waited for any more.
struct AllSettled
{
};

using Action = std::variant<SendLease, TakeBack, AcceptResult, RejectResult, FailItem, Redispatched, SetAside, Restored,
                            NodeSuspectedHung, CompareResult, AuditEnded, AllSettled>;

// ------------------------------------------------------------------------------------------------------------- state

struct Counts
{
    std::uint64_t total = 0;
    std::uint64_t queued = 0;
    std::uint64_t leased = 0; ///< items, not leases: an item given out twice counts once
    std::uint64_t settled = 0;
    std::uint64_t redispatched = 0; ///< items that went back to the queue because of a loss or an error
    std::uint64_t duplicates = 0;   ///< results refused because the item was settled already
    std::uint64_t foreign = 0;      ///< results for items that the node was never given
    std::uint64_t audited = 0;      ///< items on which a second node's answer came
    std::uint64_t disputed = 0;     ///< of these, with a different answer
};

struct NodeView
{
    std::uint32_t leasedItems = 0;
    std::uint32_t newestChunk = 0;
    double itemsPerSecond = 0;
    bool setAside = false;
};

/// One run's schedule. Copyable: a simulation may branch.
class Scheduler
{
public:
    /// `firstLease`: numbers go up from here, so that leases of a resumed run are new.
    explicit Scheduler(Policy policy = {}, LeaseId firstLease = LeaseId(1));
    ~Scheduler();
    Scheduler(const Scheduler&);
    Scheduler& operator=(const Scheduler&);
    Scheduler(Scheduler&&) noexcept;
    Scheduler& operator=(Scheduler&&) noexcept;

    std::vector<Action> step(const Event& event, Time now);

    Counts counts() const;
    NodeView node(NodeId node) const;
    std::uint32_t leasedItems(NodeId node) const; ///< as in its view, for who asks at every result
    /// The item has its row: nothing is to be done for it any more. An item that was never found counts as not settled.
    bool isSettled(ItemId item) const;
    /// Expected time until everything is settled at the measured speeds; zero where unknown.
    Time expectedEnd(Time now) const;
    /// What must always hold (each item in exactly one place, counts add up, credits kept); empty where it does, else
    /// what does not. Slow: for tests and the simulation.
    std::string checkInvariants() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace vitfleet::app::scheduler
