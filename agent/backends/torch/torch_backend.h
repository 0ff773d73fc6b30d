// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/backend.h"
#include "agent/backends/torch/forward.h"
#include "agent/backends/torch/kernels/vit.h"
#include "agent/backends/torch/vit_weights.h"

#include <functional>
#include <memory>
#include <optional>
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
    Result<void> load(const ModelSpec& model, const BackendSettings& settings);
    Result<void> loadNative(const ModelSpec& model, const BackendSettings& settings, kernels::Kernels kernels);
    Result<void> loadLibrary(const ModelSpec& model, const BackendSettings& settings);

    BackendInfo m_info;
    std::vector<int> m_cpus;                          ///< of each replica; empty where the one replica is not pinned
    std::vector<c10::Device> m_devices;               ///< the CPU, or GPUs with two replicas each
    std::optional<kernels::Vit> m_native;             ///< computed with our own kernels
    std::vector<VitWeights> m_weights;                ///< or by LibTorch: for each device
    std::vector<std::unique_ptr<Forward>> m_replicas; ///< each made by its own thread, whose memory it is then near
};

/// Runs `action` and turns whatever it throws into an error: BackendMemory where memory ran out, else BackendFailed
/// with the first line of what it says.
Result<void> guarded(const std::function<Result<void>()>& action);

} // namespace vitfleet::torchbackend
