// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/model_spec.h"
#include "agent/backends/torch/kernels/matrix.h"

#include <ATen/core/Tensor.h>
#include <cstdint>

namespace vitfleet::torchbackend {

/// How a model's products are computed: with kernels of our own, or by LibTorch in `type`.
struct Arithmetic
{
    const kernels::Kernels* kernels = nullptr; ///< null: LibTorch
    kernels::Numbers numbers = kernels::Numbers::Float;
    at::ScalarType type = at::kFloat;
};

/// y = act(x Wᵀ + b). Weights are laid out once: for our kernels as a matrix that their own forward pass takes, or for
/// LibTorch and the one number of rows that it is called with. On a CPU that is oneDNN's own layout where this LibTorch
/// has the operation (2.x), which also fuses most activations. Else it is a plain product, on a CPU one for each
/// picture: a BLAS may round a row otherwise at another place of a larger product (MKL does, seen), and a picture's
/// result must not depend on its place. Which of them is decided by the CPU's flags and the library alone, never by a
/// measurement: two agents on equal nodes must give equal bits. VITFLEET_TORCH_LINEAR=plain in the environment asks
/// LibTorch for the plain product (tests, comparisons).
class Linear
{
public:
    Linear() = default;
    /// `weight` is outputs × inputs, `bias` has outputs or is undefined; both fp32 on the CPU for our kernels, else of
    /// the type and on the device that will compute.
    Linear(const Arithmetic& arithmetic, const at::Tensor& weight, const at::Tensor& bias, std::int64_t pictures,
           std::int64_t rowsEach, Activation activation = Activation::Invalid);

    /// LibTorch's. `input` is (pictures × rowsEach) × inputs and contiguous; gives (pictures × rowsEach) × outputs.
    /// With another number of pictures than it was laid out for it is slower, and right.
    at::Tensor operator()(const at::Tensor& input) const;

    /// For our kernels; empty for LibTorch.
    kernels::Matrix& matrix() { return m_matrix; }

private:
    at::Tensor computePlain(const at::Tensor& input) const;

    kernels::Matrix m_matrix;
    at::Tensor m_weight; ///< packed, or inputs × outputs
    at::Tensor m_bias;
    Activation m_activation = Activation::Invalid; ///< Invalid: none
    std::int64_t m_rowsEach = 1;
    bool m_packed = false;
};

/// Applies `activation` in place; Invalid does nothing. As ACT2FN of transformers defines them.
void activate(at::Tensor& values, Activation activation);

} // namespace vitfleet::torchbackend
