// SPDX-License-Identifier: GPL-3.0-or-later
// NVIDIA's management library, opened and never linked: it is part of the driver, so a node without it has no GPU that
// LibTorch could use.
#pragma once

#include <string>

namespace vitfleet::host {

/// The few entry points that are asked, by the names of its stable ABI (docs.nvidia.com/deploy/nvml-api). 0 is success.
class Nvml
{
public:
    using Device = struct nvmlDevice_st*;

    explicit Nvml(const std::string& library = "libnvidia-ml.so.1");
    ~Nvml();
    Nvml(const Nvml&) = delete;
    Nvml& operator=(const Nvml&) = delete;

    /// Why it cannot be asked; empty where it can.
    const std::string& absence() const { return m_absence; }
    int (*deviceCount)(unsigned int*) = nullptr;
    int (*deviceByIndex)(unsigned int, Device*) = nullptr;
    int (*deviceName)(Device, char*, unsigned int) = nullptr;
    int (*energy)(Device,
                  unsigned long long*) = nullptr; ///< millijoules since the driver was loaded; null: not known to it

private:
    void* m_library = nullptr;
    int (*m_init)() = nullptr;
    int (*m_shutdown)() = nullptr;
    bool m_isOpen = false;
    std::string m_absence;
};

} // namespace vitfleet::host
