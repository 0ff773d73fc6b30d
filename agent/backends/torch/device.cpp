// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <dlfcn.h>
#include <sched.h>
#include <string_view>

namespace vitfleet::torchbackend {

Result<std::vector<c10::Device>> chooseDevices(const std::string& name)
{
    using Devices = std::vector<c10::Device>;
    const auto gpus = static_cast<int>(at::getNumGPUs());
    if (name == "cpu" || (name == "auto" && gpus == 0))
        return Devices{c10::Device(c10::kCPU)};
    if (name == "auto" || (name == "cuda" && gpus > 0)) {
        Devices all;
        for (int i = 0; i < gpus; ++i)
            all.emplace_back(c10::kCUDA, static_cast<c10::DeviceIndex>(i));
        return all;
    }

    constexpr std::string_view prefix = "cuda:";
    int index = -1;
    if (name.starts_with(prefix)) {
        const char* begin = name.data() + prefix.size();
        const char* end = name.data() + name.size();
        if (const auto [stop, error] = std::from_chars(begin, end, index); error != std::errc() || stop != end)
            index = -1;
    }
    if (index < 0 && name != "cuda")
        return {ErrorCode::Device, name.substr(0, 64) + " is none of auto, cpu, cuda and cuda:N"};
    if (index < 0 || index >= gpus)
        return {ErrorCode::Device, name + "; this LibTorch sees " + std::to_string(gpus) + " CUDA devices"};
    return Devices{c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index))};
}

std::string deviceName(const c10::Device& device)
{
    if (!device.is_cpu())
        return "CUDA";
    // The one place that both 1.13 and 2.x tell it in.
    constexpr std::string_view label = "CPU capability usage: ";
    const std::string config = at::show_config();
    const auto begin = config.find(label);
    if (begin == std::string::npos)
        return "CPU";
    const auto value = begin + label.size();
    return config.substr(value, config.find('\n', value) - value);
}

void computeInThisThreadOnly()
{
    // Process-wide for ATen's own loops, and OpenMP's setting of this thread, which is what oneDNN asks for.
    at::set_num_threads(1);
    using SetThreads = void (*)(int);
    static const auto openBlas = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
    if (openBlas != nullptr)
        openBlas(1);
}

Result<void> pinThisThread(int cpu)
{
    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return {ErrorCode::NodeIo, std::string("core ").append(std::to_string(cpu))};
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(cpu), &set);
    if (::sched_setaffinity(0, sizeof(set), &set) != 0)
        return {ErrorCode::NodeIo, std::string("core ").append(std::to_string(cpu)) + ": " + std::strerror(errno)};
    return {};
}

} // namespace vitfleet::torchbackend
