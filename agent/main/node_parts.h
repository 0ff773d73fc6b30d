// SPDX-License-Identifier: GPL-3.0-or-later
// The real parts of an agent on a node: model directories, backend modules, decoder processes, readings from /proc.
#pragma once

#include "agent/core/parts.h"
#include "agent/host/node_energy.h"
#include "agent/host/usage.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace vitfleet::agent {

/// Where this program lies.
std::filesystem::path programFolder();

class NodeParts final : public AgentParts
{
public:
    /// `folder` holds the backend modules and vitfleet-decoder.
    explicit NodeParts(std::filesystem::path folder) : m_folder(std::move(folder)) {}

    Result<std::shared_ptr<const ModelSpec>> openModel(const std::filesystem::path& directory) override;
    Result<std::unique_ptr<Backend>> loadBackend(const std::string& name, const ModelSpec& model,
                                                 const BackendSettings& settings) override;
    Result<std::unique_ptr<PictureDecoder>> startDecoder(const DecoderPlan& plan, PictureDecoder::Done done) override;
    Usage usage(const std::vector<int>& children) override;

private:
    std::filesystem::path m_folder;
    host::UsageMeter m_usage;
    host::NodeEnergy m_energy;
};

} // namespace vitfleet::agent
