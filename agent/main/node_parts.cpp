// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/main/node_parts.h"

#include "agent/core/backend_module.h"
#include "agent/decoder/client/decoder_pool.h"
#include "agent/model/model_directory.h"

#include <chrono>
#include <utility>

namespace vitfleet::agent {
namespace {

class ProcessDecoder final : public PictureDecoder
{
public:
    explicit ProcessDecoder(std::unique_ptr<DecoderPool> pool) : m_pool(std::move(pool)) {}

    void submit(std::vector<PictureJob> jobs) override
    {
        std::vector<DecodeJob> decodeJobs;
        for (PictureJob& job : jobs)
            decodeJobs.push_back({job.tag, std::move(job.file), std::move(job.bytes)});
        m_pool->submit(std::move(decodeJobs));
    }
    std::vector<int> processIds() const override { return m_pool->processIds(); }

private:
    std::unique_ptr<DecoderPool> m_pool;
};

std::vector<Picture> toPictures(std::vector<DecodedPicture> decoded)
{
    std::vector<Picture> pictures;
    for (DecodedPicture& picture : decoded) {
        pictures.push_back({picture.tag, picture.error, std::move(picture.detail), std::move(picture.note),
                            std::move(picture.pixels), picture.micros});
    }
    return pictures;
}

} // namespace

std::filesystem::path programFolder()
{
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

Result<std::shared_ptr<const ModelSpec>> NodeParts::openModel(const std::filesystem::path& directory)
{
    auto opened = ModelDirectory::open(directory);
    if (!opened.ok())
        return opened.error();
    // Shared: the directory's mapping must live as long as anybody looks at the tensors in it.
    std::shared_ptr<ModelDirectory> model = std::move(*opened);
    const ModelSpec* spec = &model->spec();
    return std::shared_ptr<const ModelSpec>(std::move(model), spec);
}

Result<std::unique_ptr<Backend>> NodeParts::loadBackend(const std::string& name, const ModelSpec& model,
                                                        const BackendSettings& settings)
{
    auto backend = loadBackendModule(m_folder, name, model, settings);
    if (backend)
        m_energy.setUsesGpu((*backend)->info().device.starts_with("cuda"));
    return backend;
}

Result<std::unique_ptr<PictureDecoder>> NodeParts::startDecoder(const DecoderPlan& plan, PictureDecoder::Done done)
{
    DecoderPool::Settings settings;
    settings.program = m_folder / "vitfleet-decoder";
    settings.processes = plan.processes;
    settings.width = plan.width;
    settings.height = plan.height;
    settings.preprocess = plan.preprocess;
    settings.cpus = plan.cpus;
    auto pool = DecoderPool::start(std::move(settings), [done = std::move(done)](std::vector<DecodedPicture> decoded) {
        done(toPictures(std::move(decoded)));
    });
    if (!pool.ok())
        return pool.error();
    return std::unique_ptr<PictureDecoder>(std::make_unique<ProcessDecoder>(std::move(*pool)));
}

Usage NodeParts::usage(const std::vector<int>& children)
{
    const host::Usage usage = m_usage.sample(children, std::chrono::steady_clock::now());
    return {usage.cpuPercent, usage.rssBytes, usage.memoryAvailableBytes, m_energy.millijoules()};
}

} // namespace vitfleet::agent
