// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/data/data_set.h"

#include "app/core/data/data_kinds.h"
#include "shared/base/limits.h"

#include <algorithm>
#include <thread>

namespace vitfleet::app {
namespace {

constexpr std::size_t batchItems = 1024;
constexpr auto batchTime = std::chrono::milliseconds(50);
constexpr std::uint32_t mostLooks = 5;
constexpr auto firstPause = std::chrono::seconds(1); // doubled at each further one
/// Entries that are waited for to the last: a disk with a thousand bad sectors would take hours to scan.
constexpr std::uint32_t mostInVain = 4;
constexpr auto cancelInterval = std::chrono::milliseconds(50);

} // namespace

Result<void> ItemBatches::add(ItemRecord item)
{
    if (m_cancelled.load(std::memory_order_relaxed))
        return Error{ErrorCode::Cancelled, {}};
    if (m_count >= limits::maxItems)
        return Error{ErrorCode::DataTooLarge, "more than " + std::to_string(limits::maxItems) + " items"};
    item.id = ItemId(static_cast<std::uint32_t>(m_count++));
    m_items.push_back(std::move(item));
    if (m_items.size() >= batchItems || Clock::now() - m_since >= batchTime)
        flush();
    return {};
}

void ItemBatches::look(const std::function<ErrorCode()>& look)
{
    std::chrono::seconds pause = firstPause;
    for (std::uint32_t looks = 1; look() == ErrorCode::NodeIo; ++looks) {
        if (looks == mostLooks || m_inVain == mostInVain) {
            m_inVain += looks == mostLooks;
            return;
        }
        flush();
        if (!wait(pause))
            return;
        pause *= 2;
    }
}

/// False where the scan is cancelled.
bool ItemBatches::wait(std::chrono::seconds time) const
{
    for (const auto end = Clock::now() + time; Clock::now() < end && !m_cancelled;)
        std::this_thread::sleep_for(cancelInterval);
    return !m_cancelled;
}

void ItemBatches::flush()
{
    if (!m_items.empty())
        m_batch(std::exchange(m_items, {}));
    m_since = Clock::now();
}

Result<void> ItemBatches::finish(const std::string& path)
{
    if (m_cancelled.load(std::memory_order_relaxed))
        return Error{ErrorCode::Cancelled, {}};
    flush();
    return m_count > 0 ? Result<void>() : Error{ErrorCode::DataEmpty, path};
}

Result<std::unique_ptr<DataSet>> DataSet::open(const DataSetSpec& spec)
{
    if (spec.path.empty() || spec.path.find('\0') != std::string::npos)
        return Error{ErrorCode::DataMissing, spec.path};
    std::error_code error;
    const auto status = std::filesystem::status(spec.path, error);
    if (!std::filesystem::exists(status))
        return Error{ErrorCode::DataMissing, spec.path + (error ? ": " + error.message() : std::string{})};
    if (std::filesystem::is_directory(status))
        return openFolder(spec);
    if (!std::filesystem::is_regular_file(status))
        return Error{ErrorCode::DataFormat, spec.path + ": neither a folder nor a file"};
    if (looksLikeIdx(spec.path))
        return openIdx(spec);
    std::string extension = std::filesystem::path(spec.path).extension().string();
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return static_cast<char>(c | 0x20); });
    if (extension == ".csv" || extension == ".tsv")
        return openManifest(spec);
    return Error{ErrorCode::DataFormat, spec.path};
}

} // namespace vitfleet::app
