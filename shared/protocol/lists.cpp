// SPDX-License-Identifier: GPL-3.0-or-later
// Item and result lists: FlatBuffers too, so that they can grow fields as the envelope can.
#include "shared/protocol/wire.h"

#include <algorithm>

namespace vitfleet::protocol {
namespace {

constexpr const char* itemsIdentifier = "VFI1";
constexpr const char* resultsIdentifier = "VFR1";

constexpr flatbuffers::uoffset_t maxDepth = 2;
constexpr flatbuffers::uoffset_t maxTables = limits::maxLeaseItems + 1;

// Upper bounds in bytes, alignment included: of what surrounds a list (root, identifier, vector, vtable), and of one
// entry besides its strings and data (fields, vtable, vector headers, its place in the list).
constexpr std::size_t listOverhead = 128;
constexpr std::size_t entryOverhead = 128;

using flatbuffers::FlatBufferBuilder;

/// Whether another entry with this many bytes of strings and data still fits into one payload.
bool fits(std::size_t used, std::size_t entries, std::size_t contents)
{
    return used + entries * sizeof(flatbuffers::uoffset_t) + entryOverhead + contents + listOverhead <=
           limits::maxPayloadBytes;
}

Bytes finished(const FlatBufferBuilder& builder)
{
    const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
    return {bytes.begin(), bytes.end()};
}

/// `value` itself, or what `storage` then holds of it.
std::string_view repaired(const std::string& value, std::size_t limit, std::string& storage)
{
    if (isText(value))
        return clippedText(value, limit);
    storage = repairedText(value);
    return clippedText(storage, limit);
}

flatbuffers::Offset<flatbuffers::String> optionalText(FlatBufferBuilder& builder, std::string_view text)
{
    return text.empty() ? 0 : builder.CreateString(text.data(), text.size());
}

Error listError(std::string detail)
{
    return {ErrorCode::Protocol, std::move(detail)};
}

flatbuffers::Offset<wire::LeaseItem> packItem(FlatBufferBuilder& builder, const LeaseItem& item, std::string_view path,
                                              bool withData)
{
    flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> data = 0;
    if (withData)
        data = builder.CreateVector(reinterpret_cast<const std::uint8_t*>(item.data.data()), item.data.size());
    const auto name = optionalText(builder, path);
    wire::HeadHash hash;
    std::memcpy(&hash, item.headHash.data(), sizeof hash);
    const bool hasHash = item.headHash != HeadHash{};
    return wire::CreateLeaseItem(builder, item.item.value, name, item.bytes, hasHash ? &hash : nullptr, data);
}

flatbuffers::Offset<wire::ResultItem> packResult(FlatBufferBuilder& builder, const ResultItem& result,
                                                 std::string_view detail, std::string_view note)
{
    flatbuffers::Offset<flatbuffers::Vector<const wire::LabelScore*>> top = 0;
    if (!result.top.empty()) {
        std::vector<wire::LabelScore> scores;
        for (const LabelScore& score : result.top)
            scores.emplace_back(score.label, score.score);
        scores.resize(std::min(scores.size(), limits::topK));
        top = builder.CreateVectorOfStructs(scores);
    }
    const auto detailText = optionalText(builder, detail);
    const auto noteText = optionalText(builder, note);
    return wire::CreateResultItem(builder, result.sequence, result.lease.value, result.item.value,
                                  static_cast<std::uint16_t>(result.error), detailText, noteText, top,
                                  result.decodeMicros, result.inferenceMicros,
                                  static_cast<wire::Precision>(result.precision));
}

/// Empty where the entry is as it must be.
std::string_view unpackItem(const wire::LeaseItem& entry, std::size_t& total, std::size_t payloadBytes, LeaseItem& item)
{
    const std::string_view path = view(entry.path());
    const std::size_t dataBytes = entry.data() ? entry.data()->size() : 0;
    // Entries may share bytes: without this sum a small payload could ask for gigabytes.
    total += path.size() + dataBytes;
    if (total > payloadBytes)
        return "total of the list";
    if (entry.item() >= limits::maxItems)
        return "item";
    if (path.size() > limits::maxPathBytes || !isText(path))
        return "path";
    if (dataBytes != 0 && dataBytes != entry.bytes())
        return "item size";
    item.item = ItemId(entry.item());
    item.path = path;
    item.bytes = entry.bytes();
    item.headHash = hashFrom<HeadHash>(entry.head_hash());
    if (dataBytes != 0) {
        const auto* data = reinterpret_cast<const std::byte*>(entry.data()->Data());
        item.data.assign(data, data + dataBytes);
    }
    return {};
}

std::string_view unpackResult(const wire::ResultItem& entry, std::size_t& total, std::size_t payloadBytes,
                              ResultItem& result)
{
    const std::string_view detail = view(entry.error_detail());
    const std::string_view note = view(entry.note());
    const std::size_t scores = entry.top() ? entry.top()->size() : 0;
    total += detail.size() + note.size();
    if (total > payloadBytes)
        return "total of the list";
    if (entry.item() >= limits::maxItems)
        return "item";
    if (detail.size() > limits::maxStringBytes || note.size() > limits::maxStringBytes || !isText(detail) ||
        !isText(note))
        return "text";
    if (entry.error() != 0) {
        const auto code = errorCodeFromNumber(entry.error());
        if (!code)
            return "error code";
        result.error = *code;
    }
    if (scores > limits::topK || (scores == 0) != (entry.error() != 0))
        return "number of labels";
    result.top.reserve(scores);
    for (std::size_t i = 0; i < scores; ++i) {
        const auto score = elementAt<wire::LabelScore>(entry.top()->Data(), i);
        if (score.label() >= limits::maxLabels)
            return "label";
        if (!std::isfinite(score.score()))
            return "score";
        result.top.push_back({score.label(), score.score()});
    }
    if (entry.precision() > wire::Precision::MAX)
        return "precision";
    result.precision = static_cast<Precision>(entry.precision());
    result.sequence = entry.sequence();
    result.lease = LeaseId(entry.lease());
    result.item = ItemId(entry.item());
    result.errorDetail = detail;
    result.note = note;
    result.decodeMicros = entry.decode_micros();
    result.inferenceMicros = entry.inference_micros();
    return {};
}

/// Verifies a payload as `List` and unpacks its entries, which `entries(list)` names, one by one.
template <typename List, typename Plain, typename Entries, typename UnpackEntry>
Result<std::vector<Plain>> unpackList(BytesView payload, const char* identifier, Entries entries, UnpackEntry unpack)
{
    if (payload.empty())
        return std::vector<Plain>();
    if (payload.size() > limits::maxPayloadBytes)
        return listError("payload of " + std::to_string(payload.size()) + " bytes");
    const Bytes aligned(payload.begin(), payload.end());
    const auto* data = reinterpret_cast<const std::uint8_t*>(aligned.data());
    flatbuffers::Verifier verifier(data, aligned.size(), maxDepth, maxTables);
    if (!verifier.VerifyBuffer<List>(identifier))
        return listError("list is damaged");
    std::vector<Plain> plain;
    const auto* vector = entries(*flatbuffers::GetRoot<List>(data));
    if (!vector)
        return plain;
    plain.resize(vector->size());
    std::size_t total = 0;
    for (flatbuffers::uoffset_t i = 0; i < vector->size(); ++i) {
        const std::string_view problem = unpack(*vector->Get(i), total, payload.size(), plain[i]);
        if (!problem.empty())
            return listError("out of range: " + std::string(problem));
    }
    return plain;
}

} // namespace

EncodedItems encodeItems(std::span<const LeaseItem> items)
{
    // Enough at once: a builder that grows copies all that it has, megabytes of pictures again and again.
    std::size_t room = listOverhead;
    for (const LeaseItem& item : items) {
        room += sizeof(flatbuffers::uoffset_t) + entryOverhead + item.path.size() + item.data.size();
        if (room >= limits::maxPayloadBytes)
            break;
    }
    FlatBufferBuilder builder(std::min(room, limits::maxPayloadBytes));
    std::vector<flatbuffers::Offset<wire::LeaseItem>> offsets;
    offsets.reserve(std::min(items.size(), limits::maxLeaseItems));
    for (const LeaseItem& item : items.first(std::min(items.size(), limits::maxLeaseItems))) {
        std::string repairedPath;
        const std::string_view path = repaired(item.path, limits::maxPathBytes, repairedPath);
        // What would not fit even alone goes without its data.
        const bool withData = !item.data.empty() && fits(0, 0, path.size() + item.data.size());
        if (!fits(builder.GetSize(), offsets.size(), path.size() + (withData ? item.data.size() : 0)))
            break;
        offsets.push_back(packItem(builder, item, path, withData));
    }
    builder.Finish(wire::CreateItemList(builder, builder.CreateVector(offsets)), itemsIdentifier);
    return {finished(builder), offsets.size()};
}

Result<std::vector<LeaseItem>> decodeItems(BytesView payload)
{
    return unpackList<wire::ItemList, LeaseItem>(
        payload, itemsIdentifier, [](const wire::ItemList& list) { return list.items(); }, unpackItem);
}

EncodedResults encodeResults(std::span<const ResultItem> results)
{
    FlatBufferBuilder builder(listOverhead + std::min(results.size(), limits::maxLeaseItems) * entryOverhead);
    std::vector<flatbuffers::Offset<wire::ResultItem>> offsets;
    offsets.reserve(std::min(results.size(), limits::maxLeaseItems));
    for (const ResultItem& result : results.first(std::min(results.size(), limits::maxLeaseItems))) {
        std::string repairedDetail, repairedNote;
        const std::string_view detail = repaired(result.errorDetail, limits::maxStringBytes, repairedDetail);
        const std::string_view note = repaired(result.note, limits::maxStringBytes, repairedNote);
        if (!fits(builder.GetSize(), offsets.size(), detail.size() + note.size()))
            break;
        offsets.push_back(packResult(builder, result, detail, note));
    }
    builder.Finish(wire::CreateResultList(builder, builder.CreateVector(offsets)), resultsIdentifier);
    return {finished(builder), offsets.size()};
}

Result<std::vector<ResultItem>> decodeResults(BytesView payload)
{
    return unpackList<wire::ResultList, ResultItem>(
        payload, resultsIdentifier, [](const wire::ResultList& list) { return list.results(); }, unpackResult);
}

} // namespace vitfleet::protocol
