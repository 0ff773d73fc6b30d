// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/weight_files.h"

#include "agent/model/json_file.h"
#include "shared/base/limits.h"
#include "shared/base/log.h"
#include "shared/base/shard_index.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <system_error>

namespace vitfleet {
namespace {

namespace fs = std::filesystem;

constexpr const char* weightsName = "model.safetensors";
constexpr const char* indexName = "model.safetensors.index.json";

/// Why there are no weights that may be read.
Error missingWeights(const fs::path& directory)
{
    std::error_code ignored;
    fs::path untrusted;
    for (fs::directory_iterator it(directory, ignored), end; !ignored && it != end; it.increment(ignored)) {
        if (isUntrustedFormat(it->path()) && (untrusted.empty() || it->path() < untrusted))
            untrusted = it->path();
    }
    if (!untrusted.empty())
        return {ErrorCode::ModelUntrusted, untrusted.string()};
    return {ErrorCode::ModelMissing, (directory / weightsName).string()};
}

/// Which shard each tensor is in.
using WeightMap = std::map<std::string, std::string, std::less<>>;

/// Maps a file and adds its tensors; `bytesLeft` is what the whole model may still have. `map` is nullptr where there
/// is one file only.
Result<void> addFile(const fs::path& path, const WeightMap* map, std::size_t& bytesLeft, WeightFiles& weights)
{
    auto file = MappedFile::open(path, bytesLeft);
    if (!file)
        return file.error();
    bytesLeft -= file->bytes().size();
    auto tensors = parseSafetensors(file->bytes(), path.string());
    if (!tensors)
        return tensors.error();
    for (const auto& [tensor, view] : *tensors) {
        if (map == nullptr)
            break;
        const auto entry = map->find(tensor);
        if (entry == map->end())
            log::debug("model.tensor_not_in_index", {{"name", tensor}});
        else if (entry->second != path.filename())
            return {ErrorCode::ModelWeights,
                    path.string() + ": " + quoted(tensor) + " is here, the index says " + quoted(entry->second)};
    }
    weights.tensors.merge(*tensors);
    if (!tensors->empty())
        return {ErrorCode::ModelWeights, path.string() + ": " + quoted(tensors->begin()->first) + " is in two shards"};
    weights.files.push_back(*std::move(file));
    return {};
}

Result<WeightMap> readWeightMap(const fs::path& index)
{
    const auto object = readJsonObject(index, ErrorCode::ModelWeights);
    if (!object)
        return object.error();
    const auto map = object->find("weight_map");
    if (map == object->end() || !map->is_object() || map->empty())
        return {ErrorCode::ModelWeights, index.string() + ": no weight_map"};
    WeightMap shards;
    for (const auto& [tensor, shard] : map->items()) {
        if (!shard.is_string() || !isShardName(shard.get_ref<const std::string&>()))
            return {ErrorCode::ModelWeights, index.string() + ": " + quoted(tensor) + " is in " + quoted(shard.dump()) +
                                                 ", which is no name of a .safetensors file in the same directory"};
        shards.emplace(tensor, shard.get<std::string>());
    }
    return shards;
}

Result<WeightFiles> openShards(const fs::path& directory)
{
    const fs::path index = directory / indexName;
    const auto map = readWeightMap(index);
    if (!map)
        return map.error();
    std::set<std::string> shards;
    for (const auto& [tensor, shard] : *map)
        shards.insert(shard);
    if (shards.size() > maxShards)
        return {ErrorCode::ModelTooLarge, index.string() + " lists " + std::to_string(shards.size()) +
                                              " files, the limit is " + std::to_string(maxShards)};
    WeightFiles weights;
    weights.name = index.string();
    std::size_t bytesLeft = limits::maxModelBytes;
    for (const auto& shard : shards) {
        if (auto added = addFile(directory / shard, &*map, bytesLeft, weights); !added)
            return added.error();
    }
    for (const auto& [tensor, shard] : *map) {
        if (!weights.tensors.contains(tensor))
            return {ErrorCode::ModelWeights, (directory / shard).string() + ": " + quoted(tensor) +
                                                 " is missing, the index says that it is here"};
    }
    return weights;
}

} // namespace

bool isUntrustedFormat(const fs::path& file)
{
    constexpr std::array<std::string_view, 6> extensions{".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"};
    return std::ranges::find(extensions, file.extension().string()) != extensions.end();
}

Result<void> findWeights(const fs::path& directory)
{
    std::error_code ignored;
    if (!fs::exists(directory / weightsName, ignored) && !fs::exists(directory / indexName, ignored))
        return missingWeights(directory);
    return {};
}

Result<WeightFiles> openWeights(const fs::path& directory)
{
    std::error_code ignored;
    const fs::path whole = directory / weightsName;
    if (!fs::exists(whole, ignored))
        return openShards(directory);
    WeightFiles weights;
    weights.name = whole.string();
    std::size_t bytesLeft = limits::maxModelBytes;
    if (auto added = addFile(whole, nullptr, bytesLeft, weights); !added)
        return added.error();
    return weights;
}

} // namespace vitfleet
