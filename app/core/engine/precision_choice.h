// SPDX-License-Identifier: GPL-3.0-or-later
// Which precision each kind of device computes a run in. Brings a canary for each kind together with the nodes of that
// kind: has them opened in what the canary asks for, gives out its pictures, hands it their answers. Engine thread
// only; sends and stores through its host.
#pragma once

#include "app/core/engine/canary.h"
#include "app/core/engine/node.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

class PrecisionChoice
{
public:
    struct Host
    {
        /// Opens the run on the node anew, in this precision.
        std::function<void(Node&, const std::string& precision)> open;
        /// Sends these items; false where that is not possible now.
        std::function<bool(Node&, LeaseId, const std::vector<ItemId>&)> lease;
        /// The node computes as it is to: the scheduler may have it.
        std::function<void(Node&)> admit;
        /// New items for a sample, chosen at random among those without a row.
        std::function<std::vector<ItemId>(std::uint32_t)> pick;
        /// How many items the run has, once enough are known to say how large the sample is.
        std::function<std::optional<std::uint64_t>()> items;
        /// To be stored with the run and told.
        std::function<void(const PrecisionCheck&)> decided;
    };

    /// `run`: its precision (not fp32), floor, labels, and the checks that it has from before a resume.
    PrecisionChoice(const RunRecord& run, Host host, const TimeSource& time = TimeSource::machine());

    /// Checks of earlier runs with this model, the newest first: what they found need not be found again.
    void setKnown(std::vector<PrecisionCheck> known) { m_known = std::move(known); }

    /// What to open a node in that has just come up.
    std::string openWith(const Node& node) const;
    /// It could not load; true where that was only the precision, and it is being opened in another one.
    bool failed(Node& node, const Error& error);
    void gone(const Node& node);
    /// Whether a lease is one of a check, of this or an earlier process.
    static bool isCheck(LeaseId lease);
    /// Whether this process has given that lease out.
    bool hasGiven(LeaseId lease) const { return lease.value > m_firstLease && lease.value <= m_nextLease; }
    /// What a canary's answer means for its item.
    enum class Use : std::uint8_t
    {
        Row,      ///< a label in fp32: the run's own row
        Counted,  ///< it only counted
        Unwanted, ///< nobody waits for it
    };
    Use answer(Node& node, const protocol::ResultItem& result);
    /// It gives back what it holds, or was never sent it.
    void givenBack(const Node& node);
    /// Ten times a second, and after every answer: goes on with whatever can go on.
    void step(const Nodes& nodes, std::uint32_t nodesWanted, bool paused);
    /// How many pictures of a check the node holds.
    std::size_t held(const Node& node) const;

    /// Everything that is known, for views: decided and under way.
    std::vector<PrecisionCheck> checks() const;

private:
    struct Kind
    {
        std::string key, text;
        std::vector<std::string> candidates;
        std::optional<std::string> chosen;
        std::unique_ptr<Canary> canary;
        std::vector<PrecisionCheck> decided;
        std::size_t reported = 0;  ///< of the canary's
        std::uint32_t crashes = 0; ///< nodes that went away while they were busy with the current candidate
    };
    Kind& kindOf(Node& node);
    Kind* findKind(const Node& node);
    const Kind* findKind(const Node& node) const;
    std::vector<std::string> candidatesOf(const Node& node) const;
    void recall(Kind& kind);
    const PrecisionCheck* findKnown(const Kind& kind, const std::string& candidate) const;
    void start(Kind& kind);
    void report(Kind& kind);
    void decide(Kind& kind, PrecisionCheck check);
    void serve(Kind& kind, Node& node, std::size_t participants);
    void noteCrash(Kind& kind, const std::string& node);

    std::string m_precision;
    double m_floor;
    std::uint32_t m_outputs;              ///< of the model
    std::vector<PrecisionCheck> m_before; ///< of this run, from the store
    std::vector<PrecisionCheck> m_known;
    std::uint64_t m_firstLease, m_nextLease;
    Host m_host;
    const TimeSource& m_time;
    std::map<std::string, Kind> m_kinds;
};

/// What decides about a node's results: backend, device, library, agent. For people, and the text that is hashed.
std::string kindText(const Node& node);

} // namespace vitfleet::app
