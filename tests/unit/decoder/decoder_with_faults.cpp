// SPDX-License-Identifier: GPL-3.0-or-later
// The real decoder's loop and sandbox around a decoder that misbehaves when it is told to. Anything else becomes a
// picture filled with the input's first byte.
#include "agent/decoder/decoder_loop.h"
#include "intruder.h"
#include "shared/base/limits.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

using namespace vitfleet;

namespace {

[[noreturn]] void eatMemory()
{
    // Asked for, not touched: the limit is on address space, and the machine may have little memory.
    std::vector<std::unique_ptr<char[]>> eaten;
    while (true)
        eaten.emplace_back(new char[std::size_t{64} << 20]);
}

/// How many MiB of addresses it gets, of twice as much as a decoder may have; not touched either.
std::string takeAddresses(int protection)
{
    constexpr std::size_t step = std::size_t{16} << 20;
    std::size_t taken = 0;
    while (taken < 2 * limits::decoderMemoryBytes &&
           mmap(nullptr, step, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED)
        taken += step;
    return std::to_string(taken >> 20);
}

Result<decoder::Prepared> prepare(std::span<const std::byte> bytes, const Preprocess&, std::uint32_t width,
                                  std::uint32_t height, std::span<std::uint8_t> pixels)
{
    const std::string_view told(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (told == "crash") {
        std::signal(SIGSEGV, SIG_DFL); // sanitizers have a handler of their own
        std::raise(SIGSEGV);
    }
    if (told == "exit")
        _exit(3);
    if (told == "hang")
        while (true)
            pause();
    if (told == "stop")
        std::raise(SIGSTOP);
    if (told == "memory")
        eatMemory();
    if (told == "addresses" || told == "data")
        return Error{ErrorCode::ImgCorrupt, takeAddresses(told == "data" ? PROT_READ | PROT_WRITE : PROT_READ)};
    constexpr std::string_view intruder = "intruder: ";
    if (told.starts_with(intruder)) {
        const int error = tests::attempt(told.substr(intruder.size()));
        return Error{ErrorCode::ImgCorrupt, error == 0 ? "it got through" : strerrorname_np(error)};
    }
    if (told == "throw")
        throw std::runtime_error("told to");
    std::ranges::fill(pixels, told.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(told.front()));
    return decoder::Prepared{width, height, "note"};
}

} // namespace

int main(int argc, char** argv)
{
    return decoder::decoderMain(
        argc, argv, [] {}, prepare);
}
