// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/run_host.h"

#include "shared/protocol/precision_names.h"

#include <algorithm>
#include <utility>

namespace vitfleet::agent {
namespace {

std::size_t pictureBytes(const VitConfig& config)
{
    return std::size_t{config.imageHeight} * config.imageWidth * 3;
}

/// Enough pictures on their way that no replica waits: two batches each, and for the decoders what keeps them busy
/// while small pictures (40 µs each) are handed over in bulk. Large ones stay below bounds::pipelineBytes.
std::size_t pipelineItems(const BackendInfo& info, const VitConfig& config, std::uint32_t decoders)
{
    constexpr std::size_t eachDecoder = 64;
    const std::size_t batches = std::size_t{2} * info.replicas * info.preferredBatch;
    const std::size_t wanted = batches + decoders * eachDecoder;
    const std::size_t fitting = bounds::pipelineBytes / std::max<std::size_t>(pictureBytes(config), 1);
    return std::max(batches, std::min(wanted, fitting));
}

} // namespace

RunHost::RunHost(Request request, VitConfig config, std::unique_ptr<Backend> backend)
    : m_request(std::move(request)), m_config(std::move(config)), m_backend(std::move(backend)),
      m_info(m_backend->info())
{
}

Result<std::shared_ptr<RunHost>> RunHost::create(Request request, const AgentSettings& settings, AgentParts& parts)
{
    std::shared_ptr<const ModelSpec> model;
    if (request.model) {
        auto opened = parts.openModel(request.model->directory);
        if (!opened.ok())
            return opened.error();
        model = std::move(*opened);
    } else {
        model = std::make_shared<const ModelSpec>(syntheticModel());
    }
    BackendSettings backendSettings;
    backendSettings.device = settings.device;
    backendSettings.replicas = settings.replicas;
    backendSettings.cpus = settings.cpus;
    backendSettings.options = request.options.backend;
    backendSettings.precision = protocol::precisionName(request.precision);
    auto backend = parts.loadBackend(request.backend, *model, backendSettings);
    if (!backend.ok())
        return backend.error();
    if (request.model && !request.model->isUnchanged()) {
        return Error{ErrorCode::ModelMismatch,
                     "the files in " + request.model->directory.string() + " changed while they were loaded"};
    }
    std::shared_ptr<RunHost> host(new RunHost(std::move(request), model->config, std::move(*backend)));
    if (protocol::precisionFromName(host->m_info.precision) != host->m_request.precision) {
        return Error{ErrorCode::BackendFailed, "the backend computes in " + host->m_info.precision + ", not in " +
                                                   std::string(protocol::precisionName(host->m_request.precision))};
    }
    if (auto started = host->startDecoder(*model, settings, parts); !started.ok())
        return started.error();
    model.reset(); // the weights are the backend's now
    if (auto started = host->startReplicas(settings); !started.ok())
        return started.error();
    return host;
}

Result<void> RunHost::startDecoder(const ModelSpec& model, const AgentSettings& settings, AgentParts& parts)
{
    if (!m_request.options.decode)
        return {};
    const DecoderPlan plan{settings.decoders, model.config.imageWidth, model.config.imageHeight, model.preprocess,
                           settings.cpus};
    auto decoder =
        parts.startDecoder(plan, [queue = m_request.queue, sink = m_request.sink](std::vector<Picture> pictures) {
            deliverPictures(*queue, *sink, std::move(pictures));
        });
    if (!decoder.ok())
        return decoder.error();
    m_decoder = std::move(*decoder);
    return {};
}

Result<void> RunHost::startReplicas(const AgentSettings& settings)
{
    WorkQueue& queue = *m_request.queue;
    auto replicas = ReplicaThreads::start({*m_backend, queue, *m_request.sink, m_config.problemType,
                                           m_decoder ? pictureBytes(m_config) : 0, !m_info.synthetic});
    if (!replicas.ok())
        return replicas.error();
    m_replicas = std::move(*replicas);
    queue.setCapacity({pipelineItems(m_info, m_config, m_decoder ? settings.decoders : 1), bounds::pipelineBytes,
                       bounds::outboxItems});
    m_feeder =
        std::make_unique<Feeder>(queue, *m_request.sink, m_request.source, m_decoder.get(), m_request.needsBytes);
    return {};
}

RunHost::~RunHost()
{
    m_request.queue->stop();
    m_feeder.reset();
    m_replicas.reset();
    m_decoder.reset();
}

protocol::RunReady RunHost::ready() const
{
    protocol::RunReady ready;
    if (m_request.model)
        ready.modelSha256 = m_request.model->digest;
    ready.backend = m_info.name;
    ready.backendVersion = m_info.version;
    ready.device = m_info.device;
    ready.deviceName = m_info.deviceName;
    ready.precision = m_request.precision;
    ready.replicas = m_info.replicas;
    ready.labels = m_info.labels;
    ready.millisecondsPerItem = m_replicas->millisecondsPerItem();
    ready.synthetic = m_info.synthetic;
    for (const std::string& name : m_info.precisions) {
        const auto precision = protocol::precisionFromName(name);
        if (precision != protocol::Precision::Invalid && ready.precisions.size() < limits::maxPrecisions)
            ready.precisions.push_back(precision);
    }
    ready.batch = m_info.preferredBatch;
    return ready;
}

std::vector<int> RunHost::decoderProcesses() const
{
    return m_decoder ? m_decoder->processIds() : std::vector<int>();
}

} // namespace vitfleet::agent
