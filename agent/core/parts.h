// SPDX-License-Identifier: GPL-3.0-or-later
// What the agent's core needs from the rooms beside it, as one interface: agent/main wires the real ones, tests bring
// their own. So core knows neither model files nor decoder processes.
#pragma once

#include "agent/backends/api/backend.h"
#include "agent/backends/api/model_spec.h"
#include "shared/base/result.h"
#include "shared/base/unique_fd.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vitfleet::agent {

/// A picture to decode: an open regular file, or the bytes themselves.
struct PictureJob
{
    std::uint64_t tag = 0;
    UniqueFd file;
    std::vector<std::byte> bytes;
    std::string note; ///< of the item itself, beside what the decoder notes; not the decoder's business
};

/// A decoded picture, or why it is none.
struct Picture
{
    std::uint64_t tag = 0;
    ErrorCode error = ErrorCode::None;
    std::string detail;
    std::string note;
    std::vector<std::uint8_t> pixels; ///< RGB, 8 bits, height × width × 3 at the model's size
    std::uint32_t micros = 0;
};

class PictureDecoder
{
public:
    using Done = std::function<void(std::vector<Picture>)>; ///< in a thread of the decoder's

    virtual ~PictureDecoder() = default;
    virtual void submit(std::vector<PictureJob> jobs) = 0;
    virtual std::vector<int> processIds() const = 0;
};

struct DecoderPlan
{
    std::uint32_t processes = 1;
    std::uint32_t width = 0, height = 0;
    Preprocess preprocess;
    std::vector<int> cpus; ///< empty: not bound
};

struct Usage
{
    float cpuPercent = 0; ///< of one core
    std::uint64_t rssBytes = 0;
    std::uint64_t memoryAvailableBytes = 0;
    std::uint64_t energyMillijoules = 0; ///< of the whole node since the agent started; 0: not measured
};

class AgentParts
{
public:
    virtual ~AgentParts() = default;

    /// Worker thread. The model's tensors stay valid for as long as the pointer lives.
    virtual Result<std::shared_ptr<const ModelSpec>> openModel(const std::filesystem::path& directory) = 0;
    /// Worker thread. BackendMissing where there is no such module, else what its factory says.
    virtual Result<std::unique_ptr<Backend>> loadBackend(const std::string& name, const ModelSpec& model,
                                                         const BackendSettings& settings) = 0;
    /// Worker thread, which lives as long as the process: decoders may end with the thread that started them.
    virtual Result<std::unique_ptr<PictureDecoder>> startDecoder(const DecoderPlan& plan,
                                                                 PictureDecoder::Done done) = 0;
    /// Engine thread: of this process and `children`, since the call before.
    virtual Usage usage(const std::vector<int>& children) = 0;
};

} // namespace vitfleet::agent
