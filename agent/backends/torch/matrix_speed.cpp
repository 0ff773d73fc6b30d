// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/matrix_speed.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <chrono>
#include <optional>

namespace vitfleet::torchbackend {
namespace {

constexpr std::int64_t side = 1024;

std::optional<at::ScalarType> typeOf(const std::string& precision)
{
    if (precision == "fp32")
        return at::kFloat;
    if (precision == "bf16")
        return at::kBFloat16;
    if (precision == "fp16")
        return at::kHalf;
    return std::nullopt;
}

} // namespace

double matrixSpeed(const c10::Device& device, const std::string& precision, double seconds)
{
    using Clock = std::chrono::steady_clock;
    const auto type = typeOf(precision);
    if (!type)
        return 0;
    const auto options = at::TensorOptions().dtype(*type).device(device);
    const auto left = at::randn({side, side}, at::TensorOptions().device(device)).to(*type);
    const auto right = at::randn({side, side}, at::TensorOptions().device(device)).to(*type);
    auto product = at::empty({side, side}, options);
    at::mm_out(product, left, right); // the first one allocates and compiles
    const auto settle = [&product] { return product.narrow(0, 0, 1).to(at::kCPU); }; // waits for a GPU
    settle();
    const auto begin = Clock::now();
    double elapsed = 0;
    std::int64_t done = 0;
    for (std::int64_t next = 1; elapsed < seconds; next *= device.is_cpu() ? 1 : 2) {
        for (std::int64_t i = 0; i < next; ++i)
            at::mm_out(product, left, right);
        done += next;
        settle();
        elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    return 2e-9 * static_cast<double>(side * side * side) * static_cast<double>(done) / elapsed;
}

} // namespace vitfleet::torchbackend
