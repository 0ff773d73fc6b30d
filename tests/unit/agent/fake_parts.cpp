// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_parts.h"

#include "agent/core/run_options.h"

#include <algorithm>
#include <limits>

namespace vitfleet::agent::test {
namespace {

constexpr std::uint32_t labels = 10;

class FakeBackend final : public Backend
{
public:
    FakeBackend(FakeParts& parts, synthetic::Plan plan) : m_parts(parts), m_plan(std::move(plan))
    {
        ++m_parts.backends;
    }
    ~FakeBackend() override { --m_parts.backends; }

    BackendInfo info() const override
    {
        return {"synthetic",  "fake 1", "cpu", "none", "fp32", std::max(m_plan.replicas, 1U),
                m_plan.batch, labels,   true,  {}};
    }
    Result<void> enterReplica(std::uint32_t) override { return {}; }
    Result<void> classify(std::uint32_t, std::span<const BackendItem> items, std::span<float> logits,
                          std::atomic<std::uint64_t>& progress) override
    {
        m_parts.gate.pass();
        if (m_parts.failBatches && items.size() > 1)
            return Error{ErrorCode::BackendMemory, "too many at once"};
        for (std::size_t i = 0; i < items.size(); ++i) {
            const auto fault = m_plan.faultOf(items[i].itemKey);
            if (fault == synthetic::Fault::Hang)
                m_parts.hanging.pass();
            if (fault == synthetic::Fault::Fail)
                return Error{ErrorCode::BackendFailed, "as planned"};
            synthetic::writeLogits(synthetic::answerOf(items[i].itemKey, labels), logits.data() + i * labels, labels);
            if (fault == synthetic::Fault::Nan)
                logits[i * labels] = std::numeric_limits<float>::quiet_NaN();
            ++progress;
        }
        return {};
    }

private:
    FakeParts& m_parts;
    synthetic::Plan m_plan;
};

/// Pictures that begin with 'x' are none.
class FakeDecoder final : public PictureDecoder
{
public:
    FakeDecoder(FakeParts& parts, Done done) : m_parts(parts), m_done(std::move(done)) {}
    void submit(std::vector<PictureJob> jobs) override
    {
        if (m_parts.keepPictures) {
            m_parts.kept += jobs.size();
            return;
        }
        std::vector<Picture> pictures;
        for (auto& job : jobs) {
            Picture picture;
            picture.tag = job.tag;
            if (!job.bytes.empty() && job.bytes[0] == std::byte{'x'})
                picture.error = ErrorCode::ImgFormat;
            picture.pixels.resize(28 * 28 * 3);
            picture.micros = 40;
            pictures.push_back(std::move(picture));
        }
        m_done(std::move(pictures));
    }
    std::vector<int> processIds() const override { return {}; }

private:
    FakeParts& m_parts;
    Done m_done;
};

} // namespace

void Gate::close()
{
    const std::lock_guard lock(m_mutex);
    m_open = false;
}

void Gate::open()
{
    const std::lock_guard lock(m_mutex);
    m_open = true;
    m_wake.notify_all();
}

void Gate::pass()
{
    std::unique_lock lock(m_mutex);
    m_wake.wait(lock, [this] { return m_open; });
}

Result<std::shared_ptr<const ModelSpec>> FakeParts::openModel(const std::filesystem::path&)
{
    return std::make_shared<const ModelSpec>(syntheticModel());
}

Result<std::unique_ptr<Backend>> FakeParts::loadBackend(const std::string& name, const ModelSpec&,
                                                        const BackendSettings& settings)
{
    loading.pass();
    if (name != "synthetic")
        return Error{ErrorCode::BackendMissing, name};
    auto plan = synthetic::readPlan(settings.options);
    if (!plan.ok())
        return plan.error();
    return std::unique_ptr<Backend>(std::make_unique<FakeBackend>(*this, std::move(*plan)));
}

Result<std::unique_ptr<PictureDecoder>> FakeParts::startDecoder(const DecoderPlan&, PictureDecoder::Done done)
{
    return std::unique_ptr<PictureDecoder>(std::make_unique<FakeDecoder>(*this, std::move(done)));
}

} // namespace vitfleet::agent::test
