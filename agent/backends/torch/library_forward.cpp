// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/library_forward.h"

#include "shared/base/log.h"

#include <algorithm>
#include <c10/core/DeviceGuard.h>
#include <c10/util/Exception.h>
#include <cstring>

namespace vitfleet::torchbackend {

LibraryForward::LibraryForward(const VitWeights& weights)
    : m_weights(weights), m_batch(static_cast<std::size_t>(weights.batch))
{
}

void LibraryForward::classify(std::span<const BackendItem> items, std::span<float> logits,
                              std::atomic<std::uint64_t>& progress)
{
    const c10::DeviceGuard guard(m_weights.device);
    const std::size_t labels = logits.size() / items.size();
    for (std::size_t begin = 0; begin < items.size();) {
        const std::size_t count = std::min(m_batch, items.size() - begin);
        try {
            if (!m_forward)
                m_forward = std::make_unique<VitForward>(m_weights, static_cast<std::int64_t>(m_batch));
            compute(items.subspan(begin, count), logits.subspan(begin * labels, count * labels), progress);
            begin += count;
        } catch (const c10::OutOfMemoryError&) {
            m_forward.reset();
            if (m_batch == 1)
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
