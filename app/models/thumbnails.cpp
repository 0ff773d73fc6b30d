// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/thumbnails.h"

#include "agent/decoder/client/decoder_pool.h"
#include "app/models/thumbnail_folder.h"
#include "shared/base/limits.h"
#include "shared/base/log.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace vitfleet::app {
namespace {

constexpr int cachedPictures = 4096;        ///< 27 KiB each
constexpr std::size_t wantedPictures = 256; ///< a few screens; older wishes have scrolled away

Preprocess squareCrop()
{
    Preprocess preprocess;
    preprocess.shortestEdge = ThumbnailCache::edge;
    preprocess.resizeWidth = preprocess.resizeHeight = ThumbnailCache::edge;
    preprocess.centerCrop = true;
    preprocess.cropWidth = preprocess.cropHeight = ThumbnailCache::edge;
    return preprocess;
}

} // namespace

/// Opens the data set and reads items in a thread of its own, newest request first: those are what is on the screen.
class ThumbnailCache::Reader
{
public:
    struct Callbacks ///< from threads of the reader's and the pool's
    {
        std::function<void(std::uint32_t item, QImage image)> made; ///< a null image: it cannot be made
        std::function<void(std::uint32_t item)> dropped;            ///< not made; may be asked for again
        std::function<void()> ended;
    };

    Reader(DataSetSpec spec, std::filesystem::path program, std::filesystem::path folder, Callbacks callbacks)
        : m_spec(std::move(spec)), m_program(std::move(program)), m_disk(std::move(folder)),
          m_callbacks(std::move(callbacks)), m_thread([this] {
              work();
              m_ended = true;
              m_callbacks.ended();
          })
    {
    }

    ~Reader()
    {
        stop();
        m_thread.join();
    }

    const DataSetSpec& spec() const { return m_spec; }
    bool hasEnded() const { return m_ended; }

    void ask(const ItemRecord& item)
    {
        std::optional<ItemRecord> oldest;
        {
            const std::lock_guard lock(m_mutex);
            m_wanted.push_back(item);
            if (m_wanted.size() > wantedPictures) {
                oldest = std::move(m_wanted.front());
                m_wanted.pop_front();
            }
        }
        m_wake.notify_one();
        if (oldest)
            m_callbacks.dropped(oldest->id.value);
    }

    void stop()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_stop = true;
        }
        m_wake.notify_one();
    }

private:
    Result<std::unique_ptr<DecoderPool>> startPool();
    std::optional<ItemRecord> next();
    QString takeFile(std::uint32_t item);
    void work();

    const DataSetSpec m_spec;
    const std::filesystem::path m_program;
    const ThumbnailFolder m_disk;
    const Callbacks m_callbacks;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::unordered_map<std::uint32_t, QString> m_files; ///< of items being made; guarded by m_mutex
    std::deque<ItemRecord> m_wanted;                    ///< guarded by m_mutex
    bool m_stop = false;                                ///< guarded by m_mutex
    std::atomic<bool> m_ended = false;
    std::thread m_thread;
};

Result<std::unique_ptr<DecoderPool>> ThumbnailCache::Reader::startPool()
{
    DecoderPool::Settings settings;
    settings.program = m_program;
    settings.width = settings.height = ThumbnailCache::edge;
    settings.preprocess = squareCrop();
    return DecoderPool::start(settings, [this](std::vector<DecodedPicture> pictures) {
        for (const DecodedPicture& picture : pictures) {
            const auto item = static_cast<std::uint32_t>(picture.tag);
            if (picture.error != ErrorCode::None) {
                m_callbacks.made(item, {});
                continue;
            }
            const QImage image(picture.pixels.data(), static_cast<int>(picture.width), static_cast<int>(picture.height),
                               static_cast<qsizetype>(picture.width) * 3, QImage::Format_RGB888);
            const QImage made = image.convertToFormat(QImage::Format_RGB32);
            m_callbacks.made(item, made);
            m_disk.store(takeFile(item), made);
        }
    });
}

QString ThumbnailCache::Reader::takeFile(std::uint32_t item)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_files.find(item);
    if (found == m_files.end())
        return {};
    QString file = std::move(found->second);
    m_files.erase(found);
    return file;
}

std::optional<ItemRecord> ThumbnailCache::Reader::next()
{
    std::unique_lock lock(m_mutex);
    m_wake.wait(lock, [this] { return m_stop || !m_wanted.empty(); });
    if (m_stop)
        return std::nullopt;
    ItemRecord item = std::move(m_wanted.back());
    m_wanted.pop_back();
    return item;
}

void ThumbnailCache::Reader::work()
{
    pthread_setname_np(pthread_self(), "vf-thumbnails");
    auto dataSet = DataSet::open(m_spec);
    auto pool = startPool();
    if (!dataSet || !pool)
        log::warning("thumbnails", {{"error", describe(dataSet ? pool.error() : dataSet.error())}});
    m_disk.prune();
    while (const auto item = next()) {
        const QString file = m_disk.fileOf(m_spec.path, *item);
        if (QImage kept = m_disk.load(file, edge); !kept.isNull()) {
            m_callbacks.made(item->id.value, std::move(kept));
            continue;
        }
        if (!dataSet || !pool || item->bytes > limits::maxItemBytes) {
            m_callbacks.made(item->id.value, {});
            continue;
        }
        auto bytes = (*dataSet)->read(*item, 0, static_cast<std::size_t>(item->bytes));
        if (!bytes) {
            m_callbacks.made(item->id.value, {});
            continue;
        }
        {
            const std::lock_guard lock(m_mutex);
            m_files[item->id.value] = file;
        }
        std::vector<DecodeJob> jobs(1);
        jobs.front().tag = item->id.value;
        jobs.front().bytes = std::move(*bytes);
        (*pool)->submit(std::move(jobs));
    }
}

ThumbnailCache::ThumbnailCache(std::filesystem::path decoder, std::filesystem::path folder, QObject* parent)
    : QObject(parent), m_decoder(std::move(decoder)), m_folder(std::move(folder)), m_cache(cachedPictures)
{
}

ThumbnailCache::~ThumbnailCache() = default;

void ThumbnailCache::retire()
{
    if (!m_reader)
        return;
    m_reader->stop();
    m_retired.push_back(std::move(m_reader));
}

void ThumbnailCache::setDataSet(const DataSetSpec& spec, RunId run)
{
    if (m_reader && m_run == run && m_reader->spec().path == spec.path && m_reader->spec().root == spec.root)
        return;
    retire();
    m_run = run;
    m_cache.clear();
    m_asked.clear();
    m_impossible.clear();
    const quint64 generation = ++m_generation;
    Reader::Callbacks callbacks;
    callbacks.made = [this, generation](std::uint32_t item, QImage image) {
        QMetaObject::invokeMethod(this, [this, generation, item, image = std::move(image)] {
            if (generation != m_generation)
                return;
            m_asked.remove(item);
            if (image.isNull())
                m_impossible.insert(item);
            else
                m_cache.insert(item, new QImage(image));
            Q_EMIT ready(item);
        });
    };
    callbacks.dropped = [this, generation](std::uint32_t item) {
        if (generation == m_generation) // asked for in the window's thread, so dropped in it too
            m_asked.remove(item);
    };
    callbacks.ended = [this] {
        QMetaObject::invokeMethod(
            this, [this] { std::erase_if(m_retired, [](const auto& reader) { return reader->hasEnded(); }); });
    };
    m_reader = std::make_unique<Reader>(spec, m_decoder, m_folder, std::move(callbacks));
    Q_EMIT dataSetChanged();
}

QImage ThumbnailCache::thumbnail(RunId run, const ItemRecord& item)
{
    if (run != m_run)
        return {};
    if (const QImage* cached = m_cache.object(item.id.value))
        return *cached;
    if (m_reader && !m_asked.contains(item.id.value) && !isImpossible(run, item.id)) {
        m_asked.insert(item.id.value);
        m_reader->ask(item);
    }
    return {};
}

} // namespace vitfleet::app
