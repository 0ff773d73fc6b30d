// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_target.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <system_error>

namespace vitfleet::fuzz {

ScratchFolder::ScratchFolder()
{
    std::error_code error;
    // In memory where that is possible: a file written anew costs a disk's file system milliseconds.
    const std::filesystem::path memory = "/dev/shm";
    const bool inMemory = ::access(memory.c_str(), W_OK | X_OK) == 0;
    std::string pattern =
        ((inMemory ? memory : std::filesystem::temp_directory_path(error)) / "vitfleet-fuzz-XXXXXX").string();
    require(!error && mkdtemp(pattern.data()) != nullptr);
    m_path = pattern;
}

ScratchFolder::~ScratchFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

std::filesystem::path ScratchFolder::write(const char* name, Input input) const
{
    const auto file = m_path / name;
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    const std::string_view text = textOf(input);
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    stream.close();
    require(stream.good());
    return file;
}

} // namespace vitfleet::fuzz
