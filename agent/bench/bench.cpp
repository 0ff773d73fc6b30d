// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/bench/bench.h"

#include "agent/core/scores.h"
#include "agent/core/thread_name.h"
#include "agent/host/proc_file.h"
#include "agent/host/usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <random>

namespace vitfleet::agent {
namespace {

using Seconds = std::chrono::duration<double>;

std::size_t pictureBytes(const VitConfig& config)
{
    return std::size_t{config.imageHeight} * config.imageWidth * 3;
}

double secondsSince(std::chrono::steady_clock::time_point begin)
{
    return Seconds(std::chrono::steady_clock::now() - begin).count();
}

std::vector<std::uint8_t> madeUpPicture(std::size_t bytes, std::uint64_t seed)
{
    std::mt19937_64 random(seed);
    std::vector<std::uint8_t> pixels(bytes);
    std::ranges::generate(pixels, [&random] { return static_cast<std::uint8_t>(random()); });
    return pixels;
}

/// Loads the weights and gives their mapping back, as a run does.
Result<std::unique_ptr<Backend>> loadBackend(const BenchOptions& options, const AgentSettings& settings,
                                             AgentParts& parts, const ModelSpec& model)
{
    BackendSettings backend;
    backend.device = settings.device;
    backend.replicas = settings.replicas;
    backend.cpus = settings.cpus;
    backend.options = options.backendOptions;
    backend.precision = options.precision;
    auto loaded = parts.loadBackend(options.backend, model, backend);
    if (loaded.ok() && (*loaded)->info().precision != options.precision) {
        return Error{ErrorCode::Precision,
                     "the backend computes in " + (*loaded)->info().precision + ", not in " + options.precision};
    }
    return loaded;
}

} // namespace

Result<std::unique_ptr<Bench>> Bench::start(const BenchOptions& options, const AgentSettings& settings,
                                            AgentParts& parts)
{
    const auto begin = Clock::now();
    auto model = parts.openModel(options.model);
    if (!model.ok())
        return model.error();
    std::unique_ptr<Bench> bench(new Bench);
    bench->m_config = (*model)->config;
    auto backend = loadBackend(options, settings, parts, **model);
    if (!backend.ok())
        return backend.error();
    bench->m_backend = std::move(*backend);
    bench->m_info = bench->m_backend->info();
    if (options.images) {
        // As many on their way as in a run: two batches a replica, and what keeps the decoders busy.
        const std::size_t pipeline =
            std::size_t{2} * bench->m_info.replicas * bench->m_info.preferredBatch + settings.decoders * 64;
        auto feed = PictureFeed::start({*options.images, **model, settings, pipeline, parts});
        if (!feed.ok())
            return feed.error();
        bench->m_feed = std::move(*feed);
        bench->m_decoders = settings.decoders;
    }
    for (std::uint32_t i = 0; i < bench->m_info.replicas; ++i)
        bench->m_replicas.push_back(std::make_unique<Replica>());
    for (std::uint32_t i = 0; i < bench->m_info.replicas; ++i)
        bench->m_replicas[i]->thread = std::thread([self = bench.get(), i] { self->run(i); });
    if (auto entered = bench->all(Task::Enter); !entered.ok())
        return entered.error();
    bench->m_loadSeconds = secondsSince(begin);
    if (bench->m_feed)
        bench->m_feed->fill();
    return bench;
}

Bench::~Bench()
{
    static_cast<void>(all(Task::Quit));
    for (const auto& replica : m_replicas) {
        if (replica->thread.joinable())
            replica->thread.join();
    }
}

Result<void> Bench::all(Task task, double seconds, const std::string& precision)
{
    std::unique_lock lock(m_mutex);
    m_command = {m_command.number + 1, task, seconds, precision, Clock::now()};
    m_busy = m_replicas.size();
    m_wake.notify_all();
    m_done.wait(lock, [this] { return m_busy == 0; });
    for (const auto& replica : m_replicas) {
        if (replica->error.code != ErrorCode::None)
            return replica->error;
    }
    return {};
}

void Bench::run(std::uint32_t index)
{
    nameThread("vf-replica-" + std::to_string(index));
    std::uint64_t done = 0;
    while (true) {
        Command command;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [&] { return m_command.number > done; });
            command = m_command;
            done = command.number;
        }
        execute(index, command);
        const std::lock_guard lock(m_mutex);
        --m_busy;
        m_done.notify_one();
        if (command.task == Task::Quit)
            return;
    }
}

void Bench::execute(std::uint32_t index, const Command& command)
{
    Replica& replica = *m_replicas[index];
    try {
        if (command.task == Task::Enter)
            enter(index);
        else if (command.task == Task::Work)
            workOn(index, command);
        else if (command.task == Task::MatrixSpeed)
            replica.matrixSpeed = m_backend->matrixSpeed(index, command.precision, command.seconds);
    } catch (const std::exception& exception) {
        replica.error = {ErrorCode::BackendFailed, exception.what()};
    }
}

void Bench::enter(std::uint32_t index)
{
    Replica& replica = *m_replicas[index];
    if (auto entered = m_backend->enterReplica(index); !entered.ok()) {
        replica.error = entered.error();
        return;
    }
    for (std::uint32_t i = 0; i < m_info.preferredBatch; ++i)
        replica.pictures.push_back(madeUpPicture(pictureBytes(m_config), index * 1000 + i));
    replica.logits.resize(std::size_t{m_info.preferredBatch} * m_info.labels);
    if (auto done = classify(index, {BackendItem{replica.pictures.front().data(), 0}}); !done.ok())
        replica.error = done.error();
}

void Bench::workOn(std::uint32_t index, const Command& command)
{
    Replica& replica = *m_replicas[index];
    replica.slice = {};
    do {
        const auto done = oneBatch(index, m_info.preferredBatch);
        if (!done.ok()) {
            replica.error = done.error();
            return;
        }
        replica.slice.pictures += *done;
        replica.slice.seconds = secondsSince(command.begin);
    } while (replica.slice.seconds < command.seconds);
}

/// Takes or makes up a batch, computes it, picks the best five; how many it were.
Result<std::size_t> Bench::oneBatch(std::uint32_t index, std::size_t most)
{
    Replica& replica = *m_replicas[index];
    std::vector<BackendItem> items;
    std::vector<WorkQueue::Ready> batch;
    const auto begin = Clock::now();
    if (m_feed) {
        batch = m_feed->take(most);
        if (batch.empty())
            return Error{ErrorCode::DataEmpty, "none of " + std::to_string(m_feed->files()) + " files is a picture"};
        for (const auto& ready : batch) {
            items.push_back({ready.picture.pixels.data(), ready.item.value});
            replica.slice.decode += ready.picture.micros * 1e-6;
        }
    } else {
        for (const auto& pixels : replica.pictures)
            items.push_back({pixels.data(), replica.nextItem++});
    }
    const auto taken = Clock::now();
    if (auto done = classify(index, items); !done.ok())
        return done.error();
    const auto computed = Clock::now();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto row = std::span(replica.logits).subspan(i * m_info.labels, m_info.labels);
        if (topScores(row, m_config.problemType).empty())
            return Error{ErrorCode::BackendResult, "a logit is not finite"};
    }
    if (m_feed)
        m_feed->finished(batch);
    replica.slice.waiting += Seconds(taken - begin).count();
    replica.slice.inference += Seconds(computed - taken).count();
    replica.slice.scoring += secondsSince(computed);
    return items.size();
}

Result<void> Bench::classify(std::uint32_t index, const std::vector<BackendItem>& items)
{
    Replica& replica = *m_replicas[index];
    return m_backend->classify(index, items, std::span(replica.logits).first(items.size() * m_info.labels),
                               replica.progress);
}

Result<BenchSlice> Bench::work(double seconds)
{
    if (m_feed)
        m_feed->open();
    const double before = cpuSeconds();
    auto done = all(Task::Work, seconds);
    BenchSlice sum;
    sum.cpuSeconds = cpuSeconds() - before;
    if (m_feed)
        m_feed->close();
    if (!done.ok())
        return done.error();
    for (const auto& replica : m_replicas) {
        const BenchSlice& slice = replica->slice;
        sum.pictures += slice.pictures;
        sum.imagesPerSecond += static_cast<double>(slice.pictures) / slice.seconds;
        sum.decode += slice.decode;
        sum.waiting += slice.waiting;
        sum.inference += slice.inference;
        sum.scoring += slice.scoring;
    }
    sum.seconds = static_cast<double>(sum.pictures) / sum.imagesPerSecond;
    return sum;
}

double Bench::matrixSpeed(const std::string& precision, double seconds)
{
    if (!all(Task::MatrixSpeed, seconds, precision).ok())
        return 0;
    double sum = 0;
    for (const auto& replica : m_replicas)
        sum += replica->matrixSpeed;
    return sum;
}

double Bench::cpuSeconds() const
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    double sum = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    static const auto ticksPerSecond = static_cast<double>(::sysconf(_SC_CLK_TCK));
    for (const int pid : m_feed ? m_feed->decoderProcesses() : std::vector<int>()) {
        const auto stat = host::readSmallFile("/proc/" + std::to_string(pid) + "/stat");
        sum += static_cast<double>(host::ticksOfStat(stat.value_or("")).value_or(0)) / ticksPerSecond;
    }
    return sum;
}

} // namespace vitfleet::agent
