// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for compute in tests and simulated fleets; says so in BackendInfo::synthetic.
#pragma once

#include "agent/backends/api/backend.h"
#include "agent/backends/synthetic/plan.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::synthetic {

class SyntheticBackend final : public Backend
{
public:
    /// `precision`: "fp32" or one of the plan's modes.
    SyntheticBackend(Plan plan, std::uint32_t labels, std::uint32_t replicas, std::string precision);

    BackendInfo info() const override;
    Result<void> enterReplica(std::uint32_t replica) override;
    Result<void> classify(std::uint32_t replica, std::span<const BackendItem> items, std::span<float> logits,
                          std::atomic<std::uint64_t>& progress) override;

private:
    using Clock = std::chrono::steady_clock;

    Clock::duration timeOfOne(std::uint64_t itemsBefore) const;
    void spend(std::uint32_t replica, std::size_t items, std::atomic<std::uint64_t>& progress);

    Plan m_plan;
    std::uint32_t m_labels;
    std::string m_precision;
    std::optional<Mode> m_mode;             ///< none: fp32
    std::atomic<std::uint64_t> m_items{0};  ///< begun by all replicas
    std::vector<Clock::time_point> m_until; ///< by replica: when its last item was due
};

} // namespace vitfleet::synthetic
