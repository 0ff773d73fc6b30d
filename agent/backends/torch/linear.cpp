// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/linear.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <torch/version.h>

namespace vitfleet::torchbackend {
namespace {

#if TORCH_VERSION_MAJOR >= 2

// Not in any public header: registered with the dispatcher by some builds only, so looked up by name. The typed handle
// compares the signature below with the registered one and throws where a later version has changed it.
using PointwiseSignature = at::Tensor(const at::Tensor&, const at::Tensor&, const c10::optional<at::Tensor>&,
                                      c10::string_view, c10::List<c10::optional<at::Scalar>>,
                                      c10::optional<c10::string_view>);

struct PackedOperations
{
    c10::OperatorHandle reorder;
    c10::TypedOperatorHandle<PointwiseSignature> pointwise;
};

std::optional<PackedOperations> findPackedOperations()
{
    auto& dispatcher = c10::Dispatcher::singleton();
    const auto reorder = dispatcher.findSchema({"mkldnn::_reorder_linear_weight", ""});
    const auto pointwise = dispatcher.findSchema({"mkldnn::_linear_pointwise", ""});
    if (!reorder || !pointwise || !pointwise->hasKernelForDispatchKey(c10::DispatchKey::CPU) ||
        !reorder->hasKernelForDispatchKey(c10::DispatchKey::CPU))
        return std::nullopt;
    try {
        return PackedOperations{*reorder, pointwise->typed<PointwiseSignature>()};
    } catch (const c10::Error&) {
        return std::nullopt;
    }
}

const std::optional<PackedOperations>& packedOperations()
{
    static const auto operations = findPackedOperations();
    return operations;
}

at::Tensor packed(const at::Tensor& weight, std::int64_t rows)
{
    torch::jit::Stack stack{weight, rows};
    packedOperations()->reorder.callBoxed(stack);
    return stack.front().toTensor();
}

/// oneDNN's name of a fused activation and which of its formulas; an empty name where it has none.
std::pair<std::string_view, std::string_view> fusedName(Activation activation)
{
    switch (activation) {
    case Activation::Invalid:
        return {"none", ""};
    case Activation::Gelu:
        return {"gelu", "none"};
    case Activation::GeluNew:
    case Activation::GeluTanh:
        return {"gelu", "tanh"};
    case Activation::Relu:
        return {"relu", ""};
    case Activation::Silu:
        return {"swish", ""};
    case Activation::QuickGelu:
        break;
    }
    return {"", ""};
}

at::Tensor computePacked(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                         Activation activation)
{
    const auto [name, formula] = fusedName(activation);
    const auto fused = name.empty() ? std::string_view("none") : name;
    const c10::optional<at::Tensor> optionalBias = bias.defined() ? c10::optional<at::Tensor>(bias) : c10::nullopt;
    c10::optional<c10::string_view> algorithm;
    if (!formula.empty())
        algorithm = c10::string_view(formula.data(), formula.size());
    auto output =
        packedOperations()->pointwise.call(input, weight, optionalBias, c10::string_view(fused.data(), fused.size()),
                                           c10::List<c10::optional<at::Scalar>>(), algorithm);
    if (name.empty())
        activate(output, activation);
    return output;
}

bool canPack(const at::Tensor& weight)
{
    // Asked for each model that is loaded, so that one process can compare both.
    const char* choice = std::getenv("VITFLEET_TORCH_LINEAR");
    if (choice != nullptr && std::string_view(choice) == "plain")
        return false;
    return weight.device().is_cpu() && packedOperations().has_value();
}

#else // LibTorch 1.13 has none of this.

bool canPack(const at::Tensor&)
{
    return false;
}
at::Tensor packed(const at::Tensor& weight, std::int64_t)
{
    return weight;
}
at::Tensor computePacked(const at::Tensor& input, const at::Tensor&, const at::Tensor&, Activation)
{
    return input;
}

#endif

} // namespace

void activate(at::Tensor& values, Activation activation)
{
    switch (activation) {
    case Activation::Invalid:
        break;
    case Activation::Gelu:
        at::gelu_(values, "none");
        break;
    case Activation::GeluNew: // the same formula under two names
    case Activation::GeluTanh:
        at::gelu_(values, "tanh");
        break;
    case Activation::QuickGelu:
        values.mul_(at::sigmoid(values.mul(1.702)));
        break;
    case Activation::Relu:
        at::relu_(values);
        break;
    case Activation::Silu:
        at::silu_(values);
        break;
    }
}

namespace {

kernels::Curve curveOf(Activation activation)
{
    switch (activation) {
    case Activation::Invalid:
        break;
    case Activation::Gelu:
        return kernels::Curve::Gelu;
    case Activation::GeluNew: // the same formula under two names
    case Activation::GeluTanh:
        return kernels::Curve::GeluTanh;
    case Activation::QuickGelu:
        return kernels::Curve::QuickGelu;
    case Activation::Relu:
        return kernels::Curve::Relu;
    case Activation::Silu:
        return kernels::Curve::Silu;
    }
    return kernels::Curve::None;
}

kernels::Matrix matrixOf(const Arithmetic& arithmetic, const at::Tensor& weight, const at::Tensor& bias,
                         Activation activation)
{
    const auto rows = weight.contiguous();
    const auto values = bias.defined() ? bias.contiguous() : at::Tensor();
    return {*arithmetic.kernels,
            arithmetic.numbers,
            rows.data_ptr<float>(),
            values.defined() ? values.data_ptr<float>() : nullptr,
            static_cast<std::size_t>(rows.size(0)),
            static_cast<std::size_t>(rows.size(1)),
            curveOf(activation)};
}

} // namespace

Linear::Linear(const Arithmetic& arithmetic, const at::Tensor& weight, const at::Tensor& bias, std::int64_t pictures,
               std::int64_t rowsEach, Activation activation)
{
    if (arithmetic.kernels != nullptr) {
        m_matrix = matrixOf(arithmetic, weight, bias, activation);
        return;
    }
    m_bias = bias;
    m_activation = activation;
    m_rowsEach = rowsEach;
    m_packed = canPack(weight);
    m_weight = m_packed ? packed(weight.contiguous(), pictures * rowsEach) : weight.t().contiguous();
}

at::Tensor Linear::computePlain(const at::Tensor& input) const
{
    const auto product = [this](at::Tensor& output, const at::Tensor& rows) {
        if (m_bias.defined())
            at::addmm_out(output, m_bias, rows, m_weight);
        else
            at::mm_out(output, rows, m_weight);
    };
    auto output = at::empty({input.size(0), m_weight.size(1)}, input.options());
    const std::int64_t pictures = input.size(0) / m_rowsEach; // fewer than planned where memory was short
    if (!input.device().is_cpu() || pictures == 1) {
        product(output, input);
        return output;
    }
    // A BLAS may also round otherwise at another alignment: every product gets the one of a fresh tensor.
    constexpr std::int64_t alignment = 64 / sizeof(float);
    const bool aligned = m_rowsEach * input.size(1) % alignment == 0 && m_rowsEach * output.size(1) % alignment == 0;
    auto scratch = aligned ? at::Tensor() : at::empty({m_rowsEach, output.size(1)}, input.options());
    for (std::int64_t picture = 0; picture < pictures; ++picture) {
        const auto rows = input.narrow(0, picture * m_rowsEach, m_rowsEach);
        auto target = output.narrow(0, picture * m_rowsEach, m_rowsEach);
        if (aligned) {
            product(target, rows);
        } else {
            product(scratch, rows.clone());
            target.copy_(scratch);
        }
    }
    return output;
}

at::Tensor Linear::operator()(const at::Tensor& input) const
{
    if (m_packed)
        return computePacked(input, m_weight, m_bias, m_activation);
    auto output = computePlain(input);
    activate(output, m_activation);
    return output;
}

} // namespace vitfleet::torchbackend
