// SPDX-License-Identifier: GPL-3.0-or-later
// Weights and pictures from a counter-based hash, the same bit for bit as those of tests/tools/hashed_model.py, so that
// a model of any size needs no file. Every number is an integer of 16 bits times a power of two (plus one for the
// weights of a layer norm), which fp32 holds exactly.
#pragma once

#include "agent/backends/api/model_spec.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vitfleet::tests {

/// Vigna's splitmix64, entered at `counter`.
std::uint64_t hashOf(std::uint64_t stream, std::uint64_t counter);

class HashedModel
{
public:
    explicit HashedModel(VitConfig config);
    HashedModel(const HashedModel&) = delete;
    HashedModel& operator=(const HashedModel&) = delete;

    /// Points into this object.
    const ModelSpec& spec() const { return m_spec; }
    /// For tests that spoil something.
    ModelSpec& spec() { return m_spec; }

private:
    std::map<std::string, std::vector<float>> m_values;
    ModelSpec m_spec;
};

/// A ViT-B/16 with 1,000 outputs.
VitConfig baseConfig();
/// The demo's shape: 28×28, patch 4, 96 wide, 6 layers, 10 outputs.
VitConfig smallConfig();
/// As small as a ViT gets, with a picture that is not square and patches that do not fill it.
VitConfig tinyConfig();

/// The same as a DeiT, with the distillation head or with the class head alone.
VitConfig tinyDeitConfig(bool teacher);
/// A DINOv2 whose positions are of 20×20 pixels in patches of 4×4: interpolated for other sizes.
VitConfig tinyDinoConfig(std::uint32_t registers, bool swiGlu, std::uint32_t height = 20, std::uint32_t width = 20);

/// RGB, 8 bits, height × width × 3: squares of one colour with noise on top.
std::vector<std::uint8_t> hashedPicture(const VitConfig& config, std::uint64_t number);

} // namespace vitfleet::tests
