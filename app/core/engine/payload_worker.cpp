// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine/payload_worker.h"

#include <pthread.h>

#include <fstream>

namespace vitfleet::app {

std::vector<protocol::Bytes> encodeParts(const std::vector<protocol::LeaseItem>& items)
{
    std::vector<protocol::Bytes> parts;
    std::span<const protocol::LeaseItem> rest(items);
    while (!rest.empty()) {
        protocol::EncodedItems encoded = protocol::encodeItems(rest);
        parts.push_back(std::move(encoded.payload));
        rest = rest.subspan(std::max<std::size_t>(1, encoded.count));
    }
    return parts;
}

protocol::LeaseItem toLeaseItem(const ItemRecord& item)
{
    return {item.id, item.path, item.bytes, item.headHash, {}};
}

PayloadWorker::PayloadWorker(EventLoop& loop) : m_loop(loop), m_thread([this] { work(); }) {}

PayloadWorker::~PayloadWorker()
{
    m_shared->ended = true;
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
        m_jobs.clear();
    }
    m_wake.notify_one();
    m_thread.join();
}

void PayloadWorker::work()
{
    pthread_setname_np(pthread_self(), "vf-payload");
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [this] { return m_stop || !m_jobs.empty(); });
            if (m_stop)
                return;
            job = std::move(m_jobs.front());
            m_jobs.pop_front();
        }
        job();
    }
}

void PayloadWorker::enqueue(std::function<void()> job)
{
    {
        const std::lock_guard lock(m_mutex);
        m_jobs.push_back(std::move(job));
    }
    m_wake.notify_one();
}

void PayloadWorker::post(std::function<void()> call)
{
    m_loop.post([shared = m_shared, call = std::move(call)] {
        if (!shared->ended)
            call();
    });
}

void PayloadWorker::readLease(std::shared_ptr<DataSet> dataSet, std::vector<ItemRecord> items,
                              std::function<void(Lease)> done)
{
    enqueue([this, dataSet = std::move(dataSet), items = std::move(items), done = std::move(done)] {
        auto lease = std::make_shared<Lease>();
        std::vector<protocol::LeaseItem> readable;
        readable.reserve(items.size());
        for (const ItemRecord& item : items) {
            protocol::LeaseItem out = toLeaseItem(item);
            // Larger ones travel in pieces that the agent asks for; reading their start still proves that they are
            // what was scanned.
            const bool inlined = item.bytes <= limits::maxPayloadBytes / 2;
            auto data = dataSet->read(item, 0, inlined ? static_cast<std::size_t>(item.bytes) : limits::headHashBytes);
            if (!data) {
                lease->unreadable.push_back({item.id, data.error()});
                continue;
            }
            if (inlined)
                out.data = std::move(*data);
            readable.push_back(std::move(out));
        }
        lease->parts = encodeParts(readable);
        post([lease, done] { done(std::move(*lease)); });
    });
}

void PayloadWorker::readItem(std::shared_ptr<DataSet> dataSet, ItemRecord item, std::uint64_t offset,
                             std::function<void(Result<std::vector<std::byte>>)> done)
{
    enqueue([this, dataSet = std::move(dataSet), item = std::move(item), offset, done = std::move(done)] {
        auto data =
            std::make_shared<Result<std::vector<std::byte>>>(dataSet->read(item, offset, limits::maxPayloadBytes));
        post([data, done] { done(std::move(*data)); });
    });
}

void PayloadWorker::readModel(std::filesystem::path file, std::uint64_t offset, std::size_t bytes,
                              std::function<void(Result<std::vector<std::byte>>)> done)
{
    enqueue([this, file = std::move(file), offset, bytes, done = std::move(done)] {
        std::vector<std::byte> data(std::min(bytes, limits::maxPayloadBytes));
        std::ifstream in(file, std::ios::binary);
        in.seekg(static_cast<std::streamoff>(offset));
        in.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(data.size()));
        data.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
        auto result = std::make_shared<Result<std::vector<std::byte>>>(std::move(data));
        if ((*result)->empty())
            *result = Error{ErrorCode::ModelMissing, file.string()};
        post([result, done] { done(std::move(*result)); });
    });
}

} // namespace vitfleet::app
