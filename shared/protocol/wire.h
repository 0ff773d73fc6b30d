// SPDX-License-Identifier: GPL-3.0-or-later
// Private to this folder: between the plain structs and the generated FlatBuffers code.
#pragma once

#include "shared/base/utf8.h"
#include "shared/protocol/codec.h"

#include <vitfleet_generated.h>

#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

namespace vitfleet::protocol {

/// A message's table inside a builder.
struct PackedBody
{
    wire::Body type = wire::Body::NONE;
    flatbuffers::Offset<void> table;
    std::string problem; ///< what is above its limit; empty: nothing
};

PackedBody pack(flatbuffers::FlatBufferBuilder& builder, const Message& message);
/// `envelope` has passed FlatBuffers' verifier, nothing else.
Result<Message> unpack(const wire::Envelope& envelope);

/// The bytes of a string that may be absent.
inline std::string_view view(const flatbuffers::String* text)
{
    return text ? std::string_view(text->c_str(), text->size()) : std::string_view();
}

/// An unaligned copy: the verifier of FlatBuffers 2.0 does not check the alignment of vectors.
template <typename T>
T elementAt(const std::uint8_t* data, std::size_t index)
{
    T value;
    std::memcpy(&value, data + index * sizeof(T), sizeof(T));
    return value;
}

template <typename Array, typename Struct>
Array hashFrom(const Struct* hash)
{
    Array bytes{};
    if (hash)
        std::memcpy(bytes.data(), hash, bytes.size());
    return bytes;
}

} // namespace vitfleet::protocol
