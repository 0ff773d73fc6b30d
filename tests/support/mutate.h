// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong with bytes on their way, or is done to them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

namespace vitfleet::test {

/// One of the ways in which bytes go wrong.
inline void mutate(std::vector<std::byte>& bytes, std::mt19937_64& random)
{
    if (bytes.empty())
        return;
    const std::size_t at = random() % bytes.size();
    switch (random() % 6) {
    case 0:
        bytes[at] ^= static_cast<std::byte>(1U << (random() % 8));
        break;
    case 1:
        bytes[at] = static_cast<std::byte>(random());
        break;
    case 2: {
        constexpr std::array<std::uint32_t, 5> extremes = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff};
        const std::uint32_t value = extremes[random() % extremes.size()];
        std::memcpy(bytes.data() + at, &value, std::min(sizeof value, bytes.size() - at));
        break;
    }
    case 3:
        bytes.resize(at);
        break;
    case 4: {
        const std::size_t from = random() % bytes.size();
        const std::size_t count = std::min({random() % 16, bytes.size() - at, bytes.size() - from});
        std::memmove(bytes.data() + at, bytes.data() + from, count);
        break;
    }
    default:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), 1 + random() % 8, std::byte{0});
        break;
    }
}

/// How many mutated frames a hostile peer sends: 100,000, or what VITFLEET_HOSTILE_FRAMES says.
inline std::uint64_t hostileFrames()
{
    const char* text = std::getenv("VITFLEET_HOSTILE_FRAMES");
    const std::uint64_t frames = text ? std::strtoull(text, nullptr, 10) : 0;
    return frames > 0 ? frames : 100'000;
}

} // namespace vitfleet::test
