// SPDX-License-Identifier: GPL-3.0-or-later
// The active run: brings together what is scanned, what the scheduler decides, what nodes answer and what is stored.
// Engine thread only.
#pragma once

#include "app/core/data/item_table.h"
#include "app/core/engine/audit_book.h"
#include "app/core/engine/fleet.h"
#include "app/core/engine/payload_worker.h"
#include "app/core/engine/precision_choice.h"
#include "app/core/engine/run_source.h"
#include "app/core/scheduler/scheduler.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_set>

namespace vitfleet::app {

class RunController
{
public:
    RunController(EventLoop& loop, Store& store, Fleet& fleet, Fleet::Emit emit, std::function<void()> changed);
    ~RunController();

    void start(RunRequest request, Engine::Done<RunId> stored);
    void resume(RunId run, Engine::Done<RunId> started);
    void setPaused(bool paused);
    void stop(std::function<void()> done);
    void setNodesWanted(std::uint32_t nodes);
    /// From the next run on.
    void setFailurePolicy(const FailurePolicy& policy) { m_policy = policy; }
    bool isActive() const;
    RunId id() const { return m_run.id; }

    // From the fleet
    void nodeUp(Node& node);
    void nodeGone(Node& node);
    void nodeSuspect(Node& node, bool suspect);
    void nodeBeat(Node& node);
    void nodeMessage(Node& node, protocol::Message message, protocol::BytesView payload);
    void nodeRemoved(NodeId id);
    void drain(Node& node, bool now);
    void undrain(Node& node);

    void committed(const std::vector<std::uint64_t>& tokens);
    void storeTrouble(const Error& error);
    void tick();

    std::optional<RunSnapshot> snapshot() const;
    IdleReason idleReason(const Node& node) const;
    std::uint32_t leasedItems(NodeId id) const { return m_scheduler.leasedItems(id); }

private:
    Node::Time steadyNow() const { return m_loop.time().steady(); }
    UnixMs unixNow() const { return m_loop.time().unixMs(); }

    enum class Stage : std::uint8_t
    {
        None = 0,
        Opening, ///< not stored yet
        Working,
        Stopping, ///< waits for results that are on their way and for the store
        Sealing,
        Ended,
    };
    struct Refused
    {
        NodeId node;
        std::uint64_t incarnation = 0;
        std::vector<std::uint64_t> sequences;
    };
    /// A row on its way into the store.
    struct Pending
    {
        NodeId node; ///< whom to acknowledge; none: nobody
        std::uint64_t incarnation = 0;
        std::uint64_t sequence = 0;
        bool labelled = false;
        std::optional<bool> correct;
        std::vector<Refused> refused; ///< results without a row of their own, acknowledged after this one
    };

    struct Foreign
    {
        std::uint64_t untold = 0;
        Node::Time nextAt{};
    };
    /// Of one item, or of the model for one node.
    struct FailedReads
    {
        std::uint32_t count = 0;
        Node::Time againAt{};
    };
    /// What could not be read here for a reason that may pass.
    struct Unread
    {
        Node::Time againAt{};
        std::function<void()> again;
    };

    // run_begin.cpp: a run is stored, its items come in
    RunSource::Callbacks sourceCallbacks();
    void opened(Result<RunId> result);
    void activate(RunRecord run, std::shared_ptr<DataSet> dataSet);
    void addItems(const std::vector<ItemRecord>& items, const std::vector<ItemId>& settled);
    void scanComplete();

    // run_controller.cpp: the course of a run
    void fail(const Error& error);
    void endIfSettled();
    void seal();
    RunRecord recordNow() const;
    void sealed(Result<Seal> seal);
    void end(RunState state, const Error& failure);
    void finishStop();
    void closeOnNodes();
    void checkGate();
    void sample();
    void lookAtNodes();
    void emit(EventKind kind, const Node* node = nullptr, Error error = {ErrorCode::None, {}}, std::uint64_t count = 0,
              std::string text = {});

    // run_nodes.cpp: nodes join, prove that they see the files, are admitted
    void openRun(Node& node);
    void onRunReady(Node& node, const protocol::RunReady& ready);
    void onRunFailed(Node& node, const protocol::RunFailed& failed);
    void probe(Node& node);
    void onProbeResult(Node& node, const protocol::ProbeResult& result);
    void setMode(Node& node, protocol::TransferMode mode);
    void admitNodes();
    bool beginRead(Node& node);
    bool readLater(FailedReads& failed, const Error& error, std::function<void()> again);
    void readAgain();
    void serveModel(Node& node, const protocol::ModelRequest& request);
    void modelUnread(Node& node, const Error& error);
    void serveItem(Node& node, const protocol::ItemRequest& request);
    void sendItem(Node& node, const protocol::ItemRequest& request, const Result<std::vector<std::byte>>& data);
    void letGo(Node& node);
    void checkDrained(Node& node);

    // run_precision.cpp: which precision each kind of device computes in
    void startPrecisionChoice();
    void openIn(Node& node, const std::string& precision);
    std::optional<std::uint64_t> itemsForCheck() const;
    std::vector<ItemId> pickForCheck(std::uint32_t count);
    bool leaseForCheck(Node& node, LeaseId lease, const std::vector<ItemId>& items);
    void onCheckResult(Node& node, protocol::ResultItem& result);
    void onPrecisionDecided(const PrecisionCheck& check);
    void stepPrecision();

    // run_audit.cpp: second opinions
    AuditBook::Answer currentAnswer() const;
    void compareAnswer(ItemId item);
    void auditEnded(const scheduler::AuditEnded& ended);
    void tellAudit();

    // run_work.cpp: leases out, results in
    void step(const scheduler::Event& event);
    void apply(const scheduler::Action& action);
    void sendLease(const scheduler::SendLease& lease);
    void sendParts(Node& node, LeaseId lease, protocol::TransferMode mode, std::vector<protocol::Bytes> parts);
    void onResults(Node& node, protocol::BytesView payload);
    void onResult(Node& node, protocol::ResultItem& result);
    void onRevoked(Node& node, const protocol::Revoked& revoked, protocol::BytesView payload);
    bool isReadingFor(NodeId id) const;
    void tellTransfers();
    void foreignResult(NodeId node);
    void tellForeign(NodeId node, Foreign& foreign);
    void tellForeign(bool all);
    void settleHere(ItemId item, const Error& error);
    scheduler::Time now() const;

    // run_rows.cpp: rows into the store, acknowledgements out
    ResultRow rowOf(const Node& node, protocol::ResultItem& result, std::uint32_t attempt) const;
    void addRow(ResultRow row, Node* node, std::uint64_t sequence);
    void storeRows();
    void remember(const ResultRow& row);
    void acknowledge(Node& node, std::vector<std::uint64_t>& sequences);
    void acknowledgeDurable(Node& node, Node::Time at);
    void acknowledgeRefused(Node& node, std::vector<std::uint64_t> sequences);

    EventLoop& m_loop;
    Store& m_store;
    Fleet& m_fleet;
    Fleet::Emit m_emit;
    std::function<void()> m_changed;

    Stage m_stage = Stage::None;
    FailurePolicy m_policy;
    RunRecord m_run;
    std::vector<std::string> m_agentLines;
    std::map<NodeId, Foreign> m_foreign;       ///< results that nobody asked for
    std::map<NodeId, std::uint32_t> m_reading; ///< leases and pieces of files on their way from the disk
    std::vector<Unread> m_unread;
    std::map<ItemId, FailedReads> m_failedReads;
    std::map<NodeId, FailedReads> m_failedModelReads;
    std::map<NodeId, std::size_t> m_queuedAtLastTick; ///< bytes that waited for the link
    std::shared_ptr<DataSet> m_dataSet;
    std::optional<ModelInfo> m_model;
    std::unique_ptr<RunSource> m_source;
    std::unique_ptr<PayloadWorker> m_payloads;
    std::unique_ptr<ItemTable> m_items;
    scheduler::Scheduler m_scheduler;
    std::unique_ptr<PrecisionChoice> m_precision; ///< null: the run is in fp32
    std::unordered_set<ItemId> m_pickedForCheck;
    LeaseId m_firstLease;
    LeaseId m_firstOfEarlier; ///< of the processes before, on the same run; m_firstLease where there were none
    bool m_paused = false;
    bool m_allSettled = false;
    bool m_gateOpen = false; ///< enough nodes are ready: work may be given out
    Node::Time m_gateSince{};
    Engine::Done<RunId> m_opened; ///< answers start or resume; empty once it has
    std::function<void()> m_stopped;
    Node::Time m_stopSince{};

    std::deque<Pending> m_pending;             ///< in the order of their tokens, which is that of their COMMITs
    std::uint64_t m_nextToken = 1;             ///< the first pending row's is this less their number
    std::vector<ResultRow> m_rows;             ///< the newest pending ones, on their way to the store
    bool m_moreRows = false;                   ///< the store waits for the rest of a message
    protocol::ResultItem* m_current = nullptr; ///< the result that step() is judging,
    Node* m_currentNode = nullptr;             ///< and whose it is
    AuditBook m_audit;
    std::optional<scheduler::AuditCompared> m_compared; ///< to be told once step() has returned
    std::vector<std::uint64_t> m_refused;               ///< sequences of the current message that need no row
    std::uint64_t m_duplicatesReported = 0;

    std::deque<ResultView> m_latest; ///< newest first
    Node::Time m_latestAt{};
    Node::Time m_startedAt{};
    Node::Time m_firstResultAt{};
    bool m_anyResult = false;
    Node::Time m_nextSample{}, m_nextLook{};
    std::uint32_t m_samplesTaken = 0;
    std::optional<Seal> m_seal;
    Error m_storeTrouble{ErrorCode::None, {}};
    double m_elapsed = 0; ///< once ended
    std::thread m_sealThread;
    Node::Time m_sealAgainAt{}; ///< while sealing without a thread
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace vitfleet::app
