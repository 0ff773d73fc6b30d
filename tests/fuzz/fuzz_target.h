// SPDX-License-Identifier: GPL-3.0-or-later
// One reader of bytes that strangers made. Built by clang each target is a libFuzzer program of its own; built by g++
// all are in one program that replays their corpora (replay.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace vitfleet::fuzz {

using Input = std::span<const std::uint8_t>;
using Target = void (*)(Input);

/// Makes a target known to the replay program.
struct Registration
{
    Registration(const char* name, Target target);
};

/// What must hold whatever the input is; ends the process where it does not.
inline void require(bool holds)
{
    if (!holds)
        std::abort();
}

inline std::string_view textOf(Input input)
{
    return {reinterpret_cast<const char*>(input.data()), input.size()};
}

inline std::span<const std::byte> bytesOf(Input input)
{
    return std::as_bytes(input);
}

/// A folder of this process's own, for readers that want files.
class ScratchFolder
{
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;

    std::filesystem::path path() const { return m_path; }
    /// Writes the input as a file of this name and returns its path.
    std::filesystem::path write(const char* name, Input input) const;

private:
    std::filesystem::path m_path;
};

} // namespace vitfleet::fuzz

#ifdef VITFLEET_FUZZER
#define VITFLEET_FUZZ_TARGET(name)                                                                                     \
    static void name(vitfleet::fuzz::Input input);                                                                     \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);                                 \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)                                  \
    {                                                                                                                  \
        name({data, size});                                                                                            \
        return 0;                                                                                                      \
    }                                                                                                                  \
    static void name(vitfleet::fuzz::Input input)
#else
#define VITFLEET_FUZZ_TARGET(name)                                                                                     \
    static void name(vitfleet::fuzz::Input input);                                                                     \
    static const vitfleet::fuzz::Registration name##Registration(#name, name);                                         \
    static void name(vitfleet::fuzz::Input input)
#endif
