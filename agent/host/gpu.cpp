// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/gpu.h"

#include "agent/host/nvml.h"

#include <array>

namespace vitfleet::host {

GpuFacts readGpu()
{
    constexpr int success = 0;
    const Nvml nvml;
    if (!nvml.absence().empty())
        return {{}, nvml.absence()};
    unsigned int count = 0;
    if (nvml.deviceCount(&count) != success || count == 0)
        return {{}, "the NVIDIA driver lists no GPU"};
    Nvml::Device device = nullptr;
    std::array<char, 96> name{};
    if (nvml.deviceByIndex(0, &device) != success ||
        nvml.deviceName(device, name.data(), static_cast<unsigned int>(name.size())) != success)
        return {{}, "the NVIDIA driver does not answer"};
    name.back() = '\0';
    const std::string first(name.data());
    return {count == 1 ? first : std::to_string(count) + " × " + first, {}};
}

} // namespace vitfleet::host
