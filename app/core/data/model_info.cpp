// SPDX-License-Identifier: GPL-3.0-or-later
// Source of the file names and keys: Hugging Face transformers, save_pretrained() of models and image processors (4.x
// and 5.x write the same).
#include "app/core/data/model_info.h"

#include "app/core/data/item_files.h"
#include "shared/base/limits.h"
#include "shared/base/model_families.h"
#include "shared/base/shard_index.h"
#include "shared/base/utf8.h"
#include "shared/digest/digest.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <tuple>

namespace vitfleet::app {
namespace {

using Json = nlohmann::json;

constexpr const char* weightsName = "model.safetensors";
constexpr const char* indexName = "model.safetensors.index.json";

/// Formats that are unpickled or interpreted when they are loaded.
bool canRunCode(const std::filesystem::path& file)
{
    static constexpr std::array<std::string_view, 7> extensions = {".bin",    ".pt",   ".pth", ".pkl",
                                                                   ".pickle", ".ckpt", ".ptl"};
    return std::ranges::find(extensions, file.extension().string()) != extensions.end();
}

/// Brackets outside of strings: the parser must not build what nobody may nest.
bool isTooDeep(std::string_view json)
{
    std::size_t depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (inString) {
            i += c == '\\' ? 1 : 0;
            inString = c != '"';
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            if (++depth > limits::maxJsonDepth)
                return true;
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return false;
}

Result<std::string> readSmall(const std::filesystem::path& file, std::size_t maxBytes)
{
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return Error{ErrorCode::ModelConfig, file.string() + ": " + std::strerror(errno)};
    auto data = readAt(fd.get(), 0, maxBytes + 1);
    if (!data)
        return Error{ErrorCode::ModelConfig, file.string() + ": " + data.error().detail};
    if (data->size() > maxBytes)
        return Error{ErrorCode::ModelConfig, file.string() + ": above " + std::to_string(maxBytes) + " bytes"};
    return std::string(reinterpret_cast<const char*>(data->data()), data->size());
}

/// A whole number of at most 32 bits under `key`; nothing where it is absent or something else.
std::optional<std::uint32_t> number(const Json& json, const char* key)
{
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_integer())
        return std::nullopt;
    const auto value = found->get<std::int64_t>();
    return value >= 0 && value <= 0xffffffffLL ? std::optional(static_cast<std::uint32_t>(value)) : std::nullopt;
}

Result<void> readLabels(const Json& config, ModelInfo& model)
{
    const auto stated = number(config, "num_labels");
    const auto names = config.find("id2label");
    if (names == config.end() || names->is_null()) {
        const std::uint32_t count = stated.value_or(2); // what transformers assumes
        if (count == 0 || count > limits::maxLabels)
            return Error{ErrorCode::ModelLabels, std::to_string(count) + " labels"};
        for (std::uint32_t i = 0; i < count; ++i)
            model.labels.push_back("LABEL_" + std::to_string(i));
        return {};
    }
    if (!names->is_object() || names->empty() || names->size() > limits::maxLabels)
        return Error{ErrorCode::ModelLabels,
                     "id2label is not a list of 1 to " + std::to_string(limits::maxLabels) + " names"};
    if (stated && *stated != names->size())
        return Error{ErrorCode::ModelLabels,
                     std::to_string(names->size()) + " names for " + std::to_string(*stated) + " outputs"};
    for (std::size_t i = 0; i < names->size(); ++i) {
        const auto name = names->find(std::to_string(i));
        if (name == names->end() || !name->is_string())
            return Error{ErrorCode::ModelLabels, "id2label has no name for output " + std::to_string(i)};
        std::string label = name->get<std::string>();
        if (!isText(label) || label.size() > limits::maxLabelBytes)
            return Error{ErrorCode::ModelLabels,
                         "the name of output " + std::to_string(i) + " is no text of a sensible length"};
        model.labels.push_back(std::move(label));
    }
    return {};
}

Result<void> readType(const Json& config, ModelInfo& model)
{
    const auto type = config.find("model_type");
    if (type == config.end() || !type->is_string())
        return Error{ErrorCode::ModelConfig, "config.json has no model_type"};
    model.modelType = clippedText(repairedText(type->get<std::string>()), limits::maxLabelBytes);
    const ModelFamily* family = findModelFamily(model.modelType);
    if (family == nullptr)
        return Error{ErrorCode::ModelType, "model_type " + model.modelType + "; " + supportedModels()};
    const auto architectures = config.find("architectures");
    if (architectures == config.end() || !architectures->is_array() || architectures->empty())
        return {};
    const bool classifies = std::ranges::any_of(*architectures, [family](const Json& name) {
        return std::ranges::any_of(family->architectures, [&name](std::string_view known) { return name == known; });
    });
    return classifies
               ? Result<void>()
               : Error{ErrorCode::ModelType, "model_type " + model.modelType +
                                                 " without a classifier among its architectures; " + supportedModels()};
}

/// N or [height, width]; `assumed` where it is missing, 0 where it is something else.
std::pair<std::uint32_t, std::uint32_t> sides(const Json& config, const char* key, std::uint32_t assumed)
{
    const auto found = config.find(key);
    if (found == config.end())
        return {assumed, assumed};
    if (found->is_array() && found->size() == 2) {
        const Json named = {{"height", (*found)[0]}, {"width", (*found)[1]}};
        return {number(named, "height").value_or(0), number(named, "width").value_or(0)};
    }
    const std::uint32_t side = number(config, key).value_or(0);
    return {side, side};
}

Result<void> readShape(const Json& config, ModelInfo& model)
{
    std::tie(model.imageHeight, model.imageWidth) = sides(config, "image_size", 224);
    std::tie(model.patchHeight, model.patchWidth) = sides(config, "patch_size", model.modelType == "dinov2" ? 14 : 16);
    const auto valueOf = [&config](const char* key, std::uint32_t assumed) {
        return config.contains(key) ? number(config, key).value_or(0) : assumed;
    };
    model.hiddenSize = valueOf("hidden_size", 768);
    model.layers = valueOf("num_hidden_layers", 12);
    const bool sensible = model.patchHeight > 0 && model.patchWidth > 0 && model.hiddenSize > 0 && model.layers > 0 &&
                          model.imageHeight <= limits::maxSide && model.imageWidth <= limits::maxSide &&
                          model.patchHeight <= model.imageHeight && model.patchWidth <= model.imageWidth;
    return sensible
               ? Result<void>()
               : Error{ErrorCode::ModelConfig, "image_size, patch_size, hidden_size and num_hidden_layers do not fit"};
}

/// The files that model.safetensors.index.json names. ModelMissing without them, ModelWeights for names that lead out
/// of the directory.
Result<std::set<std::string>> readShards(const std::filesystem::path& directory)
{
    const auto text = readSmall(directory / indexName, limits::maxConfigBytes);
    if (!text)
        return text.error();
    const Json index = isTooDeep(*text) ? Json() : Json::parse(*text, nullptr, false);
    const auto map = index.is_object() ? index.find("weight_map") : index.end();
    if (map == index.end() || !map->is_object() || map->empty())
        return Error{ErrorCode::ModelWeights, (directory / indexName).string() + ": no weight_map"};
    std::set<std::string> shards;
    for (const auto& [tensor, shard] : map->items()) {
        if (!shard.is_string() || !isShardName(shard.get_ref<const std::string&>()))
            return Error{ErrorCode::ModelWeights, (directory / indexName).string() +
                                                      ": a shard that is no .safetensors file in the same directory"};
        shards.insert(shard.get<std::string>());
    }
    if (shards.size() > maxShards)
        return Error{ErrorCode::ModelTooLarge,
                     std::to_string(shards.size()) + " files of weights, the limit is " + std::to_string(maxShards)};
    return shards;
}

/// What agents need: configuration, preprocessing (of either name or both: which counts depends on what is in them) and
/// weights, whole or in shards.
Result<void> findFiles(ModelInfo& model)
{
    std::error_code error;
    const auto exists = [&](const char* name) { return std::filesystem::exists(model.directory / name, error); };
    std::vector<std::string> names{"config.json"};
    const bool joint = exists("processor_config.json");
    if (!joint || exists("preprocessor_config.json"))
        names.emplace_back("preprocessor_config.json");
    if (joint)
        names.emplace_back("processor_config.json");
    if (exists(weightsName) || !exists(indexName)) {
        names.emplace_back(weightsName);
    } else {
        const auto shards = readShards(model.directory);
        if (!shards)
            return shards.error();
        names.emplace_back(indexName);
        names.insert(names.end(), shards->begin(), shards->end());
    }
    for (const auto& name : names) {
        struct stat status
        {
        };
        const std::filesystem::path file = model.directory / name;
        if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
            return Error{ErrorCode::ModelMissing, file.string()};
        model.files.push_back({name, static_cast<std::uint64_t>(status.st_size), {}});
        model.bytes += static_cast<std::uint64_t>(status.st_size);
    }
    return model.bytes <= limits::maxModelBytes
               ? Result<void>()
               : Error{ErrorCode::ModelTooLarge, std::to_string(model.bytes) + " bytes"};
}

/// Weights that are there, but not as safetensors, deserve their own answer.
Result<void> checkWeights(const std::filesystem::path& directory)
{
    std::error_code error;
    if (std::filesystem::exists(directory / weightsName, error) ||
        std::filesystem::exists(directory / indexName, error))
        return {};
    std::filesystem::directory_iterator entry(directory, error), end;
    for (; !error && entry != end; entry.increment(error))
        if (canRunCode(entry->path()))
            return Error{ErrorCode::ModelUntrusted, entry->path().string()};
    return {};
}

} // namespace

Result<ModelInfo> readModelInfo(const std::filesystem::path& directory)
{
    ModelInfo model;
    std::error_code error;
    model.directory = std::filesystem::absolute(directory, error).lexically_normal();
    if (model.directory.filename().empty())
        model.directory = model.directory.parent_path();
    model.name = model.directory.filename().string();
    if (!std::filesystem::is_directory(model.directory, error)) {
        const bool untrusted = std::filesystem::is_regular_file(model.directory, error) && canRunCode(model.directory);
        return Error{untrusted ? ErrorCode::ModelUntrusted : ErrorCode::ModelMissing, model.directory.string()};
    }
    if (auto weights = checkWeights(model.directory); !weights)
        return weights.error();
    if (auto files = findFiles(model); !files)
        return files.error();
    const auto text = readSmall(model.directory / "config.json", limits::maxConfigBytes);
    if (!text)
        return text.error();
    if (isTooDeep(*text))
        return Error{ErrorCode::ModelConfig,
                     "config.json is nested more than " + std::to_string(limits::maxJsonDepth) + " deep"};
    const Json config = Json::parse(*text, nullptr, false);
    if (!config.is_object())
        return Error{ErrorCode::ModelConfig, "config.json is no JSON object"};
    for (const auto read : {readType, readShape, readLabels})
        if (auto done = read(config, model); !done)
            return done.error();
    return model;
}

Result<void> hashFiles(ModelInfo& model)
{
    std::vector<std::pair<std::string, digest::Sha256>> hashes;
    for (protocol::ModelFile& file : model.files) {
        const auto hash = digest::sha256OfFile(model.directory / file.name);
        if (!hash)
            return Error{ErrorCode::ModelMissing, hash.error().detail};
        file.sha256 = *hash;
        hashes.emplace_back(file.name, *hash);
    }
    model.sha256 = digest::toHex(digest::modelDigest(std::move(hashes)));
    return {};
}

} // namespace vitfleet::app
