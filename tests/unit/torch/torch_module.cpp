// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/torch/torch_module.h"

#include <QByteArray>
#include <QtGlobal>
#include <algorithm>
#include <cstddef>
#include <dlfcn.h>
#include <stdexcept>

namespace vitfleet::tests {
namespace {

BackendFactory loadFactory()
{
    // Never closed: LibTorch does not survive that.
    void* module = ::dlopen(torchModulePath().c_str(), RTLD_NOW | RTLD_LOCAL);
    void* symbol = module != nullptr ? ::dlsym(module, backendFactoryName) : nullptr;
    if (symbol == nullptr)
        throw std::runtime_error(::dlerror());
    return reinterpret_cast<BackendFactory>(symbol);
}

} // namespace

std::string torchModulePath()
{
    return VITFLEET_TEST_MODULE;
}

Result<std::unique_ptr<Backend>> createTorchBackend(const ModelSpec* model, const BackendSettings* settings,
                                                    std::uint32_t apiVersion)
{
    static const BackendFactory factory = loadFactory();
    Result<std::unique_ptr<Backend>> result = Error{};
    factory(apiVersion, model, settings, &result);
    return result;
}

// Through Qt, whose lock keeps Qt Test's watchdog from reading the environment meanwhile.
void takePath(const EnginePath& path)
{
    qputenv("VITFLEET_CPU", path.cpu);
    qputenv("VITFLEET_TORCH_LINEAR", path.linear);
}

void leavePath()
{
    qunsetenv("VITFLEET_CPU");
    qunsetenv("VITFLEET_TORCH_LINEAR");
}

std::unique_ptr<Backend> enteredBackend(const ModelSpec& model, const std::string& precision)
{
    BackendSettings settings;
    settings.device = "cpu";
    settings.precision = precision;
    auto backend = createTorchBackend(&model, &settings);
    if (!backend)
        throw std::runtime_error(describe(backend.error()));
    if (const auto entered = (*backend)->enterReplica(0); !entered)
        throw std::runtime_error(describe(entered.error()));
    return *std::move(backend);
}

bool canCompute(const ModelSpec& model, const std::string& precision)
{
    BackendSettings settings;
    settings.device = "cpu";
    settings.precision = precision;
    const auto backend = createTorchBackend(&model, &settings);
    if (!backend && backend.error().code != ErrorCode::Precision)
        throw std::runtime_error(describe(backend.error()));
    return backend.ok();
}

std::vector<float> classify(Backend& backend, std::uint32_t replica, std::span<const Picture* const> pictures)
{
    std::vector<BackendItem> items;
    for (const Picture* picture : pictures)
        items.push_back({picture->data(), 0});
    std::vector<float> logits(items.size() * backend.info().labels);
    std::atomic<std::uint64_t> progress{0};
    if (const auto done = backend.classify(replica, items, logits, progress); !done)
        throw std::runtime_error(describe(done.error()));
    return logits;
}

std::vector<std::vector<float>> classifyAll(Backend& backend, const std::vector<Picture>& pictures)
{
    const auto labels = static_cast<std::ptrdiff_t>(backend.info().labels);
    std::vector<std::vector<float>> rows;
    while (rows.size() < pictures.size()) {
        std::vector<const Picture*> items;
        const std::size_t count = std::min<std::size_t>(backend.info().preferredBatch, pictures.size() - rows.size());
        for (std::size_t i = 0; i < count; ++i)
            items.push_back(&pictures[rows.size() + i]);
        const auto logits = classify(backend, 0, items);
        for (auto row = logits.begin(); row != logits.end(); row += labels)
            rows.emplace_back(row, row + labels);
    }
    return rows;
}

std::vector<std::vector<float>> classifyAlone(Backend& backend, const std::vector<Picture>& pictures)
{
    std::vector<std::vector<float>> rows;
    for (const Picture& picture : pictures) {
        const Picture* one[] = {&picture};
        rows.push_back(classify(backend, 0, one));
    }
    return rows;
}

} // namespace vitfleet::tests
