// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/data/files.h"
#include "tests/unit/data/tests.h"

#include "app/core/data/model_info.h"
#include "shared/base/limits.h"
#include "shared/base/model_families.h"
#include "shared/base/shard_index.h"
#include "shared/digest/digest.h"

using namespace vitfleet;
using namespace vitfleet::app;

namespace {

const std::string goodConfig = R"({
  "architectures": ["ViTForImageClassification"], "model_type": "vit", "hidden_size": 64, "image_size": 28,
  "num_hidden_layers": 2, "patch_size": 4, "id2label": {"1": "dog", "0": "cat, house cat", "2": "bird"}
})";

void writeModel(const Folder& folder, const std::string& config = goodConfig)
{
    folder.write("config.json", config);
    folder.write("preprocessor_config.json", "{}");
    folder.write("model.safetensors", "weights");
}

ErrorCode codeOf(const fs::path& directory)
{
    const auto model = readModelInfo(directory);
    return model ? ErrorCode::None : model.error().code;
}

} // namespace

void TestModel::reading()
{
    const Folder folder;
    writeModel(folder);
    auto model = readModelInfo(folder.path().string() + "/");
    QVERIFY(model);
    QCOMPARE(model->directory, folder.path());
    QCOMPARE(model->name, folder.path().filename().string());
    QCOMPARE(model->modelType, std::string("vit"));
    QCOMPARE(model->labels, (std::vector<std::string>{"cat, house cat", "dog", "bird"}));
    QCOMPARE(model->imageHeight, 28U);
    QCOMPARE(model->imageWidth, 28U);
    QCOMPARE(model->patchHeight, 4U);
    QCOMPARE(model->hiddenSize, 64U);
    QCOMPARE(model->layers, 2U);
    QCOMPARE(model->bytes, goodConfig.size() + 2 + 7);
    QCOMPARE(model->files.size(), 3U);
    QCOMPARE(model->files[2].name, std::string("model.safetensors"));
    QCOMPARE(model->files[2].bytes, 7U);
    QVERIFY(model->sha256.empty());
    QVERIFY(hashFiles(*model));
    QCOMPARE(digest::toHex(model->files[2].sha256), digest::toHex(*digest::sha256OfFile(folder / "model.safetensors")));
    QCOMPARE(model->sha256.size(), 64U);
    const std::string before = model->sha256;
    folder.write("model.safetensors", "Weights");
    QVERIFY(hashFiles(*model));
    QVERIFY(model->sha256 != before);
    fs::remove(folder / "model.safetensors");
    QCOMPARE(hashFiles(*model).error().code, ErrorCode::ModelMissing);
}

void TestModel::defaults()
{
    const Folder folder;
    writeModel(folder, R"({"model_type": "vit"})");
    const auto model = readModelInfo(folder.path());
    QVERIFY(model);
    QCOMPARE(model->labels, (std::vector<std::string>{"LABEL_0", "LABEL_1"}));
    QCOMPARE(model->imageWidth, 224U);
    QCOMPARE(model->layers, 12U);
    writeModel(folder, R"({"model_type": "vit", "image_size": [224, 192], "num_labels": 3})");
    QCOMPARE(readModelInfo(folder.path())->imageHeight, 224U);
    QCOMPARE(readModelInfo(folder.path())->imageWidth, 192U);
    QCOMPARE(readModelInfo(folder.path())->labels.size(), 3U);
}

void TestModel::missingFiles()
{
    QCOMPARE(codeOf("/nonexistent"), ErrorCode::ModelMissing);
    for (const char* name : {"config.json", "preprocessor_config.json", "model.safetensors"}) {
        const Folder folder;
        writeModel(folder);
        fs::remove(folder / name);
        const auto model = readModelInfo(folder.path());
        QVERIFY(!model);
        QCOMPARE(model.error().code, ErrorCode::ModelMissing);
        QVERIFY(model.error().detail.find(name) != std::string::npos);
    }
}

void TestModel::shards()
{
    const Folder folder;
    writeModel(folder);
    fs::remove(folder / "model.safetensors");
    const auto index = [&folder](const std::string& map) {
        folder.write("model.safetensors.index.json", "{\"weight_map\": " + map + "}");
    };
    index(R"({"a": "model-2.safetensors", "b": "model-1.safetensors", "c": "model-2.safetensors"})");
    folder.write("model-1.safetensors", "one");
    QCOMPARE(codeOf(folder.path()), ErrorCode::ModelMissing);
    folder.write("model-2.safetensors", "two");
    auto model = readModelInfo(folder.path());
    QVERIFY(model);
    std::vector<std::string> names;
    for (const auto& file : model->files)
        names.push_back(file.name);
    QCOMPARE(names, (std::vector<std::string>{"config.json", "preprocessor_config.json", "model.safetensors.index.json",
                                              "model-1.safetensors", "model-2.safetensors"}));
    QVERIFY(hashFiles(*model));
    const std::string before = model->sha256;
    folder.write("model-2.safetensors", "owt");
    QVERIFY(hashFiles(*model));
    QVERIFY(model->sha256 != before);

    for (const char* map : {"{}", "[]", R"({"a": 1})", R"({"a": "../model-1.safetensors"})", R"({"a": "/etc/passwd"})",
                            R"({"a": "model-1.bin"})", R"({"a": ".safetensors"})", R"({"a": "x/y.safetensors"})"}) {
        index(map);
        QCOMPARE(codeOf(folder.path()), ErrorCode::ModelWeights);
    }
    folder.write("model.safetensors.index.json", "{");
    QCOMPARE(codeOf(folder.path()), ErrorCode::ModelWeights);
    folder.write("model.safetensors", "whole"); // then the index is not read
    QCOMPARE(codeOf(folder.path()), ErrorCode::None);
    QCOMPARE(readModelInfo(folder.path())->files.size(), 3U);
}

void TestModel::numberOfShards()
{
    const Folder folder;
    writeModel(folder);
    fs::remove(folder / "model.safetensors");
    for (const std::size_t count : {maxShards, maxShards + 1}) {
        std::string map;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string name = "s" + std::to_string(i);
            folder.write(name + ".safetensors", "x");
            map += (map.empty() ? "\"" : ", \"") + name + "\": \"" + name + ".safetensors\"";
        }
        folder.write("model.safetensors.index.json", "{\"weight_map\": {" + map + "}}");
        QCOMPARE(codeOf(folder.path()), count > maxShards ? ErrorCode::ModelTooLarge : ErrorCode::None);
    }
}

void TestModel::families()
{
    const Folder folder;
    for (const ModelFamily& family : modelFamilies) {
        for (const auto architecture : family.architectures) {
            writeModel(folder, "{\"model_type\": \"" + std::string(family.modelType) + "\", \"architectures\": [\"" +
                                   std::string(architecture) + "\"]}");
            const auto model = readModelInfo(folder.path());
            QVERIFY(model);
            QCOMPARE(model->patchHeight, family.modelType == "dinov2" ? 14U : 16U);
        }
    }
    writeModel(folder, R"({"model_type": "deit", "architectures": ["ViTForImageClassification"]})");
    QCOMPARE(codeOf(folder.path()), ErrorCode::ModelType);
    writeModel(folder, R"({"model_type": "vit", "image_size": [24, 30], "patch_size": [4, 3]})");
    QCOMPARE(readModelInfo(folder.path())->patchWidth, 3U);
}

void TestModel::processorConfig()
{
    const Folder folder;
    writeModel(folder);
    fs::rename(folder / "preprocessor_config.json", folder / "processor_config.json");
    const auto model = readModelInfo(folder.path());
    QVERIFY(model);
    QCOMPARE(model->files.size(), 3U);
    QCOMPARE(model->files[1].name, std::string("processor_config.json"));
    folder.write("preprocessor_config.json", "{}"); // which of them counts is the model reader's to say
    const auto both = readModelInfo(folder.path());
    QVERIFY(both);
    QCOMPARE(both->files.size(), 4U);
    QCOMPARE(both->files[1].name, std::string("preprocessor_config.json"));
    QCOMPARE(both->files[2].name, std::string("processor_config.json"));
}

void TestModel::untrustedFormats()
{
    for (const char* name : {"pytorch_model.bin", "model.pt", "traced.pth", "weights.ckpt", "model.pkl"}) {
        const Folder folder;
        writeModel(folder);
        fs::remove(folder / "model.safetensors");
        folder.write(name);
        QCOMPARE(codeOf(folder.path()), ErrorCode::ModelUntrusted);
        QCOMPARE(codeOf(folder / name), ErrorCode::ModelUntrusted);
        folder.write("model.safetensors"); // beside safetensors it does not matter: it is not loaded
        QCOMPARE(codeOf(folder.path()), ErrorCode::None);
    }
}

void TestModel::damagedConfigs_data()
{
    QTest::addColumn<QByteArray>("config");
    QTest::addColumn<int>("code");
    const auto row = [](const char* name, const char* config, ErrorCode code) {
        QTest::newRow(name) << QByteArray(config) << static_cast<int>(code);
    };
    row("empty", "", ErrorCode::ModelConfig);
    row("no JSON", "{\"model_type\": ", ErrorCode::ModelConfig);
    row("a list", "[]", ErrorCode::ModelConfig);
    row("bad UTF-8", "{\"model_type\": \"v\xFF\"}", ErrorCode::ModelConfig);
    row("no type", "{}", ErrorCode::ModelConfig);
    row("type is a number", R"({"model_type": 1})", ErrorCode::ModelConfig);
    row("another type", R"({"model_type": "resnet"})", ErrorCode::ModelType);
    row("no classifier", R"({"model_type": "vit", "architectures": ["ViTModel"]})", ErrorCode::ModelType);
    row("size 0", R"({"model_type": "vit", "image_size": 0})", ErrorCode::ModelConfig);
    row("size is a text", R"({"model_type": "vit", "image_size": "224"})", ErrorCode::ModelConfig);
    row("size is huge", R"({"model_type": "vit", "image_size": 65501})", ErrorCode::ModelConfig);
    row("size is negative", R"({"model_type": "vit", "image_size": [-1, 224]})", ErrorCode::ModelConfig);
    row("patch above size", R"({"model_type": "vit", "image_size": 8, "patch_size": 16})", ErrorCode::ModelConfig);
    row("layers beyond 32 bits", R"({"model_type": "vit", "num_hidden_layers": 4294967296})", ErrorCode::ModelConfig);
    row("labels missing one", R"({"model_type": "vit", "id2label": {"0": "a", "2": "b"}})", ErrorCode::ModelLabels);
    row("label is a number", R"({"model_type": "vit", "id2label": {"0": 1}})", ErrorCode::ModelLabels);
    row("label with NUL", R"({"model_type": "vit", "id2label": {"0": "a\u0000b"}})", ErrorCode::ModelLabels);
    row("no labels", R"({"model_type": "vit", "id2label": {}})", ErrorCode::ModelLabels);
    row("labels are a list", R"({"model_type": "vit", "id2label": ["a"]})", ErrorCode::ModelLabels);
    row("another number", R"({"model_type": "vit", "num_labels": 3, "id2label": {"0": "a"}})", ErrorCode::ModelLabels);
    row("too many outputs", R"({"model_type": "vit", "num_labels": 100001})", ErrorCode::ModelLabels);
}

void TestModel::damagedConfigs()
{
    QFETCH(const QByteArray, config);
    QFETCH(const int, code);
    const Folder folder;
    writeModel(folder, config.toStdString());
    QCOMPARE(static_cast<int>(codeOf(folder.path())), code);
}

void TestModel::depthOfConfig()
{
    const auto nested = [](std::size_t depth) {
        return R"({"model_type": "vit", "text": "]]\"[[", "x": )" + std::string(depth - 1, '[') +
               std::string(depth - 1, ']') + "}";
    };
    const Folder folder;
    writeModel(folder, nested(limits::maxJsonDepth));
    QCOMPARE(codeOf(folder.path()), ErrorCode::None);
    writeModel(folder, nested(limits::maxJsonDepth + 1));
    QCOMPARE(codeOf(folder.path()), ErrorCode::ModelConfig);
    writeModel(folder, nested(100'000));
    QCOMPARE(codeOf(folder.path()), ErrorCode::ModelConfig);
}

void TestModel::sizeLimits()
{
    const Folder folder;
    const std::string start = R"({"model_type": "vit"})";
    writeModel(folder, start + std::string(limits::maxConfigBytes - start.size(), ' '));
    QCOMPARE(codeOf(folder.path()), ErrorCode::None);
    writeModel(folder, start + std::string(limits::maxConfigBytes - start.size() + 1, ' '));
    QCOMPARE(codeOf(folder.path()), ErrorCode::ModelConfig);
    writeModel(folder,
               R"({"model_type": "vit", "id2label": {"0": ")" + std::string(limits::maxLabelBytes, 'l') + "\"}}");
    QCOMPARE(codeOf(folder.path()), ErrorCode::None);
    writeModel(folder,
               R"({"model_type": "vit", "id2label": {"0": ")" + std::string(limits::maxLabelBytes + 1, 'l') + "\"}}");
    QCOMPARE(codeOf(folder.path()), ErrorCode::ModelLabels);
    writeModel(folder);
    std::error_code error;
    fs::resize_file(folder / "model.safetensors", limits::maxModelBytes, error); // a hole
    if (error)
        QSKIP("no file with a hole of that size here");
    QCOMPARE(codeOf(folder.path()), ErrorCode::ModelTooLarge);
}

void TestModel::demoModel()
{
    auto model = readModelInfo(VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit");
    QVERIFY2(model, model ? "" : model.error().detail.c_str());
    QCOMPARE(model->labels.size(), 10U);
    QCOMPARE(model->imageHeight, 28U);
}
