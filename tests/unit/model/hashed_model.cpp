// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/model/hashed_model.h"

#include "agent/model/expected_tensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace vitfleet::tests {
namespace {

constexpr std::uint64_t pictureStream = std::uint64_t{1} << 32;

/// From −1 up to, not including, 1.
float unit(std::uint64_t hash)
{
    return static_cast<float>(static_cast<std::int32_t>(hash >> 48) - 32768) / 32768.0F;
}

/// What a tensor's values are: offset + scale × unit. The scale is about one over the root of a linear's inputs, so
/// that attention has something to choose and the activations bend.
std::pair<float, float> distribution(const ExpectedTensor& tensor)
{
    if (tensor.name.find("norm") != std::string::npos)
        return {tensor.name.ends_with(".weight") ? 1.0F : 0.0F, 0.125F};
    if (tensor.name.find("position_embeddings") != std::string::npos || tensor.name.find("_token") != std::string::npos)
        return {0.0F, 0.5F};
    if (tensor.name.find("layer_scale") != std::string::npos)
        return {0.5F, 0.25F};
    if (tensor.shape.size() == 1)
        return {0.0F, 0.25F};
    std::uint64_t inputs = 1;
    for (std::size_t i = 1; i < tensor.shape.size(); ++i)
        inputs *= static_cast<std::uint64_t>(tensor.shape[i]);
    return {0.0F, std::ldexp(1.0F, 1 - static_cast<int>(std::bit_width(inputs)) / 2)};
}

std::vector<std::string> numberedLabels(std::size_t count)
{
    std::vector<std::string> labels(count);
    for (std::size_t i = 0; i < count; ++i)
        labels[i] = std::string("LABEL_") + std::to_string(i);
    return labels;
}

} // namespace

std::uint64_t hashOf(std::uint64_t stream, std::uint64_t counter)
{
    std::uint64_t z = ((stream << 40) + counter + 1) * 0x9e37'79b9'7f4a'7c15U;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9U;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebU;
    return z ^ (z >> 31);
}

HashedModel::HashedModel(VitConfig config)
{
    m_spec.config = std::move(config);
    m_spec.preprocess.resizeHeight = m_spec.config.imageHeight;
    m_spec.preprocess.resizeWidth = m_spec.config.imageWidth;
    auto tensors = expectedTensors(m_spec.config);
    std::ranges::sort(tensors, {}, &ExpectedTensor::name);
    std::uint64_t stream = 0;
    for (const auto& tensor : tensors) {
        std::size_t count = 1;
        for (const auto length : tensor.shape)
            count *= static_cast<std::size_t>(length);
        const auto [offset, scale] = distribution(tensor);
        auto& values = m_values[tensor.name];
        values.resize(count);
        for (std::size_t i = 0; i < count; ++i)
            values[i] = offset + scale * unit(hashOf(stream, i));
        ++stream;
        m_spec.tensors[tensor.name] = {DType::F32, tensor.shape, reinterpret_cast<const std::byte*>(values.data()),
                                       count * sizeof(float)};
    }
}

VitConfig baseConfig()
{
    VitConfig config;
    config.modelType = "vit";
    config.labels = numberedLabels(1000);
    return config;
}

VitConfig smallConfig()
{
    VitConfig config;
    config.modelType = "vit";
    config.imageHeight = config.imageWidth = 28;
    config.patchHeight = config.patchWidth = 4;
    config.hiddenSize = 96;
    config.layers = 6;
    config.heads = 3;
    config.intermediateSize = 288;
    config.layerNormEps = 1e-6;
    config.labels = numberedLabels(10);
    return config;
}

VitConfig tinyConfig()
{
    VitConfig config;
    config.modelType = "vit";
    config.imageHeight = 13;
    config.imageWidth = 11;
    config.patchHeight = 4;
    config.patchWidth = 3;
    config.hiddenSize = 16;
    config.layers = 2;
    config.heads = 2;
    config.intermediateSize = 24;
    config.labels = numberedLabels(7);
    return config;
}

VitConfig tinyDeitConfig(bool teacher)
{
    VitConfig config = tinyConfig();
    config.modelType = "deit";
    config.distillationToken = true;
    config.head = teacher ? Head::ClassAndDistillation : Head::ClassToken;
    return config;
}

VitConfig tinyDinoConfig(std::uint32_t registers, bool swiGlu, std::uint32_t height, std::uint32_t width)
{
    VitConfig config = tinyConfig();
    config.modelType = registers > 0 ? "dinov2_with_registers" : "dinov2";
    config.imageHeight = height;
    config.imageWidth = width;
    config.patchHeight = config.patchWidth = 4;
    config.layerNormEps = 1e-6;
    config.registerTokens = registers;
    config.antialiasPositions = registers > 0;
    config.layerScale = true;
    config.head = Head::ClassAndPatchMean;
    config.swiGlu = swiGlu;
    config.activation = swiGlu ? Activation::Silu : Activation::Gelu;
    config.intermediateSize = swiGlu ? 48 : 64; // hidden_size times 4; two thirds of it, rounded up to a multiple of 8
    config.storedPositions = height == 20 && width == 20 ? 0 : 25;
    return config;
}

std::vector<std::uint8_t> hashedPicture(const VitConfig& config, std::uint64_t number)
{
    const std::uint64_t square = std::max(config.imageHeight / 8, 1U);
    std::vector<std::uint8_t> pixels(std::size_t{3} * config.imageHeight * config.imageWidth);
    const std::uint64_t stream = pictureStream + number;
    std::size_t i = 0;
    for (std::uint64_t y = 0; y < config.imageHeight; ++y) {
        for (std::uint64_t x = 0; x < config.imageWidth; ++x) {
            for (std::uint64_t channel = 0; channel < 3; ++channel, ++i) {
                const auto colour = hashOf(stream, ((y / square) << 20) + ((x / square) << 8) + channel) >> 56;
                const auto noise = hashOf(stream + (std::uint64_t{1} << 16), i) >> 59;
                pixels[i] = static_cast<std::uint8_t>(std::min<std::uint64_t>(colour + noise, 255));
            }
        }
    }
    return pixels;
}

} // namespace vitfleet::tests
