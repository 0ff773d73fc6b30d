// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/backend_module.h"

#include <dlfcn.h>

#include <algorithm>

namespace vitfleet::agent {

bool isBackendName(const std::string& name)
{
    return !name.empty() && name.size() <= 32 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

Result<std::unique_ptr<Backend>> loadBackendModule(const std::filesystem::path& folder, const std::string& name,
                                                   const ModelSpec& model, const BackendSettings& settings)
{
    if (!isBackendName(name))
        return Error{ErrorCode::BackendMissing, "no name of a backend: " + name};
    const std::filesystem::path file = folder / ("vitfleet-backend-" + name + ".so");
    void* module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!module) {
        const char* reason = ::dlerror();
        return Error{ErrorCode::BackendMissing, reason ? reason : file.string()};
    }
    const auto factory = reinterpret_cast<BackendFactory>(::dlsym(module, backendFactoryName));
    if (!factory)
        return Error{ErrorCode::BackendMissing, file.string() + " is no backend of VitFleet"};
    Result<std::unique_ptr<Backend>> backend = Error{ErrorCode::BackendFailed, file.string() + " made no backend"};
    factory(backendApiVersion, &model, &settings, &backend);
    if (backend.ok() && !*backend)
        return Error{ErrorCode::BackendFailed, file.string() + " made no backend"};
    return backend;
}

} // namespace vitfleet::agent
