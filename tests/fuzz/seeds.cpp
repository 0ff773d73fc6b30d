// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz-seeds FOLDER: the seeds that no hand writes, one envelope of each message and the lists. They are committed;
// this is how they were made, and how they are made anew when messages are added.
#include "tests/unit/protocol/samples.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

using namespace vitfleet;

namespace {

bool write(const std::filesystem::path& file, std::initializer_list<protocol::BytesView> parts)
{
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    for (const auto part : parts)
        stream.write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(part.size()));
    stream.close();
    return stream.good();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fputs("fuzz-seeds FOLDER\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    bool written = true;
    for (const auto& message : test::sampleMessages()) {
        for (const bool withPayload : {false, true}) {
            const auto payload = withPayload ? test::samplePayload(message) : protocol::Bytes();
            const auto envelope = protocol::encode(message, payload);
            if (!envelope || (withPayload && payload.empty()))
                continue;
            const std::array length{static_cast<std::byte>(envelope->size() & 0xff),
                                    static_cast<std::byte>(envelope->size() >> 8)};
            const std::string name =
                "message-" + std::to_string(message.index()) + (withPayload ? "-with-payload" : "");
            written = write(folder / "envelope" / name, {length, *envelope, payload}) && written;
        }
    }
    written = write(folder / "payload" / "items", {protocol::encodeItems(test::sampleItems()).payload}) && written;
    written =
        write(folder / "payload" / "results", {protocol::encodeResults(test::sampleResults()).payload}) && written;
    return written ? 0 : 1;
}
