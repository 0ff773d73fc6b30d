// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/item_source.h"

#include "agent/core/name_note.h"
#include "shared/base/limits.h"
#include "shared/digest/digest.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string>

namespace vitfleet::agent {
namespace {

/// A file's first bytes, as many as its head hash covers.
using HeadBuffer = std::array<std::byte, limits::headHashBytes>;

/// Of a file of so many bytes.
Result<std::span<const std::byte>> readHead(const OpenedFile& file, HeadBuffer& buffer)
{
    const auto head = std::span(buffer).first(std::min<std::uint64_t>(file.bytes, buffer.size()));
    std::size_t filled = 0;
    while (filled < head.size()) {
        // pread leaves the offset where the decoder starts: at the beginning.
        const auto got = ::pread(file.fd.get(), head.data() + filled, head.size() - filled, static_cast<off_t>(filled));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Error{ErrorCode::NodeIo, pathError(errno).detail};
        if (got == 0)
            break;
        filled += static_cast<std::size_t>(got);
    }
    return std::span<const std::byte>(head).first(filled);
}

Error changedSize(std::uint64_t expected, std::uint64_t found)
{
    return {ErrorCode::ItemChanged,
            std::to_string(expected) + " bytes when it was scanned, now " + std::to_string(found)};
}

} // namespace

ItemSource::Prepared ItemSource::prepare(WorkQueue::Work work) const
{
    protocol::LeaseItem& item = work.item;
    if (item.bytes > limits::maxItemBytes)
        return Error{ErrorCode::ImgTooLarge, std::to_string(item.bytes) + " bytes"};
    if (work.mode == protocol::TransferMode::Paths)
        return prepareFile(work.tag, item);
    if (item.data.empty() && item.bytes > 0)
        return NeedsBytes{work.tag, work.lease, item.item, item.bytes};
    if (item.data.size() != item.bytes)
        return changedSize(item.bytes, item.data.size());
    std::string note = nameNote(item.path, item.data);
    return PictureJob{work.tag, UniqueFd(), std::move(item.data), std::move(note)};
}

ItemSource::Prepared ItemSource::prepareFile(std::uint64_t tag, const protocol::LeaseItem& item) const
{
    if (!m_root.ok())
        return m_root.error();
    auto file = m_root->openFile(item.path);
    if (!file.ok())
        return file.error();
    if (file->bytes != item.bytes)
        return changedSize(item.bytes, file->bytes);
    HeadBuffer buffer;
    const auto head = readHead(*file, buffer);
    if (!head.ok())
        return head.error();
    if (digest::headHash(*head) != item.headHash)
        return Error{ErrorCode::ItemChanged, "its first 4 KiB differ"};
    std::string note = nameNote(item.path, *head);
    if (head->size() == item.bytes) // that was all of it: a descriptor would cost more than the picture
        return PictureJob{tag, UniqueFd(), {head->begin(), head->end()}, std::move(note)};
    return PictureJob{tag, std::move(file->fd), {}, std::move(note)};
}

std::optional<protocol::HeadHash> ItemSource::probe(const protocol::ProbeFiles::File& file) const
{
    if (!m_root.ok())
        return std::nullopt;
    const auto opened = m_root->openFile(file.path);
    if (!opened.ok() || opened->bytes != file.bytes)
        return std::nullopt;
    HeadBuffer buffer;
    const auto head = readHead(*opened, buffer);
    if (!head.ok())
        return std::nullopt;
    return digest::headHash(*head);
}

} // namespace vitfleet::agent
