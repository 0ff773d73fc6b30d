// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/synthetic/synthetic_backend.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <limits>
#include <string>
#include <thread>

namespace vitfleet::synthetic {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void hang()
{
    while (true)
        std::this_thread::sleep_for(1h);
}

/// Returns where there is no limit: the machine is not to be harmed. Pieces are large, so that the last one which fails
/// leaves something for the threads beside.
void takeAllMemory()
{
    constexpr std::size_t piece = std::size_t{64} << 20;
    rlimit limit{};
    if (::getrlimit(RLIMIT_DATA, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return;
    std::vector<std::vector<char>> taken;
    while (true)
        taken.emplace_back(piece);
}

} // namespace

SyntheticBackend::SyntheticBackend(Plan plan, std::uint32_t labels, std::uint32_t replicas, std::string precision)
    : m_plan(std::move(plan)), m_labels(labels), m_precision(std::move(precision)), m_until(replicas)
{
    if (const auto mode = m_plan.modes.find(m_precision); mode != m_plan.modes.end())
        m_mode = mode->second;
}

BackendInfo SyntheticBackend::info() const
{
    return {"synthetic",  "synthetic " VITFLEET_VERSION,
            "cpu",        m_plan.deviceName,
            m_precision,  static_cast<std::uint32_t>(m_until.size()),
            m_plan.batch, m_labels,
            true,         m_plan.precisions()};
}

Result<void> SyntheticBackend::enterReplica(std::uint32_t replica)
{
    m_until.at(replica) = Clock::now();
    return {};
}

SyntheticBackend::Clock::duration SyntheticBackend::timeOfOne(std::uint64_t itemsBefore) const
{
    const bool slow = m_plan.slowAfterItems > 0 && itemsBefore >= m_plan.slowAfterItems;
    const std::chrono::duration<double, std::milli> time(
        (m_mode ? m_mode->millisecondsPerItem : m_plan.millisecondsPerItem) * (slow ? m_plan.slowFactor : 1));
    return std::chrono::duration_cast<Clock::duration>(time);
}

/// Sleeps until each item is due. What sleeping too long costs, and the caller's own time between two batches, is made
/// up for at the next item, so that a node's rate is the planned one; at most so much of it, or an idle time would be.
void SyntheticBackend::spend(std::uint32_t replica, std::size_t items, std::atomic<std::uint64_t>& progress)
{
    constexpr auto mostMadeUpFor = 5ms, worthSleeping = 1ms;
    Clock::time_point& until = m_until[replica];
    until = std::max(until, Clock::now() - mostMadeUpFor);
    for (std::size_t i = 0; i < items; ++i) {
        until += timeOfOne(m_items.fetch_add(1, std::memory_order_relaxed));
        const bool last = i + 1 == items;
        if (const auto left = until - Clock::now(); left >= worthSleeping || (last && left > Clock::duration::zero()))
            std::this_thread::sleep_until(until);
        progress.fetch_add(1, std::memory_order_relaxed);
    }
}

Result<void> SyntheticBackend::classify(std::uint32_t replica, std::span<const BackendItem> items,
                                        std::span<float> logits, std::atomic<std::uint64_t>& progress)
{
    for (const BackendItem& item : items) {
        switch (m_plan.faultOf(item.itemKey)) {
        case Fault::Crash:
            std::abort();
        case Fault::Hang:
            hang();
        case Fault::Memory:
            takeAllMemory();
            [[fallthrough]];
        case Fault::Fail:
            return Error{ErrorCode::BackendFailed, "as planned for item " + std::to_string(item.itemKey)};
        default:
            break;
        }
    }
    spend(replica, items.size(), progress);
    for (std::size_t i = 0; i < items.size(); ++i) {
        float* row = logits.data() + i * m_labels;
        const std::uint64_t key = items[i].itemKey;
        const Fault fault = m_plan.faultOf(key);
        Answer answer = m_mode ? answerOf(key, m_labels, *m_mode) : answerOf(key, m_labels);
        if (fault == Fault::Wrong)
            answer.label = (answer.label + 1) % m_labels;
        writeLogits(answer, row, m_labels);
        if (fault == Fault::Nan)
            std::fill_n(row, m_labels, std::numeric_limits<float>::quiet_NaN());
    }
    return {};
}

namespace {

Result<std::unique_ptr<Backend>> create(const ModelSpec& model, const BackendSettings& settings)
{
    auto plan = readPlan(settings.options);
    if (!plan.ok())
        return plan.error();
    std::this_thread::sleep_for(std::chrono::milliseconds(plan->loadMilliseconds));
    if (plan->loadError != ErrorCode::None)
        return Error{plan->loadError, "as planned"};
    if (settings.precision != "fp32" && !plan->modes.contains(settings.precision))
        return Error{ErrorCode::Precision, "the plan has no " + settings.precision};
    const auto labels = plan->labels > 0 ? plan->labels : static_cast<std::uint32_t>(model.config.labels.size());
    if (labels == 0)
        return Error{ErrorCode::ModelLabels, "the model has no labels"};
    std::uint32_t replicas = plan->replicas > 0 ? plan->replicas : settings.replicas;
    if (replicas == 0)
        replicas = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(settings.cpus.size()));
    return std::unique_ptr<Backend>(
        std::make_unique<SyntheticBackend>(std::move(*plan), labels, replicas, settings.precision));
}

} // namespace
} // namespace vitfleet::synthetic

extern "C" __attribute__((visibility("default"))) void
vitfleetCreateBackend(std::uint32_t apiVersion, const vitfleet::ModelSpec* model,
                      const vitfleet::BackendSettings* settings,
                      vitfleet::Result<std::unique_ptr<vitfleet::Backend>>* out)
{
    using vitfleet::Error;
    using vitfleet::ErrorCode;
    if (apiVersion != vitfleet::backendApiVersion) {
        *out = Error{ErrorCode::BackendMissing, "the module is of another build"};
        return;
    }
    try {
        *out = vitfleet::synthetic::create(*model, *settings);
    } catch (const std::exception& exception) {
        *out = Error{ErrorCode::BackendFailed, exception.what()};
    }
}
