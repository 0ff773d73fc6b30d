// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/codec.h"

#include "shared/digest/digest.h"
#include "shared/protocol/wire.h"

namespace vitfleet::protocol {
namespace {

// An envelope nests envelope, body and list entry; the largest lists have limits::maxModelFiles tables.
constexpr flatbuffers::uoffset_t maxDepth = 4;
constexpr flatbuffers::uoffset_t maxTables = limits::maxModelFiles + 2;

bool mayCarryPayload(const Message& message)
{
    return std::holds_alternative<ModelPiece>(message) || std::holds_alternative<LeasePart>(message) ||
           std::holds_alternative<ItemPiece>(message) || std::holds_alternative<Results>(message) ||
           std::holds_alternative<Revoked>(message);
}

Error protocolError(std::string detail)
{
    return {ErrorCode::Protocol, std::move(detail)};
}

} // namespace

Result<Bytes> encode(const Message& message, BytesView payload)
{
    if (payload.size() > limits::maxPayloadBytes)
        return protocolError("payload of " + std::to_string(payload.size()) + " bytes");
    if (!payload.empty() && !mayCarryPayload(message))
        return protocolError("payload on a message that has none");
    flatbuffers::FlatBufferBuilder builder(512);
    const PackedBody body = pack(builder, message);
    if (!body.problem.empty())
        return protocolError(body.problem);
    wire::FinishEnvelopeBuffer(builder, wire::CreateEnvelope(builder, static_cast<std::uint32_t>(payload.size()),
                                                             digest::checksum64(payload), body.type, body.table));
    if (builder.GetSize() > limits::maxEnvelopeBytes)
        return protocolError("envelope of " + std::to_string(builder.GetSize()) + " bytes");
    const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
    return Bytes(bytes.begin(), bytes.end());
}

Result<Message> decode(BytesView envelope, BytesView payload)
{
    if (envelope.size() > limits::maxEnvelopeBytes)
        return protocolError("envelope of " + std::to_string(envelope.size()) + " bytes");
    if (payload.size() > limits::maxPayloadBytes)
        return protocolError("payload of " + std::to_string(payload.size()) + " bytes");
    const Bytes aligned(envelope.begin(), envelope.end()); // operator new aligns for every scalar
    const auto* data = reinterpret_cast<const std::uint8_t*>(aligned.data());
    flatbuffers::Verifier verifier(data, aligned.size(), maxDepth, maxTables);
    if (!wire::VerifyEnvelopeBuffer(verifier))
        return protocolError("envelope is damaged");
    const wire::Envelope* table = wire::GetEnvelope(data);
    if (table->payload_bytes() != payload.size() || table->payload_checksum() != digest::checksum64(payload))
        return protocolError("payload is not the one that its envelope states");
    Result<Message> message = unpack(*table);
    if (message && !payload.empty() && !mayCarryPayload(*message))
        return protocolError("payload on a message that has none");
    return message;
}

} // namespace vitfleet::protocol
