// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/safetensors.h"

#include "agent/model/json_file.h"
#include "agent/model/model_limits.h"
#include "shared/base/limits.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <vector>

namespace vitfleet {
namespace {

using nlohmann::json;

constexpr std::size_t lengthBytes = 8;

struct Entry
{
    std::uint64_t begin = 0, end = 0;
    TensorMap::iterator tensor;
};

std::uint64_t littleEndian(const std::byte* bytes)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < lengthBytes; ++i)
        value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
    return value;
}

DType readDType(const json& value, std::size_t& elementBytes)
{
    elementBytes = value == "F32" ? 4 : 2;
    if (value == "F32")
        return DType::F32;
    if (value == "F16")
        return DType::F16;
    return value == "BF16" ? DType::BF16 : DType::Invalid;
}

/// Checks a tensor's shape against the bytes that it occupies; the problem, or nothing.
std::optional<std::string> readShape(const json& value, std::size_t elementBytes, TensorView& tensor)
{
    if (!value.is_array() || value.size() > limits::maxTensorDimensions)
        return "its shape is not a list of at most " + std::to_string(limits::maxTensorDimensions) + " numbers";
    std::uint64_t total = elementBytes;
    for (const json& entry : value) {
        if (!entry.is_number_unsigned())
            return "its shape has an entry that is not a whole number";
        const auto length = entry.get<std::uint64_t>();
        if (length > limits::maxModelBytes || __builtin_mul_overflow(total, length, &total))
            return "its shape overflows";
        tensor.shape.push_back(static_cast<std::int64_t>(length));
    }
    if (total != tensor.bytes)
        return "its shape needs " + std::to_string(total) + " bytes, its offsets give " + std::to_string(tensor.bytes);
    return std::nullopt;
}

std::optional<std::string> readEntry(const json& value, std::span<const std::byte> data, Entry& entry,
                                     TensorView& tensor)
{
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets"))
        return "its entry is not dtype, shape and data_offsets";
    std::size_t elementBytes = 0;
    tensor.dtype = readDType(value["dtype"], elementBytes);
    if (tensor.dtype == DType::Invalid)
        return "its dtype is " +
               (value["dtype"].is_string() ? quoted(value["dtype"].get<std::string>()) : "no string") +
               "; supported: F32, F16, BF16";
    const json& offsets = value["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned())
        return "its data_offsets are not two whole numbers";
    entry.begin = offsets[0].get<std::uint64_t>();
    entry.end = offsets[1].get<std::uint64_t>();
    if (entry.begin > entry.end || entry.end > data.size())
        return "its data_offsets lie outside of the file";
    tensor.data = data.data() + entry.begin;
    tensor.bytes = entry.end - entry.begin;
    return readShape(value["shape"], elementBytes, tensor);
}

std::optional<std::string> checkContiguous(std::vector<Entry>& entries, std::size_t dataBytes)
{
    std::ranges::sort(
        entries, [](const Entry& a, const Entry& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
    std::uint64_t expected = 0;
    for (const Entry& entry : entries) {
        if (entry.begin != expected)
            return quoted(entry.tensor->first) + " begins at " + std::to_string(entry.begin) + ", expected " +
                   std::to_string(expected);
        expected = entry.end;
    }
    if (expected != dataBytes)
        return "the tensors end at " + std::to_string(expected) + " of " + std::to_string(dataBytes) + " bytes";
    return std::nullopt;
}

bool isPickleOrZip(std::span<const std::byte> bytes)
{
    constexpr std::array zip{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
    // A pickle begins with PROTO and its version, which are 2 to 5 so far; as a length both would be far too long.
    const bool pickle = bytes.size() > 1 && bytes[0] == std::byte{0x80} && bytes[1] >= std::byte{2} &&
                        bytes[1] <= std::byte{5} &&
                        (bytes.size() < lengthBytes || littleEndian(bytes.data()) > limits::maxSafetensorsHeaderBytes);
    return pickle || (bytes.size() >= zip.size() && std::equal(zip.begin(), zip.end(), bytes.begin()));
}

} // namespace

Result<TensorMap> parseSafetensors(std::span<const std::byte> bytes, const std::string& name)
{
    if (isPickleOrZip(bytes))
        return {ErrorCode::ModelUntrusted, name + " is a pickle or a zip archive"};
    if (bytes.size() < lengthBytes)
        return {ErrorCode::ModelWeights, name + ": " + std::to_string(bytes.size()) + " bytes"};
    const std::uint64_t headerBytes = littleEndian(bytes.data());
    if (headerBytes > limits::maxSafetensorsHeaderBytes)
        return {ErrorCode::ModelWeights, name + ": the header claims " + std::to_string(headerBytes) +
                                             " bytes, the limit is " +
                                             std::to_string(limits::maxSafetensorsHeaderBytes)};
    if (headerBytes > bytes.size() - lengthBytes)
        return {ErrorCode::ModelWeights, name + ": the header is cut short"};

    const auto* text = reinterpret_cast<const char*>(bytes.data() + lengthBytes);
    auto header = parseJsonObject({text, headerBytes}, name, ErrorCode::ModelWeights);
    if (!header)
        return header.error();

    const auto data = bytes.subspan(lengthBytes + headerBytes);
    TensorMap tensors;
    std::vector<Entry> entries;
    for (const auto& [key, value] : header->items()) {
        if (key == "__metadata__")
            continue;
        if (key.size() > limits::maxTensorNameBytes)
            return {ErrorCode::ModelWeights, name + ": the tensor name " + quoted(key) + " is too long"};
        Entry entry;
        entry.tensor = tensors.try_emplace(key).first;
        if (const auto problem = readEntry(value, data, entry, entry.tensor->second))
            return {ErrorCode::ModelWeights, name + ": " + quoted(key) + ": " + *problem};
        entries.push_back(entry);
    }
    if (const auto problem = checkContiguous(entries, data.size()))
        return {ErrorCode::ModelWeights, name + ": " + *problem};
    return tensors;
}

} // namespace vitfleet
