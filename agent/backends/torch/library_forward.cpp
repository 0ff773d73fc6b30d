// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/library_forward.h"

#include "agent/backends/torch/batch_choice.h"
#include "agent/backends/torch/memory_errors.h"
#include "shared/base/log.h"

#include <algorithm>
#include <c10/core/DeviceGuard.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace vitfleet::torchbackend {
namespace {

/// For tests, as no machine of theirs runs out of memory when asked to: VITFLEET_TORCH_MEMORY=N plays one whose memory
/// suffices for N pictures; with "N,cublas" it says so as cuBLAS does.
void playShortMemory(std::size_t pictures)
{
    const char* memory = std::getenv("VITFLEET_TORCH_MEMORY");
    if (memory == nullptr || pictures <= std::strtoul(memory, nullptr, 10))
        return;
    TORCH_CHECK(!std::string_view(memory).ends_with(",cublas"), "CUDA error: CUBLAS_STATUS_ALLOC_FAILED (a test's)");
    TORCH_CHECK_WITH(OutOfMemoryError, false, "out of memory (a test's)");
}

/// Of a GPU; a CPU has none.
c10::optional<c10::Stream> streamOf(const c10::Device& device)
{
    if (device.is_cpu())
        return {};
    return c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

} // namespace

std::size_t probedBatch(const VitWeights& weights)
{
    using Clock = std::chrono::steady_clock;
    constexpr double limit = 1.0; // of three: each batch is computed three times
    const c10::DeviceGuard guard(weights.device);
    const c10::optional<c10::Stream> streams[] = {streamOf(weights.device), streamOf(weights.device)};
    std::atomic<std::uint64_t> progress{0};
    const auto batch =
        chooseBatch(static_cast<std::size_t>(weights.batch), limit, [&](std::size_t pictures) -> std::optional<double> {
            try {
                playShortMemory(pictures);
                VitForward first(weights, static_cast<std::int64_t>(pictures));
                VitForward second(weights, static_cast<std::int64_t>(pictures));
                // What a stream has computed with stays its own, so that this is the memory that two replicas need.
                const c10::OptionalStreamGuard onSecond(streams[1]);
                second.run(progress);
                const c10::OptionalStreamGuard onFirst(streams[0]);
                first.run(progress); // not measured: libraries choose their kernels at the first sight of a size
                const auto start = Clock::now();
                first.run(progress);
                return std::chrono::duration<double>(Clock::now() - start).count();
            } catch (const c10::Error& error) {
                if (!isAboutMemory(error))
                    throw;
                return std::nullopt;
            }
        });
    log::info("backend.batch_chosen", {{"device", weights.device.str()}, {"pictures", batch}});
    return batch;
}

LibraryForward::LibraryForward(const VitWeights& weights)
    : m_weights(weights), m_stream(streamOf(weights.device)), m_batch(static_cast<std::size_t>(weights.batch))
{
}

void LibraryForward::classify(std::span<const BackendItem> items, std::span<float> logits,
                              std::atomic<std::uint64_t>& progress)
{
    const c10::DeviceGuard guard(m_weights.device);
    const c10::OptionalStreamGuard onStream(m_stream);
    const std::size_t labels = logits.size() / items.size();
    for (std::size_t begin = 0; begin < items.size();) {
        const std::size_t count = std::min(m_batch, items.size() - begin);
        try {
            if (!m_forward)
                m_forward = std::make_unique<VitForward>(m_weights, static_cast<std::int64_t>(m_batch));
            playShortMemory(m_batch);
            compute(items.subspan(begin, count), logits.subspan(begin * labels, count * labels), progress);
            begin += count;
        } catch (const c10::Error& error) {
            m_forward.reset();
            if (m_batch == 1 || !isAboutMemory(error))
                throw;
            m_batch /= 2;
            log::warning("backend.batch_halved", {{"device", m_weights.device.str()}, {"pictures", m_batch}});
        }
    }
}

void LibraryForward::compute(std::span<const BackendItem> items, std::span<float> logits,
                             std::atomic<std::uint64_t>& progress)
{
    for (std::size_t i = 0; i < items.size(); ++i)
        m_forward->setPicture(static_cast<std::int64_t>(i), items[i].pixels);
    const auto result = m_forward->run(progress);
    std::memcpy(logits.data(), result.data_ptr<float>(), logits.size_bytes());
}

} // namespace vitfleet::torchbackend
