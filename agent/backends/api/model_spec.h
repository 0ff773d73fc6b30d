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

/// What the classifier reads of the encoder's output, which the last layer norm has gone over.
enum class Head : std::uint8_t
{
    Invalid = 0,
    ClassToken,           ///< hidden values
    ClassAndDistillation, ///< two classifiers, one a token, whose logits are averaged (DeiT with its teacher)
    ClassAndPatchMean     ///< 2 × hidden values: the class token, then the mean of the patches' tokens (DINOv2)
};

/// ViTConfig, DeiTConfig, Dinov2Config and Dinov2WithRegistersConfig. Lengths in pixels, elements or counts as named.
/// The tokens are in this order: class, distillation, registers, patches row by row.
struct VitConfig
{
    std::string modelType; ///< "vit", "deit", "dinov2", "dinov2_with_registers"
    /// Of the model's input: what the decoder makes.
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
    bool distillationToken = false;   ///< with a position of its own
    std::uint32_t registerTokens = 0; ///< without positions
    bool layerScale = false;          ///< each branch is multiplied by a vector before it is added
    /// The MLP is down(silu(gate(x)) × up(x)), gate and up of intermediateSize each; `activation` is silu then.
    bool swiGlu = false;
    Head head = Head::ClassToken;
    /// The patches' positions in the file where they must be interpolated (bicubic) from a square of that many to the
    /// input's patches; 0: there is one for each patch.
    std::uint32_t storedPositions = 0;
    bool antialiasPositions = false; ///< when interpolating
    ProblemType problemType = ProblemType::SingleLabel;
    std::vector<std::string> labels; ///< by output index
};

/// Patches of the input; rows and columns of pixels that fill no patch are left out.
inline std::uint32_t patchCount(const VitConfig& config)
{
    return config.imageHeight / config.patchHeight * (config.imageWidth / config.patchWidth);
}

/// Tokens before the patches'.
inline std::uint32_t leadingTokens(const VitConfig& config)
{
    return 1 + (config.distillationToken ? 1 : 0) + config.registerTokens;
}

inline std::uint32_t tokenCount(const VitConfig& config)
{
    return leadingTokens(config) + patchCount(config);
}

/// What the modules are called in files; a layer's follow "encoder.layer.N.".
struct ModuleNames
{
    std::string prefix; ///< "vit."
    const char *normBefore, *normAfter;
    const char *gate, *up, *down; ///< gate: nullptr unless swiGlu
};

inline ModuleNames moduleNames(const VitConfig& config)
{
    const std::string prefix = config.modelType + ".";
    if (!config.modelType.starts_with("dinov2"))
        return {prefix, "layernorm_before", "layernorm_after", nullptr, "intermediate.dense", "output.dense"};
    if (config.swiGlu)
        return {prefix, "norm1", "norm2", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"};
    return {prefix, "norm1", "norm2", nullptr, "mlp.fc1", "mlp.fc2"};
}

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
    /// By Hugging Face's names ("vit.encoder.layer.0.attention.attention.query.weight"), checked against `config`. The
    /// one that DINOv2's files have of gate and up ("mlp.weights_in") is split: "mlp.gate_proj", "mlp.up_proj".
    std::map<std::string, TensorView, std::less<>> tensors;
};

} // namespace vitfleet
