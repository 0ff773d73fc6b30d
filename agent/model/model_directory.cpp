// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/model_directory.h"

#include "agent/model/expected_tensors.h"
#include "agent/model/finite.h"
#include "agent/model/json_file.h"
#include "agent/model/mapped_file.h"
#include "agent/model/preprocess_config.h"
#include "agent/model/safetensors.h"
#include "agent/model/vit_config.h"
#include "shared/base/limits.h"
#include "shared/base/log.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

namespace vitfleet {

struct ModelDirectory::Mapping
{
    MappedFile file;
};

namespace {

namespace fs = std::filesystem;

constexpr const char* weightsName = "model.safetensors";

/// PyTorch's own formats, all of which run code from the file when it is loaded.
bool isUntrustedFormat(const fs::path& file)
{
    constexpr std::array<std::string_view, 6> extensions{".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"};
    return std::ranges::find(extensions, file.extension().string()) != extensions.end();
}

std::string shapeText(const std::vector<std::int64_t>& shape)
{
    std::string text = "[";
    for (const auto length : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(length);
    return text + "]";
}

/// Why there are no weights that may be read.
Error missingWeights(const fs::path& directory)
{
    std::error_code ignored;
    if (fs::exists(directory / "model.safetensors.index.json", ignored))
        return {ErrorCode::ModelMissing,
                (directory / weightsName).string() + "; weights split over files are not read"};
    fs::path untrusted;
    for (fs::directory_iterator it(directory, ignored), end; !ignored && it != end; it.increment(ignored)) {
        if (isUntrustedFormat(it->path()) && (untrusted.empty() || it->path() < untrusted))
            untrusted = it->path();
    }
    if (!untrusted.empty())
        return {ErrorCode::ModelUntrusted, untrusted.string()};
    return {ErrorCode::ModelMissing, (directory / weightsName).string()};
}

/// preprocessor_config.json, or the part for pictures of the processor_config.json that newer processors write.
Result<Preprocess> readPreprocessOf(const fs::path& directory, const VitConfig& config)
{
    const auto own = directory / "preprocessor_config.json";
    const auto joint = directory / "processor_config.json";
    std::error_code ignored;
    if (!fs::exists(own, ignored) && fs::exists(joint, ignored)) {
        auto object = readJsonObject(joint, ErrorCode::ModelPreprocessor);
        if (!object)
            return object.error();
        const auto part = object->find("image_processor");
        if (part == object->end() || !part->is_object())
            return {ErrorCode::ModelPreprocessor, joint.string() + ": no image_processor"};
        return readPreprocess(*part, joint.string(), config);
    }
    auto object = readJsonObject(own, ErrorCode::ModelPreprocessor);
    if (!object)
        return object.error();
    return readPreprocess(*object, own.string(), config);
}

/// The tensors that the configuration asks for, under the names of the files; others are left out, as transformers
/// does (a pooler, a mask token).
Result<TensorMap> selectTensors(TensorMap all, const VitConfig& config, const std::string& name)
{
    TensorMap renamed;
    for (auto& [key, tensor] : all) {
        if (!renamed.try_emplace(savedName(key), std::move(tensor)).second)
            return {ErrorCode::ModelWeights, name + ": " + quoted(key) + " is there twice, under two names"};
    }
    TensorMap selected;
    for (const auto& expected : expectedTensors(config)) {
        const auto it = renamed.find(expected.name);
        if (it == renamed.end())
            return {ErrorCode::ModelShape, name + ": " + expected.name + " is missing"};
        if (it->second.shape != expected.shape) {
            const bool outputs = expected.name == "classifier.weight" && it->second.shape.size() == 2 &&
                                 it->second.shape[1] == expected.shape[1];
            if (outputs)
                return {ErrorCode::ModelLabels, name + ": " + std::to_string(it->second.shape[0]) + " outputs, " +
                                                    std::to_string(config.labels.size()) + " names"};
            return {ErrorCode::ModelShape, name + ": " + expected.name + " is " + shapeText(it->second.shape) +
                                               ", expected " + shapeText(expected.shape)};
        }
        selected.insert(renamed.extract(it));
    }
    for (const auto& [key, tensor] : renamed)
        log::debug("model.tensor_ignored", {{"name", key}});
    return selected;
}

} // namespace

Result<std::unique_ptr<ModelDirectory>> ModelDirectory::open(const fs::path& directory)
{
    std::error_code ignored;
    if (!fs::is_directory(directory, ignored)) {
        const bool untrusted = fs::exists(directory, ignored) && isUntrustedFormat(directory);
        return {untrusted ? ErrorCode::ModelUntrusted : ErrorCode::ModelMissing, directory.string()};
    }
    const auto weights = directory / weightsName;
    if (!fs::exists(weights, ignored))
        return missingWeights(directory);

    std::unique_ptr<ModelDirectory> model(new ModelDirectory);
    const auto configFile = directory / "config.json";
    const auto object = readJsonObject(configFile, ErrorCode::ModelConfig);
    if (!object)
        return object.error();
    auto config = readVitConfig(*object, configFile.string());
    if (!config)
        return config.error();
    model->m_spec.config = *std::move(config);
    auto preprocess = readPreprocessOf(directory, model->m_spec.config);
    if (!preprocess)
        return preprocess.error();
    model->m_spec.preprocess = *preprocess;

    auto file = MappedFile::open(weights, limits::maxModelBytes);
    if (!file)
        return file.error();
    auto all = parseSafetensors(file->bytes(), weights.string());
    if (!all)
        return all.error();
    auto tensors = selectTensors(*std::move(all), model->m_spec.config, weights.string());
    if (!tensors)
        return tensors.error();
    for (const auto& [name, tensor] : *tensors) {
        if (!allFinite(tensor))
            return {ErrorCode::ModelNan, weights.string() + ": " + name};
    }
    model->m_spec.tensors = *std::move(tensors);
    model->m_mappings.push_back(std::make_unique<Mapping>(Mapping{*std::move(file)}));
    return model;
}

ModelDirectory::~ModelDirectory() = default;

} // namespace vitfleet
