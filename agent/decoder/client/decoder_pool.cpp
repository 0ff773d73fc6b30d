// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/decoder/client/decoder_pool.h"

#include "agent/decoder/client/decoder_protocol.h"
#include "agent/decoder/client/decoder_worker.h"
#include "shared/base/limits.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace vitfleet {

using decoder::Clock;
using decoder::DecoderWorker;
using decoder::Outcome;
using decoder::PoolJob;

namespace {

/// Pictures that do not fit a slot travel as a file that only memory holds.
Result<UniqueFd> inMemoryFile(std::span<const std::byte> bytes)
{
    UniqueFd file(memfd_create("vitfleet-picture", MFD_CLOEXEC));
    if (!file)
        return Error{ErrorCode::NodeIo, std::string("memory file: ") + std::strerror(errno)};
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t written = write(file.get(), bytes.data() + at, bytes.size() - at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return Error{ErrorCode::NodeIo, std::string("memory file: ") + std::strerror(errno)};
        at += static_cast<std::size_t>(written);
    }
    return file;
}

Result<void> checkSettings(const DecoderPool::Settings& settings)
{
    const bool sizeOk = settings.width > 0 && settings.height > 0 && settings.width <= decoder::maxSide &&
                        settings.height <= decoder::maxSide;
    if (!sizeOk)
        return Error{ErrorCode::Settings, "pictures of " + std::to_string(settings.width) + "x" +
                                              std::to_string(settings.height) + " for the model"};
    if (settings.processes == 0)
        return Error{ErrorCode::Settings, "no decoder processes asked for"};
    return {};
}

} // namespace

struct DecoderPool::Private
{
    Private(Settings s, Done done)
        : settings(std::move(s)), onDone(std::move(done)), wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    {
    }

    // Any thread
    const Settings settings;
    const Done onDone;
    UniqueFd wake;
    mutable std::mutex mutex;
    std::deque<PoolJob> incoming; // guarded
    bool stopping = false;        // guarded
    std::vector<int> pids;        // guarded
    std::atomic<std::size_t> pending = 0;
    std::atomic<std::uint64_t> restarts = 0;
    std::thread thread;

    // The pool's thread
    std::deque<PoolJob> queue;
    std::vector<DecoderWorker> workers;

    void wakeUp() const
    {
        const std::uint64_t one = 1;
        (void)!write(wake.get(), &one, sizeof one);
    }

    void run(std::promise<Result<void>> started);
    Result<void> startAll();
    bool takeIncoming();
    void wait();
    void step(Outcome& outcome);
    void dispatch(Outcome& outcome, Clock::time_point now);
    bool admit(PoolJob& job, Outcome& outcome);
    void failQueueWithoutWorkers(Outcome& outcome);
    bool settle(Outcome& outcome);
    void publishProcesses();
};

Result<std::unique_ptr<DecoderPool>> DecoderPool::start(Settings settings, Done done)
{
    if (auto checked = checkSettings(settings); !checked)
        return checked.error();
    settings.queueDepth = std::clamp<std::uint32_t>(settings.queueDepth, 1, decoder::maxSlots);
    auto priv = std::make_unique<Private>(std::move(settings), std::move(done));
    if (!priv->wake)
        return Error{ErrorCode::NodeIo, std::string("eventfd: ") + std::strerror(errno)};
    std::promise<Result<void>> promise;
    auto started = promise.get_future();
    // Decoders end with the thread that started them, so this one starts them all.
    priv->thread =
        std::thread([p = priv.get(), promise = std::move(promise)]() mutable { p->run(std::move(promise)); });
    const auto result = started.get();
    if (!result) {
        priv->thread.join();
        return result.error();
    }
    return std::unique_ptr<DecoderPool>(new DecoderPool(std::move(priv)));
}

DecoderPool::DecoderPool(std::unique_ptr<Private> priv) : d(std::move(priv)) {}

DecoderPool::~DecoderPool()
{
    {
        const std::lock_guard lock(d->mutex);
        d->stopping = true;
    }
    d->wakeUp();
    d->thread.join();
}

void DecoderPool::submit(std::vector<DecodeJob> jobs)
{
    if (jobs.empty())
        return;
    d->pending += jobs.size();
    {
        const std::lock_guard lock(d->mutex);
        for (auto& job : jobs)
            d->incoming.push_back({std::move(job), 0});
    }
    d->wakeUp();
}

std::size_t DecoderPool::pending() const
{
    return d->pending;
}

std::vector<int> DecoderPool::processIds() const
{
    const std::lock_guard lock(d->mutex);
    return d->pids;
}

std::uint64_t DecoderPool::restarts() const
{
    return d->restarts;
}

Result<void> DecoderPool::Private::startAll()
{
    for (std::uint32_t i = 0; i < settings.processes; ++i) {
        workers.emplace_back(settings, settings.queueDepth);
        if (!workers.back().ensureStarted(Clock::now()))
            return Error{ErrorCode::NodeIo, workers.back().lastFailure()};
    }
    Outcome none;
    for (auto& worker : workers) {
        while (worker.running() && !worker.ready()) {
            pollfd socket{worker.socket(), POLLIN, 0};
            poll(&socket, 1, 1000);
            const auto now = Clock::now();
            worker.listen(none, now);
            worker.look(none, now);
        }
        if (!worker.ready())
            return Error{ErrorCode::NodeIo, worker.lastFailure()};
    }
    return {};
}

void DecoderPool::Private::run(std::promise<Result<void>> started)
{
    pthread_setname_np(pthread_self(), "vf-decoders");
    workers.reserve(settings.processes);
    auto result = startAll();
    const bool ok = result.ok();
    publishProcesses();
    started.set_value(std::move(result));
    while (ok && takeIncoming()) {
        Outcome outcome;
        step(outcome);
        if (!settle(outcome))
            wait();
    }
    for (auto& worker : workers)
        worker.stop();
}

bool DecoderPool::Private::takeIncoming()
{
    const std::lock_guard lock(mutex);
    if (queue.empty())
        queue.swap(incoming);
    else
        while (!incoming.empty()) {
            queue.push_back(std::move(incoming.front()));
            incoming.pop_front();
        }
    return !stopping;
}

void DecoderPool::Private::step(Outcome& outcome)
{
    const auto now = Clock::now();
    for (auto& worker : workers) {
        worker.listen(outcome, now);
        worker.look(outcome, now);
        if (!worker.running())
            (void)worker.ensureStarted(now);
    }
    dispatch(outcome, now);
    for (auto& worker : workers)
        worker.flush(outcome, now);
}

void DecoderPool::Private::wait()
{
    const auto now = Clock::now();
    std::optional<Clock::time_point> next;
    std::vector<pollfd> descriptors{{wake.get(), POLLIN, 0}};
    for (const auto& worker : workers) {
        if (const auto look = worker.nextLook(now); look && (!next || *look < *next))
            next = look;
        if (worker.running())
            descriptors.push_back(
                {worker.socket(), static_cast<short>(POLLIN | (worker.wantsToSend() ? POLLOUT : 0)), 0});
    }
    int timeoutMs = -1;
    if (next)
        timeoutMs = static_cast<int>(
            std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(*next - now).count(), 0, INT_MAX));
    poll(descriptors.data(), descriptors.size(), timeoutMs);
    std::uint64_t ignored = 0;
    (void)!read(wake.get(), &ignored, sizeof ignored);
}

/// What needs no decoder ends here. True: the job is to be decoded.
bool DecoderPool::Private::admit(PoolJob& job, Outcome& outcome)
{
    DecodedPicture refused;
    refused.tag = job.job.tag;
    if (!job.job.file && job.job.bytes.empty()) {
        refused.error = ErrorCode::ImgEmpty;
    } else if (!job.job.file && job.job.bytes.size() > limits::maxItemBytes) {
        refused.error = ErrorCode::ImgTooLarge;
        refused.detail = std::to_string(job.job.bytes.size()) + " bytes";
    } else if (!job.job.file && job.job.bytes.size() > decoder::inlineBytes) {
        auto file = inMemoryFile(job.job.bytes);
        if (file) {
            job.job.file = *std::move(file);
            job.job.bytes = {};
            return true;
        }
        refused.error = file.error().code;
        refused.detail = file.error().detail;
    } else {
        return true;
    }
    outcome.finished.push_back(std::move(refused));
    return false;
}

void DecoderPool::Private::dispatch(Outcome& outcome, Clock::time_point now)
{
    while (!queue.empty()) {
        DecoderWorker* least = nullptr;
        for (auto& worker : workers)
            if (worker.hasRoom() && (!least || worker.inFlight() < least->inFlight()))
                least = &worker;
        if (!least)
            break;
        if (admit(queue.front(), outcome))
            least->give(std::move(queue.front()), now);
        queue.pop_front();
    }
    failQueueWithoutWorkers(outcome);
}

/// A node without decoders says so instead of waiting for ever.
void DecoderPool::Private::failQueueWithoutWorkers(Outcome& outcome)
{
    if (!std::ranges::all_of(workers, &DecoderWorker::hopeless))
        return;
    for (const auto& job : queue) {
        DecodedPicture picture;
        picture.tag = job.job.tag;
        picture.error = ErrorCode::NodeIo;
        picture.detail = workers.front().lastFailure();
        outcome.finished.push_back(std::move(picture));
    }
    queue.clear();
}

/// True: something has changed, so look again before waiting.
bool DecoderPool::Private::settle(Outcome& outcome)
{
    const std::size_t count = outcome.finished.size();
    const bool changed = count > 0 || !outcome.toQueueAgain.empty();
    for (auto job = outcome.toQueueAgain.rbegin(); job != outcome.toQueueAgain.rend(); ++job)
        queue.push_front(std::move(*job));
    publishProcesses();
    if (count > 0) {
        onDone(std::move(outcome.finished));
        pending -= count;
    }
    return changed;
}

void DecoderPool::Private::publishProcesses()
{
    std::uint64_t sum = 0;
    std::vector<int> now;
    for (const auto& worker : workers) {
        sum += worker.restarts();
        if (worker.running())
            now.push_back(worker.pid());
    }
    restarts = sum;
    const std::lock_guard lock(mutex);
    pids = std::move(now);
}

} // namespace vitfleet
