// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/bench/picture_feed.h"

#include "shared/digest/digest.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace vitfleet::agent {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t maxFiles = 20'000;
constexpr std::size_t refillBelow = 256, refillBy = 512; ///< queued items: far more than are on their way

Result<std::vector<protocol::LeaseItem>> listFiles(const fs::path& folder)
{
    std::error_code error;
    std::vector<protocol::LeaseItem> items;
    fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error);
    if (error)
        return Error{ErrorCode::DataMissing, folder.string() + ": " + error.message()};
    for (; it != fs::recursive_directory_iterator() && items.size() < maxFiles; it.increment(error)) {
        if (!it->is_regular_file(error))
            continue;
        protocol::LeaseItem item;
        item.path = it->path().lexically_relative(folder).string();
        item.bytes = it->file_size(error);
        std::vector<char> head(static_cast<std::size_t>(std::min<std::uint64_t>(item.bytes, limits::headHashBytes)));
        std::ifstream stream(it->path(), std::ios::binary);
        if (!stream.read(head.data(), static_cast<std::streamsize>(head.size())))
            continue;
        item.headHash = digest::headHash(std::as_bytes(std::span(head)));
        items.push_back(std::move(item));
    }
    if (items.empty())
        return Error{ErrorCode::DataEmpty, folder.string()};
    std::ranges::sort(items, {}, &protocol::LeaseItem::path);
    for (std::size_t i = 0; i < items.size(); ++i)
        items[i].item = ItemId(static_cast<std::uint32_t>(i));
    return items;
}

} // namespace

Result<std::unique_ptr<PictureFeed>> PictureFeed::start(const Setup& setup)
{
    std::error_code error;
    const fs::path folder = fs::canonical(setup.folder, error);
    if (error)
        return Error{ErrorCode::DataMissing, setup.folder.string() + ": " + error.message()};
    auto items = listFiles(folder);
    if (!items.ok())
        return items.error();
    auto root = DataRoot::open(folder, {folder});
    if (!root.ok())
        return root.error();

    std::unique_ptr<PictureFeed> feed(new PictureFeed);
    PictureFeed* self = feed.get();
    feed->m_items = std::move(*items);
    feed->m_queue = std::make_unique<WorkQueue>();
    feed->m_sink = std::make_unique<ResultSink>([self] {
        // Whatever could not be decoded: counted, and room made for others.
        const std::size_t failed = self->m_sink->take().size();
        self->m_failed += failed;
        self->m_queue->settled(failed);
        // Or replicas would wait for ever in a folder without a single picture.
        if (self->hasNoPictures())
            self->m_queue->stop();
        self->refill();
    });
    const DecoderPlan plan{setup.settings.decoders, setup.model.config.imageWidth, setup.model.config.imageHeight,
                           setup.model.preprocess, setup.settings.cpus};
    auto decoder = setup.parts.startDecoder(plan, [self](std::vector<Picture> pictures) {
        if (std::ranges::any_of(pictures, [](const Picture& picture) { return picture.error == ErrorCode::None; }))
            self->m_anyDecoded = true;
        deliverPictures(*self->m_queue, *self->m_sink, std::move(pictures));
        self->refill();
    });
    if (!decoder.ok())
        return decoder.error();
    feed->m_decoder = std::move(*decoder);
    feed->m_pipelineItems = setup.pipelineItems;
    feed->m_feeder =
        std::make_unique<Feeder>(*feed->m_queue, *feed->m_sink, std::make_shared<const ItemSource>(std::move(root)),
                                 feed->m_decoder.get(), [](std::vector<ItemSource::NeedsBytes>) {});
    return feed;
}

PictureFeed::~PictureFeed()
{
    if (m_queue)
        m_queue->stop();
    m_feeder.reset();
    m_decoder.reset();
}

/// More files for the decoders; called after each thing that they have done.
void PictureFeed::refill()
{
    const std::lock_guard lock(m_mutex);
    m_progress.notify_all();
    if (!m_open || m_queue->counts().queued >= refillBelow)
        return;
    std::vector<protocol::LeaseItem> items;
    for (std::size_t i = 0; i < refillBy; ++i)
        items.push_back(m_items[m_next++ % m_items.size()]);
    // Cannot be too many: the limits of a queue are far above.
    static_cast<void>(m_queue->add(LeaseId(++m_lease), protocol::TransferMode::Paths, std::move(items)));
}

std::vector<WorkQueue::Ready> PictureFeed::take(std::size_t most)
{
    return m_queue->takeBatch(most, 2ms);
}

void PictureFeed::finished(const std::vector<WorkQueue::Ready>& batch)
{
    m_queue->finished(batch);
    m_queue->settled(batch.size());
}

void PictureFeed::fill()
{
    open();
    {
        std::unique_lock lock(m_mutex);
        m_progress.wait(
            lock, [this] { return hasNoPictures() || (isIdle() && m_queue->counts().started >= m_pipelineItems); });
    }
    close();
}

void PictureFeed::open()
{
    {
        const std::lock_guard lock(m_mutex);
        m_open = true;
    }
    m_queue->setCapacity({m_pipelineItems, bounds::pipelineBytes, bounds::outboxItems});
    refill();
}

void PictureFeed::close()
{
    m_queue->setCapacity({0, 0, bounds::outboxItems});
    std::unique_lock lock(m_mutex);
    m_open = false;
    m_progress.wait(lock, [this] { return isIdle(); });
}

} // namespace vitfleet::agent
