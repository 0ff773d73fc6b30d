// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine/payload_worker.h"

#include "app/core/data/item_files.h"
#include "shared/base/limits.h"
#include "shared/base/unique_fd.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>

namespace vitfleet::app {
namespace {

Result<std::vector<std::byte>> readPiece(const std::filesystem::path& file, std::uint64_t offset, std::size_t bytes)
{
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return Error{errno == ENOENT ? ErrorCode::ModelMissing : ErrorCode::NodeIo,
                     file.string() + ": " + std::strerror(errno)};
    const std::size_t wanted = std::min(bytes, limits::maxPayloadBytes);
    auto data = readAt(fd.get(), offset, wanted);
    if (!data)
        return Error{data.error().code, file.string() + ": " + data.error().detail};
    if (data->size() < wanted)
        return Error{ErrorCode::ModelMissing, file.string() + ": it became shorter"};
    return data;
}

} // namespace

std::vector<protocol::Bytes> encodeParts(const std::vector<protocol::LeaseItem>& items)
{
    // Each is copied, hashed, encrypted and sent on its way: what fits into a CPU's cache costs less.
    constexpr std::size_t goodPartBytes = 256 * 1024;
    std::vector<protocol::Bytes> parts;
    std::span<const protocol::LeaseItem> rest(items);
    while (!rest.empty()) {
        std::size_t count = 0;
        for (std::size_t bytes = 0; count < rest.size() && bytes < goodPartBytes; ++count)
            bytes += rest[count].data.size();
        protocol::EncodedItems encoded = protocol::encodeItems(rest.first(count));
        parts.push_back(std::move(encoded.payload));
        rest = rest.subspan(std::max<std::size_t>(1, encoded.count));
    }
    return parts;
}

protocol::LeaseItem toLeaseItem(ItemRecord item)
{
    return {item.id, std::move(item.path), item.bytes, item.headHash, {}};
}

struct PayloadWorker::State : std::enable_shared_from_this<State>
{
    explicit State(EventLoop& l) : loop(l) {}
    void enqueue(std::function<void()> job);
    void work();
    void post(std::function<void()> call);
    bool isStopped()
    {
        const std::lock_guard lock(mutex);
        return stop;
    }

    EventLoop& loop; ///< there as long as `stop` is not set
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::function<void()>> jobs;
    bool stop = false; ///< set in the engine's thread
};

PayloadWorker::PayloadWorker(EventLoop& loop)
    : m_state(std::make_shared<State>(loop)), m_thread("vf-payload", [state = m_state] { state->work(); })
{
}

PayloadWorker::~PayloadWorker()
{
    {
        const std::lock_guard lock(m_state->mutex);
        m_state->stop = true;
        m_state->jobs.clear();
    }
    m_state->wake.notify_one();
}

void PayloadWorker::State::work()
{
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock lock(mutex);
            wake.wait(lock, [this] { return stop || !jobs.empty(); });
            if (stop)
                return;
            job = std::move(jobs.front());
            jobs.pop_front();
        }
        job();
    }
}

void PayloadWorker::State::enqueue(std::function<void()> job)
{
    {
        const std::lock_guard lock(mutex);
        jobs.push_back(std::move(job));
    }
    wake.notify_one();
}

void PayloadWorker::State::post(std::function<void()> call)
{
    const std::lock_guard lock(mutex);
    if (stop)
        return;
    loop.post([self = shared_from_this(), call = std::move(call)] {
        if (!self->stop)
            call();
    });
}

void PayloadWorker::readLease(std::shared_ptr<DataSet> dataSet, std::vector<ItemRecord> items,
                              std::function<void(Lease)> done)
{
    m_state->enqueue([state = m_state.get(), dataSet = std::move(dataSet), items = std::move(items),
                      done = std::move(done)] {
        auto lease = std::make_shared<Lease>();
        std::vector<protocol::LeaseItem> readable;
        readable.reserve(items.size());
        for (const ItemRecord& item : items) {
            if (state->isStopped())
                return;
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
        state->post([lease, done] { done(std::move(*lease)); });
    });
}

void PayloadWorker::readItem(std::shared_ptr<DataSet> dataSet, ItemRecord item, std::uint64_t offset,
                             std::function<void(Result<std::vector<std::byte>>)> done)
{
    m_state->enqueue(
        [state = m_state.get(), dataSet = std::move(dataSet), item = std::move(item), offset, done = std::move(done)] {
            auto data =
                std::make_shared<Result<std::vector<std::byte>>>(dataSet->read(item, offset, limits::maxPayloadBytes));
            state->post([data, done] { done(std::move(*data)); });
        });
}

void PayloadWorker::readModel(std::filesystem::path file, std::uint64_t offset, std::size_t bytes,
                              std::function<void(Result<std::vector<std::byte>>)> done)
{
    m_state->enqueue([state = m_state.get(), file = std::move(file), offset, bytes, done = std::move(done)] {
        auto result = std::make_shared<Result<std::vector<std::byte>>>(readPiece(file, offset, bytes));
        state->post([result, done] { done(std::move(*result)); });
    });
}

} // namespace vitfleet::app
