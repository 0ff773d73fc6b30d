// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shared/base/result.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>

namespace vitfleet {

/// A regular file mapped read-only. Links are followed: Hugging Face's own cache consists of them. A file that another
/// process cuts short while it is mapped raises SIGBUS: the agent maps only files of its own cache or of its data
/// roots.
class MappedFile
{
public:
    /// ModelMissing where there is no such file, ModelTooLarge above `maxBytes`, ModelWeights where it cannot be
    /// mapped.
    static Result<MappedFile> open(const std::filesystem::path& file, std::size_t maxBytes);

    MappedFile(MappedFile&& other) noexcept
        : m_data(std::exchange(other.m_data, nullptr)), m_bytes(std::exchange(other.m_bytes, 0))
    {
    }
    MappedFile& operator=(MappedFile&& other) noexcept
    {
        std::swap(m_data, other.m_data);
        std::swap(m_bytes, other.m_bytes);
        return *this;
    }
    ~MappedFile();

    std::span<const std::byte> bytes() const { return {m_data, m_bytes}; }

private:
    MappedFile(const std::byte* data, std::size_t bytes) : m_data(data), m_bytes(bytes) {}

    const std::byte* m_data = nullptr;
    std::size_t m_bytes = 0;
};

} // namespace vitfleet
