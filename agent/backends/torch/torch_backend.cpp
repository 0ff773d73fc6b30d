// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/torch_backend.h"

#include "agent/backends/torch/device.h"
#include "agent/backends/torch/kernels/precisions.h"
#include "agent/backends/torch/library_forward.h"
#include "agent/backends/torch/matrix_speed.h"
#include "agent/backends/torch/memory_errors.h"
#include "agent/backends/torch/native_vit.h"
#include "shared/base/log.h"
#include "shared/base/utf8.h"

#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <torch/version.h>

namespace vitfleet::torchbackend {
namespace {

constexpr std::size_t longestDetail = 300;

std::string firstLine(std::string_view text)
{
    const std::string line = repairedText(text.substr(0, text.find('\n')));
    return std::string(clippedText(line, longestDetail));
}

} // namespace

Result<void> guarded(const std::function<Result<void>()>& action)
{
    try {
        return action();
    } catch (const std::bad_alloc&) {
        return {ErrorCode::BackendMemory, "std::bad_alloc"};
    } catch (const c10::Error& error) {
        return {isAboutMemory(error) ? ErrorCode::BackendMemory : ErrorCode::BackendFailed,
                firstLine(error.what_without_backtrace())};
    } catch (const std::exception& error) {
        return {ErrorCode::BackendFailed, firstLine(error.what())};
    } catch (...) {
        return {ErrorCode::BackendFailed, "an exception of no known type"};
    }
}

namespace {

/// While one's batch is computed the other's pictures are fetched, and its logits handed on.
constexpr std::size_t replicasEachGpu = 2;

Error refused(const BackendSettings& settings, const std::string& device, const std::vector<std::string>& precisions)
{
    std::string detail = settings.precision.substr(0, 32) + " on " + device + "; there are";
    for (const auto& name : precisions)
        detail += " " + name;
    return {ErrorCode::Precision, detail};
}

} // namespace

Result<std::unique_ptr<Backend>> TorchBackend::create(const ModelSpec& model, const BackendSettings& settings)
{
    // First of all, or loading alone would already start OpenMP's threads.
    computeInThisThreadOnly();
    const c10::InferenceMode inference;
    std::unique_ptr<TorchBackend> backend(new TorchBackend);
    if (const auto loaded = backend->load(model, settings); !loaded)
        return loaded.error();
    BackendInfo& info = backend->m_info;
    info.name = "torch";
    info.version = std::string("LibTorch ") + TORCH_VERSION;
    info.precision = settings.precision;
    info.replicas = static_cast<std::uint32_t>(backend->m_replicas.size());
    info.labels = static_cast<std::uint32_t>(model.config.labels.size());
    return std::unique_ptr<Backend>(std::move(backend));
}

Result<void> TorchBackend::load(const ModelSpec& model, const BackendSettings& settings)
{
    auto devices = chooseDevices(settings.device);
    if (!devices)
        return devices.error();
    m_devices = *std::move(devices);
    m_info.device = m_devices.front().str();
    if (!m_devices.front().is_cpu()) {
        if (m_devices.size() > 1)
            m_info.device = "cuda";
        m_replicas.resize(replicasEachGpu * m_devices.size());
        return loadLibrary(model, settings);
    }
    m_cpus = settings.cpus;
    if (settings.replicas > 0 && settings.replicas < m_cpus.size())
        m_cpus.resize(settings.replicas);
    m_replicas.resize(m_cpus.empty() ? std::max<std::size_t>(settings.replicas, 1) : m_cpus.size());
    const auto level = kernels::cpuLevel();
    if (level == kernels::Level::Plain) // LibTorch is faster than plain C++
        return loadLibrary(model, settings);
    return loadNative(model, settings, kernels::kernelsOf(level));
}

Result<void> TorchBackend::loadNative(const ModelSpec& model, const BackendSettings& settings, kernels::Kernels kernels)
{
    m_info.deviceName = kernels.name;
    const auto numbers = kernels::numbersOf(kernels, settings.precision);
    if (!numbers)
        return refused(settings, m_info.device, kernels::computablePrecisions(kernels));
    m_info.precisions = kernels::payingPrecisions(kernels);
    VitWeights weights = loadWeights(model, m_devices.front(), {&kernels, *numbers, at::kFloat}, m_replicas.size());
    m_info.preferredBatch = static_cast<std::uint32_t>(weights.batch);
    m_native = nativeVit(std::move(weights), kernels, *numbers);
    return {};
}

Result<void> TorchBackend::loadLibrary(const ModelSpec& model, const BackendSettings& settings)
{
    const bool gpu = !m_devices.front().is_cpu();
    m_info.deviceName = deviceName(m_devices.front());
    m_info.precisions = gpu ? std::vector<std::string>{"fp16", "bf16", "fp32"} : std::vector<std::string>{"fp32"};
    if (std::ranges::find(m_info.precisions, settings.precision) == m_info.precisions.end())
        return refused(settings, m_info.device, m_info.precisions);
    const auto type = settings.precision == "fp16"   ? at::kHalf
                      : settings.precision == "bf16" ? at::kBFloat16
                                                     : at::kFloat;
    for (const auto& device : m_devices)
        m_weights.push_back(
            loadWeights(model, device, {nullptr, kernels::Numbers::Float, type}, gpu ? 1 : m_replicas.size()));
    // What a GPU is like is not known. A test asks for the same on a CPU.
    if (gpu || std::getenv("VITFLEET_TORCH_PROBE") != nullptr) {
        for (VitWeights& weights : m_weights)
            weights.batch = static_cast<std::int64_t>(probedBatch(weights));
    }
    m_info.preferredBatch =
        static_cast<std::uint32_t>(std::ranges::max_element(m_weights, {}, &VitWeights::batch)->batch);
    return {};
}

Result<void> TorchBackend::enterReplica(std::uint32_t replica)
{
    if (replica >= m_replicas.size())
        return {ErrorCode::BackendFailed, "there is no replica " + std::to_string(replica)};
    return guarded([&]() -> Result<void> {
        computeInThisThreadOnly();
        if (replica < m_cpus.size()) {
            // A core that has been taken away since costs speed, not results.
            if (const auto pinned = pinThisThread(m_cpus[replica]); !pinned)
                log::warning("backend.not_pinned", {{"replica", replica}, {"reason", pinned.error().detail}});
        }
        const c10::InferenceMode inference;
        if (m_native)
            m_replicas[replica] = std::make_unique<NativeForward>(*m_native, m_info.preferredBatch);
        else
            m_replicas[replica] = std::make_unique<LibraryForward>(m_weights[replica % m_weights.size()]);
        return {};
    });
}

Result<void> TorchBackend::classify(std::uint32_t replica, std::span<const BackendItem> items, std::span<float> logits,
                                    std::atomic<std::uint64_t>& progress)
{
    if (replica >= m_replicas.size() || !m_replicas[replica])
        return {ErrorCode::BackendFailed, "replica " + std::to_string(replica) + " has not been entered"};
    const std::size_t labels = m_info.labels;
    if (items.empty() || items.size() > m_info.preferredBatch || logits.size() != items.size() * labels)
        return {ErrorCode::BackendFailed,
                std::to_string(items.size()) + " pictures into " + std::to_string(logits.size()) + " logits"};
    return guarded([&]() -> Result<void> {
        const c10::InferenceMode inference;
        m_replicas[replica]->classify(items, logits, progress);
        const auto bad = std::ranges::find_if(logits, [](float value) { return !std::isfinite(value); });
        if (bad != logits.end()) {
            const auto index = static_cast<std::size_t>(bad - logits.begin());
            return {ErrorCode::BackendResult, "output " + std::to_string(index % labels) + " of picture " +
                                                  std::to_string(index / labels) + " in the batch"};
        }
        return {};
    });
}

double TorchBackend::matrixSpeed(std::uint32_t replica, const std::string& precision, double seconds)
{
    double speed = 0;
    const auto done = guarded([&]() -> Result<void> {
        const c10::InferenceMode inference;
        speed = torchbackend::matrixSpeed(m_devices[replica % m_devices.size()], precision, seconds);
        return {};
    });
    return done ? speed : 0;
}

} // namespace vitfleet::torchbackend
