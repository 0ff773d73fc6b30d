// SPDX-License-Identifier: GPL-3.0-or-later
// Decoding in processes of their own: bytes or descriptors go to vitfleet-decoder, RGB pixels at the model's size come
// back through shared memory. A decoder that crashes, hangs or grows costs the picture that it had in hand and is
// replaced. No OpenCV here: the agent and the desktop link this.
#pragma once

#include "agent/backends/api/model_spec.h"
#include "shared/base/limits.h"
#include "shared/base/result.h"
#include "shared/base/unique_fd.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet {

struct DecodeJob
{
    std::uint64_t tag = 0;        ///< the caller's, returned as it is
    UniqueFd file;                ///< an open regular file, read from its start; or
    std::vector<std::byte> bytes; ///< the picture itself
};

struct DecodedPicture
{
    std::uint64_t tag = 0;
    /// Item errors of the picture (ImgFormat, ImgCorrupt, ImgTruncated, ImgTooLarge, ImgEmpty, DecoderCrashed,
    /// DecoderTimeout, DecoderMemory), or NodeIo, where reading failed; None: `pixels` is valid.
    ErrorCode error = ErrorCode::None;
    std::string detail;
    std::string note;                    ///< accepted, but worth knowing ("PNG named .jpg", "extraneous bytes")
    std::vector<std::uint8_t> pixels;    ///< RGB, height × width × 3
    std::uint32_t width = 0, height = 0; ///< of `pixels`
    std::uint32_t originalWidth = 0, originalHeight = 0; ///< as stored in the file
    std::uint32_t micros = 0;                            ///< wall time in the decoder, reading included
};

/// A fixed number of decoder processes. Thread-safe: submit from one thread, results come in a thread of the pool's.
class DecoderPool
{
public:
    struct Settings
    {
        std::filesystem::path program; ///< vitfleet-decoder
        std::uint32_t processes = 1;
        std::uint32_t width = 224, height = 224; ///< of the output, whatever `preprocess` makes must be this
        Preprocess preprocess;
        std::uint32_t queueDepth = 64;                             ///< jobs handed to one process at a time, at most
        std::chrono::milliseconds timeout = limits::decodeTimeout; ///< for one picture
        std::vector<int> cpus; ///< affinity of the decoder processes; empty: inherited
    };
    /// Called in the pool's thread, in no particular order; must be quick.
    using Done = std::function<void(std::vector<DecodedPicture>)>;

    /// Starts the processes. DecoderMissing facts come as NodeIo with the program's path.
    static Result<std::unique_ptr<DecoderPool>> start(Settings settings, Done done);
    /// Ends the processes; jobs that are still inside are dropped without a call.
    ~DecoderPool();

    /// Queues jobs; several at once are cheaper than one by one. Never blocks.
    void submit(std::vector<DecodeJob> jobs);
    /// Jobs submitted and not yet done.
    std::size_t pending() const;
    /// Process ids of the decoders now running, for CPU and memory readings and for tests.
    std::vector<int> processIds() const;
    std::uint64_t restarts() const;

private:
    struct Private;
    explicit DecoderPool(std::unique_ptr<Private> priv);
    std::unique_ptr<Private> d;
};

} // namespace vitfleet
