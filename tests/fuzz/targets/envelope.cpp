// SPDX-License-Identifier: GPL-3.0-or-later
// An envelope as a peer sends it, and the payload behind it: two bytes with the envelope's length, then both.
#include "shared/base/limits.h"
#include "shared/protocol/codec.h"
#include "tests/fuzz/fuzz_target.h"

using namespace vitfleet;

VITFLEET_FUZZ_TARGET(envelope)
{
    if (input.size() < 2)
        return;
    const auto all = fuzz::bytesOf(input).subspan(2);
    const std::size_t length = std::min<std::size_t>(input[0] | input[1] << 8, all.size());
    const auto payload = all.subspan(length);
    const auto message = protocol::decode(all.first(length), payload);
    if (!message) {
        fuzz::require(message.error().code == ErrorCode::Protocol);
        return;
    }
    // A later version's hello is only there to be told which versions this one speaks.
    if (const auto* hello = std::get_if<protocol::Hello>(&*message);
        hello && hello->protocolVersion > protocol::version)
        return;
    // What is accepted can be passed on, and is the same then.
    const auto again = protocol::encode(*message, payload);
    fuzz::require(again.ok());
    const auto decoded = protocol::decode(*again, payload);
    fuzz::require(decoded.ok() && decoded->index() == message->index());
}
