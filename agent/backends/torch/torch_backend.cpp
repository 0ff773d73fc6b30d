// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/torch_backend.h"

#include "agent/backends/torch/device.h"
#include "agent/backends/torch/matrix_speed.h"
#include "shared/base/log.h"
#include "shared/base/utf8.h"

#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <cmath>
#include <cstring>
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

/// c10's allocator for CPU memory throws a plain c10::Error.
bool isAboutMemory(std::string_view text)
{
    return text.find("DefaultCPUAllocator") != std::string_view::npos ||
           text.find("out of memory") != std::string_view::npos;
}

} // namespace

Result<void> guarded(const std::function<Result<void>()>& action)
{
    try {
        return action();
    } catch (const std::bad_alloc&) {
        return {ErrorCode::BackendMemory, "std::bad_alloc"};
    } catch (const c10::OutOfMemoryError& error) {
        return {ErrorCode::BackendMemory, firstLine(error.what_without_backtrace())};
    } catch (const c10::Error& error) {
        const std::string_view text = error.what_without_backtrace();
        return {isAboutMemory(text) ? ErrorCode::BackendMemory : ErrorCode::BackendFailed, firstLine(text)};
    } catch (const std::exception& error) {
        return {ErrorCode::BackendFailed, firstLine(error.what())};
    } catch (...) {
        return {ErrorCode::BackendFailed, "an exception of no known type"};
    }
}

Result<std::unique_ptr<Backend>> TorchBackend::create(const ModelSpec& model, const BackendSettings& settings)
{
    // First of all, or loading alone would already start OpenMP's threads.
    computeInThisThreadOnly();
    const auto device = chooseDevice(settings.device);
    if (!device)
        return device.error();

    if (settings.precision != "fp32")
        return {ErrorCode::Precision, settings.precision.substr(0, 32) + " on " + device->str()};

    const c10::InferenceMode inference;
    std::unique_ptr<TorchBackend> backend(new TorchBackend);
    backend->m_device = *device;
    backend->m_weights = loadWeights(model, *device);
    if (device->is_cpu()) {
        backend->m_cpus = settings.cpus;
        if (settings.replicas > 0 && settings.replicas < backend->m_cpus.size())
            backend->m_cpus.resize(settings.replicas);
    }
    backend->m_replicas.resize(std::max<std::size_t>(backend->m_cpus.size(), 1));

    BackendInfo& info = backend->m_info;
    info.name = "torch";
    info.version = std::string("LibTorch ") + TORCH_VERSION;
    info.device = device->str();
    info.deviceName = deviceName(*device);
    info.precision = settings.precision;
    info.precisions = {"fp32"};
    info.replicas = static_cast<std::uint32_t>(backend->m_replicas.size());
    info.preferredBatch = static_cast<std::uint32_t>(backend->m_weights.batch);
    info.labels = static_cast<std::uint32_t>(model.config.labels.size());
    return std::unique_ptr<Backend>(std::move(backend));
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
        m_replicas[replica] = std::make_unique<VitForward>(m_weights);
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
        VitForward& forward = *m_replicas[replica];
        for (std::size_t i = 0; i < items.size(); ++i)
            forward.setPicture(static_cast<std::int64_t>(i), items[i].pixels);
        const auto result = forward.run(progress);
        std::memcpy(logits.data(), result.data_ptr<float>(), logits.size_bytes());
        const auto bad = std::ranges::find_if(logits, [](float value) { return !std::isfinite(value); });
        if (bad != logits.end()) {
            const auto index = static_cast<std::size_t>(bad - logits.begin());
            return {ErrorCode::BackendResult, "output " + std::to_string(index % labels) + " of picture " +
                                                  std::to_string(index / labels) + " in the batch"};
        }
        return {};
    });
}

double TorchBackend::matrixSpeed(std::uint32_t, const std::string& precision, double seconds)
{
    double speed = 0;
    const auto done = guarded([&]() -> Result<void> {
        const c10::InferenceMode inference;
        speed = torchbackend::matrixSpeed(m_device, precision, seconds);
        return {};
    });
    return done ? speed : 0;
}

} // namespace vitfleet::torchbackend
