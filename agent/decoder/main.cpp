// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/decoder/decoder_loop.h"
#include "agent/imaging/picture.h"

using namespace vitfleet;

int main(int argc, char** argv)
{
    return decoder::decoderMain(
        argc, argv, imaging::setUpImaging,
        [](std::span<const std::byte> bytes, const Preprocess& preprocess, std::uint32_t width, std::uint32_t height,
           std::span<std::uint8_t> pixels) -> Result<decoder::Prepared> {
            auto prepared = imaging::prepareImage(bytes, preprocess, width, height, pixels);
            if (!prepared)
                return prepared.error();
            return decoder::Prepared{prepared->info.width, prepared->info.height, std::move(prepared->note)};
        });
}
