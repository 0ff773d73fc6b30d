// SPDX-License-Identifier: GPL-3.0-or-later
// replay TARGET MUTATIONS FOLDER...: each file of the corpora, and then as many mutations of them, always the same
// ones. A regression test without clang: whatever a fuzzer once found lies in the corpus. An input that fails is
// written to fuzz-failed-TARGET in the current folder.
#include "fuzz_target.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <vector>

namespace vitfleet::fuzz {

namespace {

std::map<std::string, Target>& targets()
{
    static std::map<std::string, Target> all;
    return all;
}

using Bytes = std::vector<std::uint8_t>;

std::string failedName;
Input current;

/// Async-signal-safe.
void saveInput(int)
{
    const int file = open(failedName.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    (void)!write(file, current.data(), current.size());
    constexpr std::string_view words = "the input that failed was written to ";
    (void)!write(STDERR_FILENO, words.data(), words.size());
    (void)!write(STDERR_FILENO, failedName.data(), failedName.size());
    (void)!write(STDERR_FILENO, "\n", 1);
}

void run(Target target, Input input)
{
    current = input;
    target(input);
}

std::vector<Bytes> readCorpus(std::span<char*> folders)
{
    std::vector<std::filesystem::path> files;
    for (const char* folder : folders) {
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            files.push_back(entry.path());
    }
    std::ranges::sort(files);
    std::vector<Bytes> corpus;
    for (const auto& file : files) {
        std::ifstream stream(file, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    return corpus;
}

void mutate(Bytes& bytes, std::mt19937_64& random)
{
    if (bytes.empty())
        bytes.resize(1 + random() % 16);
    const std::size_t at = random() % bytes.size();
    const auto here = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random() % 6) {
    case 0:
        bytes[at] ^= static_cast<std::uint8_t>(1U << (random() % 8));
        break;
    case 1:
        bytes[at] = static_cast<std::uint8_t>(random());
        break;
    case 2: {
        constexpr std::array<std::uint32_t, 5> extremes = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff};
        const std::uint32_t value = extremes[random() % extremes.size()];
        std::memcpy(bytes.data() + at, &value, std::min(sizeof value, bytes.size() - at));
        break;
    }
    case 3:
        bytes.erase(here,
                    here + static_cast<std::ptrdiff_t>(1 + random() % std::min<std::size_t>(8, bytes.size() - at)));
        break;
    case 4:
        bytes.insert(here, 1 + random() % 8, static_cast<std::uint8_t>(random()));
        break;
    default:
        bytes.resize(at);
        break;
    }
}

int replay(const std::string& name, std::uint64_t mutations, std::span<char*> folders)
{
    const auto target = targets().find(name);
    if (target == targets().end()) {
        std::fprintf(stderr, "no target %s\n", name.c_str());
        return 2;
    }
    const std::vector<Bytes> corpus = readCorpus(folders);
    if (corpus.empty()) {
        std::fputs("there are no files\n", stderr);
        return 2;
    }
    failedName = "fuzz-failed-" + name;
    struct sigaction action
    {
    };
    action.sa_handler = saveInput;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGABRT, &action, nullptr);
    for (const Bytes& input : corpus)
        run(target->second, input);
    std::mt19937_64 random(20240901);
    for (std::uint64_t i = 0; i < mutations; ++i) {
        Bytes input = corpus[i % corpus.size()];
        for (std::uint64_t times = 1 + random() % 4; times > 0; --times)
            mutate(input, random);
        run(target->second, input);
    }
    std::printf("%s: %zu files, %llu mutations\n", name.c_str(), corpus.size(),
                static_cast<unsigned long long>(mutations));
    return 0;
}

} // namespace

Registration::Registration(const char* name, Target target)
{
    targets().emplace(name, target);
}

} // namespace vitfleet::fuzz

int main(int argc, char** argv)
{
    if (argc < 4) {
        std::fputs("replay TARGET MUTATIONS FOLDER...\n", stderr);
        return 2;
    }
    return vitfleet::fuzz::replay(argv[1], std::strtoull(argv[2], nullptr, 10),
                                  std::span(argv, static_cast<std::size_t>(argc)).subspan(3));
}
