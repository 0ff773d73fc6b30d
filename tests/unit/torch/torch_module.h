// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/backend.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vitfleet::tests {

using Picture = std::vector<std::uint8_t>;

/// Where the module is.
std::string torchModulePath();

/// The ways in which the module can compute on a CPU, where the machine has them: kernels of each level, LibTorch's
/// packed product, its plain one. A machine plays a lower level where it lacks one. Chosen through the environment
/// while a model is loaded.
struct EnginePath
{
    const char *name, *cpu, *linear;
};
inline constexpr EnginePath enginePaths[] = {{"best kernels", "amx", ""}, {"AVX2", "avx2", ""},
                                             {"LibTorch", "plain", ""},   {"LibTorch, plain product", "plain", "plain"},
                                             {"AVX-512", "avx512", ""},   {"AVX-512 VNNI", "vnni", ""}};
void takePath(const EnginePath& path);
void leavePath();

/// Asks the module, loaded as the agent loads it. Throws where it cannot be loaded.
Result<std::unique_ptr<Backend>> createTorchBackend(const ModelSpec* model, const BackendSettings* settings,
                                                    std::uint32_t apiVersion = backendApiVersion);

/// On the CPU, one replica, not pinned, entered by the calling thread.
std::unique_ptr<Backend> enteredBackend(const ModelSpec& model, const std::string& precision = "fp32");

/// Whether the CPU has products of that type, on the path that is taken.
bool canCompute(const ModelSpec& model, const std::string& precision);

/// Pictures in one call; throws on an error.
std::vector<float> classify(Backend& backend, std::uint32_t replica, std::span<const Picture* const> pictures);
/// Pictures in as many calls as the batch asks for; a row of logits for each.
std::vector<std::vector<float>> classifyAll(Backend& backend, const std::vector<Picture>& pictures);
/// Each picture in a call of its own; a row of logits for each.
std::vector<std::vector<float>> classifyAlone(Backend& backend, const std::vector<Picture>& pictures);

} // namespace vitfleet::tests
