// SPDX-License-Identifier: GPL-3.0-or-later
// What the agent asks of an inference backend: a module that is loaded with dlopen and has one exported C factory.
// Plain structs and one abstract class; the agent and the module come from the same build (checked by version and
// compiler in the factory's argument), so that C++ types may cross.
#pragma once

#include "agent/backends/api/model_spec.h"
#include "shared/base/result.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vitfleet {

struct BackendSettings
{
    std::string device = "auto"; ///< "auto", "cpu", "cuda" (every one), "cuda:N"
    std::uint32_t replicas = 0;  ///< of a CPU; 0: one a core of `cpus`. A GPU has two, whatever this says
    /// Cores that replicas may be pinned to, one each; empty: `replicas` unpinned ones, at least one.
    std::vector<int> cpus;
    std::string options; ///< synthetic only: its plan as JSON
    /// "fp32", "bf16", "fp16" or "int8": exactly this is computed, or creation fails with Precision. "auto" is the
    /// caller's to resolve (BackendInfo::precisions says what there is).
    std::string precision = "fp32";
};

struct BackendInfo
{
    std::string name;       ///< "torch"
    std::string version;    ///< "LibTorch 2.13.0"
    std::string device;     ///< "cpu", "cuda:0"
    std::string deviceName; ///< "AVX2", "NVIDIA L4"
    std::string precision;  ///< what runs: the precision that was asked for
    std::uint32_t replicas = 0;
    std::uint32_t preferredBatch = 1; ///< pictures a call that a replica works best with
    std::uint32_t labels = 0;
    bool synthetic = false;
    /// What this device can compute in, the fastest first, without those that are no faster than fp32 here: what
    /// "auto" may choose from. "fp32" is always among them. No precision needs a calibration: the scales of int8 come
    /// from each row of activations itself, so that they depend neither on other pictures nor on a sample.
    std::vector<std::string> precisions;
};

/// One picture in a batch.
struct BackendItem
{
    /// RGB, 8 bits, height × width × 3, at the model's size: what the decoder made. Rescaling and normalising are the
    /// backend's.
    const std::uint8_t* pixels = nullptr;
    std::uint64_t itemKey = 0; ///< the item's number in its run; only the synthetic backend looks at it
};

/// Loaded weights with their replicas. Each replica is used by one thread at a time; different ones concurrently.
class Backend
{
public:
    virtual ~Backend() = default;

    virtual BackendInfo info() const = 0;

    /// Called once in the thread that will use this replica (pins it, sets its thread count).
    virtual Result<void> enterReplica(std::uint32_t replica) = 0;

    /// Computes the logits of 1 to preferredBatch pictures into `logits` (items × labels, row-major, fp32). A
    /// picture's row does not depend on the batch's size, its place or its neighbours. Raises `progress` after every
    /// encoder layer. Errors: BackendFailed, BackendMemory, BackendResult (a value that is not finite).
    virtual Result<void> classify(std::uint32_t replica, std::span<const BackendItem> items, std::span<float> logits,
                                  std::atomic<std::uint64_t>& progress) = 0;

    /// GFLOP/s of plain square matrix products in `precision`, multiplied in this replica's thread for about `seconds`:
    /// what a measurement of classify() is compared with. 0 where that cannot be told.
    virtual double matrixSpeed(std::uint32_t replica, const std::string& precision, double seconds)
    {
        static_cast<void>(replica);
        static_cast<void>(precision);
        static_cast<void>(seconds);
        return 0;
    }
};

/// Handed to the factory so that a module of another build is refused instead of crashing.
inline constexpr std::uint32_t backendApiVersion = 2;

/// The module's one exported function, `extern "C"` and of this name. Loads the model; `model` and the memory that its
/// tensors point to stay valid only during the call. Never throws: exceptions stop inside.
using BackendFactory = void (*)(std::uint32_t apiVersion, const ModelSpec* model, const BackendSettings* settings,
                                Result<std::unique_ptr<Backend>>* out);
inline constexpr const char* backendFactoryName = "vitfleetCreateBackend";

} // namespace vitfleet
