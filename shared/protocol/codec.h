// SPDX-License-Identifier: GPL-3.0-or-later
// Messages to bytes and back. FlatBuffers stays inside codec.cpp.
#pragma once

#include "shared/base/result.h"
#include "shared/protocol/messages.h"

#include <span>
#include <vector>

namespace vitfleet::protocol {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;

/// The envelope of a message, stating the payload's length and checksum. Protocol where a string or list is above its
/// limit or the payload above limits::maxPayloadBytes: the caller splits. Sentences for people (`detail`, `reason`) are
/// cut to limits::maxStringBytes instead, and what is not UTF-8, or is NUL, becomes U+FFFD in any string. Only
/// ModelPiece, LeasePart, ItemPiece, Results and Revoked may have a payload.
Result<Bytes> encode(const Message& message, BytesView payload = {});

/// Verifies the envelope (size, FlatBuffers verifier, known type, enumerations, string limits, UTF-8) and that the
/// payload is the one that it states. Copies the envelope to an aligned buffer first. E_PROTOCOL otherwise.
Result<Message> decode(BytesView envelope, BytesView payload);

/// Lists in payloads. Encoding takes as many of `items` as fit into one payload and says how many; at least one, since
/// an item whose data do not fit beside its header is encoded without them (`bytes` stays), to be asked for in pieces.
/// Paths above limits::maxPathBytes and sentences above limits::maxStringBytes are cut.
struct EncodedItems
{
    Bytes payload;
    std::size_t count = 0;
};
EncodedItems encodeItems(std::span<const LeaseItem> items);
/// E_PROTOCOL for more than limits::maxLeaseItems entries, strings above their limits or not UTF-8, strings and data
/// that sum up to more than the payload, and data of another size than `bytes`. An empty payload is an empty list.
Result<std::vector<LeaseItem>> decodeItems(BytesView payload);

struct EncodedResults
{
    Bytes payload;
    std::size_t count = 0;
};
EncodedResults encodeResults(std::span<const ResultItem> results);
/// As decodeItems(); also E_PROTOCOL for error codes and labels out of range, scores that are not finite, more than
/// limits::topK labels, labels beside an error, and neither of the two.
Result<std::vector<ResultItem>> decodeResults(BytesView payload);

} // namespace vitfleet::protocol
