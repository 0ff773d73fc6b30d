// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/model_directory.h"

#include "agent/model/expected_tensors.h"
#include "agent/model/finite.h"
#include "agent/model/json_file.h"
#include "agent/model/preprocess_config.h"
#include "agent/model/vit_config.h"
#include "agent/model/weight_files.h"
#include "shared/base/log.h"

#include <nlohmann/json.hpp>
#include <system_error>

namespace vitfleet {

namespace {

namespace fs = std::filesystem;

std::string shapeText(const std::vector<std::int64_t>& shape)
{
    std::string text = "[";
    for (const auto length : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(length);
    return text + "]";
}

/// The part for pictures of the processor_config.json that newer processors write, else preprocessor_config.json: in
/// the order in which transformers looks for them.
Result<Preprocess> readPreprocessOf(const fs::path& directory, const VitConfig& config)
{
    const auto own = directory / "preprocessor_config.json";
    const auto joint = directory / "processor_config.json";
    std::error_code ignored;
    if (fs::exists(joint, ignored)) {
        auto object = readJsonObject(joint, ErrorCode::ModelPreprocessor);
        if (!object)
            return object.error();
        const auto part = object->find("image_processor");
        if (part != object->end() && part->is_object())
            return readPreprocess(*part, joint.string(), config);
        if (part != object->end() || !fs::exists(own, ignored))
            return {ErrorCode::ModelPreprocessor, joint.string() + ": no image_processor"};
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
        for (auto& [part, view] : splitTensor(savedName(key), std::move(tensor))) {
            if (!renamed.try_emplace(part, std::move(view)).second)
                return {ErrorCode::ModelWeights, name + ": " + quoted(key) + " is there twice, under two names"};
        }
    }
    TensorMap selected;
    for (const auto& expected : expectedTensors(config)) {
        const auto it = renamed.find(expected.name);
        if (it == renamed.end())
            return {ErrorCode::ModelShape, name + ": " + expected.name + " is missing"};
        if (it->second.shape != expected.shape) {
            const bool outputs = expected.name.ends_with("classifier.weight") && it->second.shape.size() == 2 &&
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
    if (auto found = findWeights(directory); !found)
        return found.error();

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
    if (takesAnyInputSize(model->m_spec.config)) {
        const auto [height, width] = outputSize(*preprocess);
        if (auto fits = setInputSize(model->m_spec.config, height, width, configFile.string()); !fits)
            return fits.error();
    }

    auto weights = openWeights(directory);
    if (!weights)
        return weights.error();
    auto tensors = selectTensors(std::move(weights->tensors), model->m_spec.config, weights->name);
    if (!tensors)
        return tensors.error();
    for (const auto& [name, tensor] : *tensors) {
        if (!allFinite(tensor))
            return {ErrorCode::ModelNan, weights->name + ": " + name};
    }
    model->m_spec.tensors = *std::move(tensors);
    model->m_mappings = std::move(weights->files);
    return model;
}

ModelDirectory::~ModelDirectory() = default;

} // namespace vitfleet
