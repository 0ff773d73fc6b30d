// SPDX-License-Identifier: GPL-3.0-or-later
// The module's one exported function.
#include "agent/backends/torch/torch_backend.h"

extern "C" __attribute__((visibility("default"))) void
vitfleetCreateBackend(std::uint32_t apiVersion, const vitfleet::ModelSpec* model,
                      const vitfleet::BackendSettings* settings,
                      vitfleet::Result<std::unique_ptr<vitfleet::Backend>>* out)
{
    using namespace vitfleet;
    if (apiVersion != backendApiVersion) {
        // Another build's Result may be laid out otherwise, but it has no way to be told than this one.
        *out = {ErrorCode::BackendMissing, "the module has interface " + std::to_string(backendApiVersion) +
                                               ", the agent asks for " + std::to_string(apiVersion)};
        return;
    }
    if (model == nullptr || settings == nullptr) {
        *out = {ErrorCode::BackendFailed, "no model or no settings"};
        return;
    }
    const auto done = torchbackend::guarded([&]() -> Result<void> {
        *out = torchbackend::TorchBackend::create(*model, *settings);
        return {};
    });
    if (!done)
        *out = done.error();
}

static_assert(std::is_same_v<decltype(&vitfleetCreateBackend), vitfleet::BackendFactory>);
