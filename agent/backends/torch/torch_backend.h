// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/backend.h"
#include "agent/backends/torch/vit_forward.h"
#include "agent/backends/torch/vit_weights.h"

#include <functional>
#include <memory>
#include <vector>

namespace vitfleet::torchbackend {

class TorchBackend : public Backend
{
public:
    static Result<std::unique_ptr<Backend>> create(const ModelSpec& model, const BackendSettings& settings);

    BackendInfo info() const override { return m_info; }
    Result<void> enterReplica(std::uint32_t replica) override;
    Result<void> classify(std::uint32_t replica, std::span<const BackendItem> items, std::span<float> logits,
                          std::atomic<std::uint64_t>& progress) override;
    double matrixSpeed(std::uint32_t replica, const std::string& precision, double seconds) override;

private:
    TorchBackend() = default;

    BackendInfo m_info;
    std::vector<int> m_cpus; ///< of each replica; empty where the one replica is not pinned
    c10::Device m_device{c10::kCPU};
    VitWeights m_weights;
    std::vector<std::unique_ptr<VitForward>> m_replicas; ///< each made by its own thread, whose memory it is then near
};

/// Runs `action` and turns whatever it throws into an error: BackendMemory where memory ran out, else BackendFailed
/// with the first line of what it says.
Result<void> guarded(const std::function<Result<void>()>& action);

} // namespace vitfleet::torchbackend
