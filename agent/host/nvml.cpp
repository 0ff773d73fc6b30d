// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/nvml.h"

#include <dlfcn.h>

#include <type_traits>

namespace vitfleet::host {

Nvml::Nvml(const std::string& library) : m_library(::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL))
{
    if (!m_library) {
        m_absence = "no NVIDIA driver on this node";
        return;
    }
    const auto find = [this](auto& function, const char* name) {
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(m_library, name));
        return function != nullptr;
    };
    m_isOpen = find(m_init, "nvmlInit_v2") && find(m_shutdown, "nvmlShutdown") &&
               find(deviceCount, "nvmlDeviceGetCount_v2") && find(deviceByIndex, "nvmlDeviceGetHandleByIndex_v2") &&
               find(deviceName, "nvmlDeviceGetName") && m_init() == 0;
    find(energy, "nvmlDeviceGetTotalEnergyConsumption"); // since Volta
    if (!m_isOpen)
        m_absence = "the NVIDIA driver does not answer";
}

Nvml::~Nvml()
{
    if (m_isOpen)
        m_shutdown();
    if (m_library)
        ::dlclose(m_library);
}

} // namespace vitfleet::host
