// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/feeder.h"

#include "agent/core/thread_name.h"

#include <utility>
#include <variant>

namespace vitfleet::agent {

void deliverPictures(WorkQueue& queue, ResultSink& sink, std::vector<Picture> pictures)
{
    std::vector<protocol::ResultItem> errors;
    for (WorkQueue::Ready& failed : queue.decoded(std::move(pictures))) {
        protocol::ResultItem result;
        result.lease = failed.lease;
        result.item = failed.item;
        result.error = failed.picture.error;
        result.errorDetail = std::move(failed.picture.detail);
        result.note = std::move(failed.picture.note);
        result.decodeMicros = failed.picture.micros;
        errors.push_back(std::move(result));
    }
    sink.add(std::move(errors));
}

Feeder::Feeder(WorkQueue& queue, ResultSink& sink, std::shared_ptr<const ItemSource> source, PictureDecoder* decoder,
               NeedsBytes needsBytes)
    : m_queue(queue), m_sink(sink), m_source(std::move(source)), m_decoder(decoder),
      m_needsBytes(std::move(needsBytes)), m_thread([this] { run(); })
{
}

Feeder::~Feeder()
{
    if (m_thread.joinable())
        m_thread.join();
}

void Feeder::run()
{
    nameThread("vf-feeder");
    // So many at once that handing them over costs little, so few that the decoders need not wait for the last.
    constexpr std::size_t atOnce = 32;
    while (true) {
        auto works = m_queue.takeForDecode(atOnce);
        if (works.empty())
            return;
        feed(std::move(works));
    }
}

void Feeder::feed(std::vector<WorkQueue::Work> works)
{
    std::vector<PictureJob> jobs;
    std::vector<Picture> done; // without a decoder's help: failed, or not to be decoded
    std::vector<ItemSource::NeedsBytes> missing;
    for (WorkQueue::Work& work : works) {
        const std::uint64_t tag = work.tag;
        ItemSource::Prepared prepared = m_source->prepare(std::move(work));
        auto* job = std::get_if<PictureJob>(&prepared);
        if (job && !job->note.empty())
            m_queue.note(tag, std::move(job->note));
        if (job && m_decoder)
            jobs.push_back(std::move(*job));
        else if (job)
            done.push_back({tag, ErrorCode::None, {}, {}, {}, 0});
        else if (const auto* needs = std::get_if<ItemSource::NeedsBytes>(&prepared))
            missing.push_back(*needs);
        else if (auto* error = std::get_if<Error>(&prepared))
            done.push_back({tag, error->code, std::move(error->detail), {}, {}, 0});
    }
    if (!jobs.empty())
        m_decoder->submit(std::move(jobs));
    if (!done.empty())
        deliverPictures(m_queue, m_sink, std::move(done));
    if (!missing.empty())
        m_needsBytes(std::move(missing));
}

} // namespace vitfleet::agent
