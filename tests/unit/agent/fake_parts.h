// SPDX-License-Identifier: GPL-3.0-or-later
// An agent's surroundings in a test: a decoder that hands through what it gets, and the synthetic backend's answers
// computed in place.
#pragma once

#include "agent/backends/synthetic/plan.h"
#include "agent/core/parts.h"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace vitfleet::agent::test {

/// Holds replicas inside a batch for as long as the test wants.
class Gate
{
public:
    void close();
    void open();
    void pass();

private:
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_open = true;
};

class FakeParts final : public AgentParts
{
public:
    Result<std::shared_ptr<const ModelSpec>> openModel(const std::filesystem::path& directory) override;
    Result<std::unique_ptr<Backend>> loadBackend(const std::string& name, const ModelSpec& model,
                                                 const BackendSettings& settings) override;
    Result<std::unique_ptr<PictureDecoder>> startDecoder(const DecoderPlan& plan, PictureDecoder::Done done) override;
    Usage usage(const std::vector<int>&) override { return {12.5F, 1000, 2000}; }

    Gate gate;
    Gate loading;
    Gate hanging;                          ///< of the items that hang
    std::atomic<bool> failBatches{false};  ///< any batch of more than one
    std::atomic<bool> keepPictures{false}; ///< decoders do not give any back
    std::atomic<std::size_t> kept{0};      ///< of these
    std::atomic<int> backends{0};          ///< that live
};

} // namespace vitfleet::agent::test
