// SPDX-License-Identifier: GPL-3.0-or-later
// A Hugging Face image classification model as plain structs: what agent/model reads from a directory, backends load
// and the decoder is told. Sources: transformers' ViTConfig and ViTImageProcessor, the safetensors format.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet {

enum class Activation : std::uint8_t
{
    Invalid = 0,
    Gelu,
    GeluNew,
    GeluTanh,
    QuickGelu,
    Relu,
    Silu
};
enum class ProblemType : std::uint8_t
{
    Invalid = 0,
    SingleLabel,
    MultiLabel,
    Regression
};

/// ViTConfig. Lengths in pixels, elements or counts as named.
struct VitConfig
{
    std::string modelType; ///< "vit"
    std::uint32_t imageHeight = 224, imageWidth = 224;
    std::uint32_t patchHeight = 16, patchWidth = 16;
    std::uint32_t channels = 3;
    std::uint32_t hiddenSize = 768;
    std::uint32_t layers = 12;
    std::uint32_t heads = 12;
    std::uint32_t intermediateSize = 3072;
    Activation activation = Activation::Gelu;
    double layerNormEps = 1e-12;
    bool qkvBias = true;
    ProblemType problemType = ProblemType::SingleLabel;
    std::vector<std::string> labels; ///< by output index
};

/// Pillow's filter numbers, as preprocessor_config.json has them.
enum class Resample : std::uint8_t
{
    Nearest = 0,
    Lanczos = 1,
    Bilinear = 2,
    Bicubic = 3,
    Box = 4,
    Hamming = 5
};

/// ViTImageProcessor: decode → RGB → resize → centre crop → (backend) rescale → normalise.
struct Preprocess
{
    bool resize = true;
    /// Exact size; or, with shortestEdge > 0, the shorter side gets that length and the other follows.
    std::uint32_t resizeHeight = 224, resizeWidth = 224;
    std::uint32_t shortestEdge = 0;
    Resample resample = Resample::Bilinear;
    bool centerCrop = false;
    std::uint32_t cropHeight = 0, cropWidth = 0;
    bool rescale = true;
    double rescaleFactor = 1.0 / 255.0;
    bool normalize = true;
    std::array<double, 3> mean{0.5, 0.5, 0.5}, std{0.5, 0.5, 0.5};
};

enum class DType : std::uint8_t
{
    Invalid = 0,
    F32,
    F16,
    BF16
};

/// A tensor in the mapped safetensors file.
struct TensorView
{
    DType dtype = DType::Invalid;
    std::vector<std::int64_t> shape;
    const std::byte* data = nullptr; ///< row-major, little-endian; may be unaligned
    std::size_t bytes = 0;
};

struct ModelSpec
{
    VitConfig config;
    Preprocess preprocess;
    /// By Hugging Face's names ("vit.encoder.layer.0.attention.attention.query.weight"), checked against `config`.
    std::map<std::string, TensorView, std::less<>> tensors;
};

} // namespace vitfleet
