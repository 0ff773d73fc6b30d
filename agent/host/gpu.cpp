// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/gpu.h"

#include <dlfcn.h>

#include <array>
#include <type_traits>

namespace vitfleet::host {
namespace {

/// The few entry points of NVML that are asked, by the names of its stable ABI (docs.nvidia.com/deploy/nvml-api).
struct Nvml
{
    using Device = struct nvmlDevice_st*;
    int (*init)() = nullptr;
    int (*shutdown)() = nullptr;
    int (*deviceCount)(unsigned int*) = nullptr;
    int (*deviceByIndex)(unsigned int, Device*) = nullptr;
    int (*deviceName)(Device, char*, unsigned int) = nullptr;

    bool load(void* library)
    {
        const auto find = [library](auto& function, const char* name) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
            return function != nullptr;
        };
        return find(init, "nvmlInit_v2") && find(shutdown, "nvmlShutdown") &&
               find(deviceCount, "nvmlDeviceGetCount_v2") && find(deviceByIndex, "nvmlDeviceGetHandleByIndex_v2") &&
               find(deviceName, "nvmlDeviceGetName");
    }
};

GpuFacts ask(const Nvml& nvml)
{
    constexpr int success = 0;
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

} // namespace

GpuFacts readGpu()
{
    void* library = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return {{}, "no NVIDIA driver on this node"};
    GpuFacts facts{{}, "the NVIDIA driver does not answer"};
    if (Nvml nvml; nvml.load(library) && nvml.init() == 0) {
        facts = ask(nvml);
        nvml.shutdown();
    }
    ::dlclose(library);
    return facts;
}

} // namespace vitfleet::host
