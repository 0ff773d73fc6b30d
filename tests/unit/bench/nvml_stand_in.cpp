// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for libnvidia-ml.so.1: two GPUs, whose counters are lines of the file in VITFLEET_TEST_NVML ("-": this one
// counts nothing).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#pragma GCC visibility push(default)
extern "C" {

int nvmlInit_v2()
{
    return std::getenv("VITFLEET_TEST_NVML") ? 0 : 9; // NVML_ERROR_DRIVER_NOT_LOADED
}
int nvmlShutdown()
{
    return 0;
}
int nvmlDeviceGetCount_v2(unsigned int* count)
{
    *count = 2;
    return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void** device)
{
    *device = reinterpret_cast<void*>(static_cast<std::uintptr_t>(index + 1));
    return 0;
}
int nvmlDeviceGetName(void*, char* name, unsigned int size)
{
    std::snprintf(name, size, "Stand-in");
    return 0;
}
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* millijoules)
{
    std::ifstream file(std::getenv("VITFLEET_TEST_NVML"));
    std::string line;
    for (std::uintptr_t i = 0; i < reinterpret_cast<std::uintptr_t>(device); ++i)
        std::getline(file, line);
    if (line == "-")
        return 3; // NVML_ERROR_NOT_SUPPORTED
    *millijoules = std::strtoull(line.c_str(), nullptr, 10);
    return 0;
}
} // extern "C"
#pragma GCC visibility pop
