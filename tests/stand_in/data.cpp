// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/stand_in/data.h"

#include <fstream>
#include <string>

namespace vitfleet::test {

namespace fs = std::filesystem;

void writeIdx(const fs::path& file, std::uint32_t items)
{
    std::ofstream stream(file, std::ios::binary);
    const auto word = [&stream](std::uint32_t value) {
        for (int shift = 24; shift >= 0; shift -= 8)
            stream.put(static_cast<char>(value >> shift));
    };
    for (const std::uint32_t value : {0x803U, items, 1U, 1U})
        word(value);
    for (std::uint32_t i = 0; i < items; ++i)
        stream.put(static_cast<char>(i));
}

void writeFolder(const fs::path& folder, std::uint32_t items, std::size_t bytes)
{
    constexpr std::uint32_t linksAFile = 30'000; ///< ext4 allows 65,000
    constexpr std::uint32_t filesAFolder = 1000;
    fs::path file, below;
    for (std::uint32_t i = 0; i < items; ++i) {
        if (i % filesAFolder == 0) {
            below = folder / ("f" + std::to_string(i / filesAFolder));
            fs::create_directories(below);
        }
        const fs::path name = below / (std::to_string(i) + ".pgm");
        if (i % linksAFile == 0) {
            file = name;
            std::ofstream(file, std::ios::binary) << "P5 1 1 255\n" << std::string(bytes, 'p');
        } else {
            fs::create_hard_link(file, name);
        }
    }
}

} // namespace vitfleet::test
