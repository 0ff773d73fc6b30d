// SPDX-License-Identifier: GPL-3.0-or-later
// The state machine behind Scheduler. One class, since every rule touches items, leases and nodes at once; its rules
// stand in one file each: machine.cpp (events), queue.cpp (where items wait), fleet.cpp (who may work), leases.cpp (who
// gets how much), results.cpp (answers and errors), audit.cpp (second opinions), losses.cpp (nodes that went away),
// breaker.cpp (nodes that fail), stealing.cpp (the tail), invariants.cpp.
#pragma once

#include "app/core/scheduler/item_queue.h"
#include "app/core/scheduler/records.h"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace vitfleet::app::scheduler::detail {

class Machine
{
public:
    Machine(Policy policy, LeaseId firstLease) : m_policy(policy), m_firstLease(firstLease.value) {}

    std::vector<Action> step(const Event& event, Time now);
    Counts counts() const;
    NodeView view(NodeId node) const;
    std::uint32_t leasedItems(NodeId node) const;
    Time expectedEnd(Time now) const;
    bool isSettled(ItemId item) const;
    std::string checkInvariants() const;

private:
    // machine.cpp
    void on(const ItemsFound& event);
    void on(const ItemsSettled& event);
    void on(const ScanFinished& event);
    void on(const NodeReady& event);
    void on(const NodeLimit& event);
    void on(const NodeGone& event);
    void on(const NodeSuspect& event);
    void on(const NodeProgress& event);
    void on(const NodeTransfer& event);
    void on(const NodeDrain& event);
    void on(const NodeUndrain& event);
    void on(const ResultArrived& event);
    void on(const ItemsReturned& event);
    void on(const SetPaused& event);
    void on(const StoreHeldUp& event);
    void on(const LeaseNotSent& event);
    void on(const AuditCompared& event);
    void on(const Tick& event);
    void finishStep();

    NodeIndex indexOf(NodeId node) const; ///< noNode where it is unknown
    NodeIndex makeNode(NodeId node);
    LeaseId idOf(LeaseIndex lease) const { return LeaseId(m_firstLease + lease - 1); }
    LeaseIndex indexOf(LeaseId lease) const; ///< 0 where it is none of this session
    template <typename ActionType>
    void emit(ActionType action)
    {
        m_actions.emplace_back(std::move(action));
    }

    // Items and the queue (queue.cpp)
    Trouble& troubleOf(Item item);
    const Trouble* findTrouble(Item item) const;
    bool isExcluded(Item item, NodeIndex node) const;
    void enqueue(Item item);    ///< where its history says; for an item that nobody holds
    void leaveQueue(Item item); ///< its state must be set afterwards
    void settle(Item item);
    void settleQuietly(Item item);
    void failItem(Item item, Error error);
    std::uint32_t queuedItems() const
    {
        return m_plainWaiting + m_restrictedWaiting + static_cast<std::uint32_t>(m_alone.size());
    }
    std::uint32_t waitingItems() const { return queuedItems() + m_auditsWaiting; }
    std::vector<Item> takeRestricted(NodeIndex node, std::uint32_t count);
    std::vector<Item> takePlain(std::uint32_t count);
    void sweepStuck();
    void sweepAlone(Item item);
    bool sweepBucket(const BucketKey& key, Bucket& bucket);

    // Who may work (fleet.cpp)
    bool isEligible(const Node& node) const; ///< takes ordinary work now or as soon as it has credit
    bool isPresent(const Node& node) const;  ///< may take work again without anybody's help
    bool mayTakeMore(const Node& node) const;
    std::uint32_t eligibleBesides(const std::vector<NodeIndex>& excluded) const;
    Time patienceFor(const std::vector<NodeIndex>& excluded) const;
    std::uint32_t presentBesides(const std::vector<NodeIndex>& excluded) const;
    void countFleet();
    double assumedSpeed(const Node& node) const;
    double speedNow(const Node& node) const;
    void takeMeasurement(Node& node);

    // Who gets how much (leases.cpp)
    void fill(NodeIndex node);
    void fillAll();
    bool fillAlone(NodeIndex node);
    bool mayTryAlone(NodeIndex node, Item item) const;
    void unreserve(NodeIndex node);
    void fillProbe(NodeIndex node);
    void setHungry(Node& node, bool hungry);
    std::uint32_t chunkFor(const Node& node) const;
    std::uint32_t roomFor(NodeIndex node);
    bool finishesFirst(NodeIndex node);
    void sendLease(NodeIndex node, std::vector<Item> items, bool probe, bool alone);
    bool release(LeaseIndex lease, Item item, bool answered = false);
    void closeLease(LeaseIndex lease);
    bool hasHeld(LeaseIndex lease, Item item) const;
    bool markLate(LeaseIndex lease, Item item);
    void checkLeaseTimes();

    // Answers (results.cpp)
    void accept(NodeIndex node, Item item);
    void reject(NodeIndex node, Item item, RejectResult::Why why);
    void onLabel(NodeIndex node, Item item, bool fromProbe);
    void onItemError(NodeIndex node, Item item, const Error& error);
    void onNodeError(NodeIndex node, Item item, const Error& error);
    std::vector<NodeIndex> recordFailure(NodeIndex node, Item item, const Error& error);
    void tryElsewhere(Item item);
    std::string nameOf(NodeIndex node) const;
    Error failureOf(const Trouble& trouble) const;
    Error noEligibleError(const Trouble& trouble) const;

    // Second opinions (audit.cpp)
    bool mayAudit(NodeIndex node, Item item) const;
    bool isAuditOf(LeaseIndex lease, Item item) const;
    void beginAudit(NodeIndex node, Item item);
    void queueAudit(Item item);
    std::vector<Item> takeAudits(NodeIndex node, std::uint32_t count);
    void onAuditAnswer(NodeIndex node, Item item, const Error& error);
    void endAudit(Item item, AuditEnded::Verdict verdict, NodeIndex outvoted = noNode);
    bool auditsAreDone();

    // Losses (losses.cpp)
    void dropLeases(NodeIndex node, std::uint32_t inExecution, const Error* charge);
    void failPoison();

    // Breaker (breaker.cpp)
    void noteNodeError(NodeIndex node, Item item, const Error& error, const std::vector<NodeIndex>& elsewhere);
    void forgiveItem(NodeIndex node, Item item);
    void noteContradiction(NodeIndex node, const Error& verdict);
    void noteLabel(NodeIndex node, bool fromProbe);
    void noteAgreement(NodeIndex node);
    void noteOutvoted(NodeIndex node, Item item);
    bool isBroken(const Node& node) const;
    void setAside(NodeIndex node, const Error& lastError);
    void restore(NodeIndex node);
    void askBack(NodeIndex node, std::uint32_t items);

    // The tail (stealing.cpp)
    void balanceTail();
    std::uint32_t takeFromLongest(double horizon, const BestIdle& best, std::uint32_t most);
    void duplicateSuspects();
    std::vector<Item> suspectItemsFor(NodeIndex node, std::uint32_t count) const;

    // invariants.cpp
    std::string checkLeases(std::vector<std::uint8_t>& holders) const;
    std::string checkQueues() const;
    std::string checkAudits() const;

    Policy m_policy;
    std::uint64_t m_firstLease;
    Time m_now{0};
    std::vector<Action> m_actions;

    ItemStates m_items;
    PlainQueue m_plain;
    std::uint32_t m_plainWaiting = 0, m_restrictedWaiting = 0;
    Buckets m_buckets;
    std::vector<Item> m_alone;
    std::unordered_set<Item> m_settledAhead; ///< told to be settled before they were found
    std::unordered_map<Item, Trouble> m_trouble;
    std::unordered_map<Item, Audit> m_audits;
    std::deque<Item> m_auditQueue; ///< may name audits that do not wait any more
    std::uint32_t m_auditsWaiting = 0, m_auditsBegun = 0;
    std::optional<Time> m_settledAt; ///< when every item had its row
    bool m_newItems = false;         ///< since work was last handed out
    bool m_scanFinished = false, m_reportedEnd = false, m_paused = false, m_heldUp = false;

    std::vector<Node> m_nodes;
    std::unordered_map<std::uint32_t, NodeIndex> m_nodeIndex;
    std::uint32_t m_online = 0, m_present = 0, m_eligible = 0;
    std::uint32_t m_hungry = 0; ///< nodes
    double m_fleetSpeed = 0;    ///< of eligible nodes, those of unknown speed at the mean of the others
    double m_meanSpeed = 0;     ///< of eligible nodes whose speed is known; zero: none is
    bool m_fleetChanged = false;
    std::optional<double> m_bestFinish; ///< seconds; of one more plain item, over all nodes that may have it

    std::vector<NodeIndex> m_leaseNode{noNode};     ///< by LeaseIndex: every lease that was ever sent
    std::unordered_map<LeaseIndex, Lease> m_leases; ///< open ones
    std::unordered_map<LeaseIndex, Ghost> m_ghosts; ///< closed ones of which answers may still come

    Counts m_counts;
    Time m_balancedAt{-1'000'000}, m_filledAt{-1'000'000}, m_leasesSeenAt{-1'000'000};
};

} // namespace vitfleet::app::scheduler::detail
