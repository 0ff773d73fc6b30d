// SPDX-License-Identifier: GPL-3.0-or-later
// Decides for one kind of device whether a reduced precision may be used: the same pictures in fp32 and in it, top-1
// agreement with Wilson's interval. A pure state machine: no nodes, no clock, no store. Who asks it, and what is done
// with its answers, is precision_choice.h's.
//
// In its first stage it gives out a sample for fp32, in the second the same pictures for the candidate. An interval
// that still straddles the floor doubles the sample, which leads back to the first stage; one that lies below it leads
// to the next candidate, on the same fp32 answers. See docs/precision.md.
#pragma once

#include "app/core/records.h"
#include "shared/base/ids.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vitfleet::app {

namespace canary {

inline constexpr std::uint32_t firstSample = 256, largestSample = 1024;
/// A run of fewer items is checked with a tenth of it, once.
inline constexpr std::uint64_t shortRun = 2560;
inline constexpr double largestFailedShare = 0.1;  ///< of a sample; more than that is no picture's fault
inline constexpr double oneOutputTolerance = 0.01; ///< models with one output have no best label to agree on

/// The size of the first sample of a run of so many items; 0: too few.
std::uint32_t sampleOf(std::uint64_t items);

} // namespace canary

class Canary
{
public:
    using Top = std::vector<protocol::LabelScore>; ///< best first
    struct Plan
    {
        std::vector<std::string> candidates; ///< the most wanted first
        std::uint64_t items = 0;             ///< of the whole run
        double floor = 0.985;
        std::uint32_t outputs = 0; ///< of the model
    };
    /// New pictures for the sample: at most so many, none that it has given before.
    using Pick = std::function<std::vector<ItemId>(std::uint32_t)>;

    Canary(Plan plan, Pick pick);

    /// What nodes of this kind should compute in now; once it is decided, for the rest of the run.
    const std::string& precision() const;
    bool isDecided() const { return m_stage == Stage::Decided; }
    /// Pictures for this node, at most `most`, in precision(). Empty: none for the moment.
    std::vector<ItemId> take(NodeId node, std::uint32_t most);
    /// How many pictures wait to be given out.
    std::size_t waiting() const { return m_waiting.size(); }
    std::size_t held(NodeId node) const;
    /// A picture's answer. False where it was not asked of this node: it changes nothing.
    bool answer(NodeId node, ItemId item, const Error& error, const Top& top);
    /// The node will not answer what it holds.
    void gone(NodeId node);
    /// Nodes cannot compute in the current candidate.
    void unavailable(const Error& error);

    /// One for each candidate that has been tried, the current one included; kind and time are the caller's.
    std::vector<PrecisionCheck> checks() const;

private:
    enum class Stage : std::uint8_t
    {
        Reference, ///< fp32
        Reduced,   ///< the candidate
        Decided
    };
    void enlarge(std::uint32_t sample);
    void replaceLost();
    void advance();
    void beginReduced();
    void compare(ItemId item, const Top& top);
    void evaluate();
    void conclude(PrecisionVerdict verdict, std::string reason = {});
    bool isStageDone() const { return m_waiting.empty() && m_held.empty(); }

    Plan m_plan;
    Pick m_pick;
    Stage m_stage = Stage::Reference;
    std::size_t m_candidate = 0;
    std::string m_chosen = "fp32";
    std::uint32_t m_sample = 0; ///< wanted
    std::uint32_t m_picked = 0;
    bool m_exhausted = false; ///< there are no more pictures
    std::deque<ItemId> m_waiting;
    std::map<ItemId, NodeId> m_held;
    std::map<ItemId, Top> m_reference;
    std::set<ItemId> m_compared; ///< with the current candidate, the failed ones included
    std::uint32_t m_failed = 0;
    Error m_lastError{ErrorCode::None, {}};
    PrecisionCheck m_current;
    std::vector<PrecisionCheck> m_finished;
};

} // namespace vitfleet::app
