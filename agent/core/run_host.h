// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that lives as long as a run's loaded model: backend, decoders, feeder and replica threads. Made and
// destroyed in the worker thread, since both take their time.
#pragma once

#include "agent/backends/api/backend.h"
#include "agent/core/feeder.h"
#include "agent/core/model_cache.h"
#include "agent/core/parts.h"
#include "agent/core/replica_threads.h"
#include "agent/core/result_sink.h"
#include "agent/core/run_options.h"
#include "agent/core/settings.h"
#include "agent/core/work_queue.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::agent {

class RunHost
{
public:
    struct Request
    {
        std::string backend;
        RunOptions options;
        protocol::Precision precision = protocol::Precision::Fp32;
        std::optional<LocatedModel> model; ///< none: the synthetic backend's own
        std::shared_ptr<const ItemSource> source;
        std::shared_ptr<WorkQueue> queue;
        std::shared_ptr<ResultSink> sink;
        Feeder::NeedsBytes needsBytes;
    };

    /// Loads the model and starts everything. What opening the model or the backend says; ModelMismatch where the
    /// model's files changed while they were loaded.
    static Result<std::shared_ptr<RunHost>> create(Request request, const AgentSettings& settings, AgentParts& parts);
    /// Stops the queue and joins all threads.
    ~RunHost();

    /// All but the run's uid.
    protocol::RunReady ready() const;
    std::shared_ptr<const ReplicaCounters> counters() const { return m_replicas->counters(); }
    std::vector<int> decoderProcesses() const;

private:
    RunHost(Request request, VitConfig config, std::unique_ptr<Backend> backend);
    Result<void> startDecoder(const ModelSpec& model, const AgentSettings& settings, AgentParts& parts);
    Result<void> startReplicas(const AgentSettings& settings);

    Request m_request;
    VitConfig m_config;
    std::unique_ptr<Backend> m_backend;
    BackendInfo m_info;
    // Destroyed in the reverse order, once the queue has been stopped: feeder, replicas, decoder, backend.
    std::unique_ptr<PictureDecoder> m_decoder;
    std::unique_ptr<ReplicaThreads> m_replicas;
    std::unique_ptr<Feeder> m_feeder;
};

} // namespace vitfleet::agent
