// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace vitfleet::kernels {

/// Zeroed memory on a cache line's boundary: products over buffers that straddle lines are up to a third slower.
template <typename T>
class Buffer
{
public:
    Buffer() = default;
    explicit Buffer(std::size_t count) : m_count(count)
    {
        constexpr std::size_t line = 64;
        if (count > (static_cast<std::size_t>(-1) - line) / sizeof(T))
            throw std::bad_alloc();
        const std::size_t bytes = (count * sizeof(T) + line - 1) / line * line;
        m_data.reset(static_cast<T*>(std::aligned_alloc(line, bytes > 0 ? bytes : line)));
        if (!m_data)
            throw std::bad_alloc();
        __builtin_memset(static_cast<void*>(m_data.get()), 0, bytes);
    }

    T* data() { return m_data.get(); }
    const T* data() const { return m_data.get(); }
    std::size_t size() const { return m_count; }
    T& operator[](std::size_t i) { return m_data.get()[i]; }
    const T& operator[](std::size_t i) const { return m_data.get()[i]; }

private:
    struct Free
    {
        void operator()(T* p) const { std::free(p); }
    };
    std::unique_ptr<T[], Free> m_data;
    std::size_t m_count = 0;
};

inline std::size_t roundedUp(std::size_t value, std::size_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

/// Words from one row to the next for rows of so many: room for a whole panel beyond the last column, and an odd number
/// of cache lines, or rows would fight for the same few sets of the cache.
inline std::size_t rowStride(std::size_t words)
{
    return (roundedUp(words, 32) / 16 + 3) * 16;
}

} // namespace vitfleet::kernels
