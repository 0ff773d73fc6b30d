// SPDX-License-Identifier: GPL-3.0-or-later
// Model directories that are refused: each error code of Models, and each limit just above it.
#include "agent/model/model_directory.h"
#include "agent/model/model_limits.h"
#include "shared/base/limits.h"
#include "tests/unit/model/model_files.h"

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <sys/stat.h>

using namespace vitfleet;
using namespace vitfleet::tests;
using nlohmann::json;

using Spoil = std::function<void(ModelFiles&)>;
/// Works on the written directory.
using SpoilFiles = std::function<void(const std::filesystem::path&)>;
Q_DECLARE_METATYPE(Spoil)
Q_DECLARE_METATYPE(SpoilFiles)

class RefusalsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void refuses_data();
    void refuses();
    void refusesFiles_data();
    void refusesFiles();
    void configLimits_data();
    void configLimits();
    void tooLarge();

private:
    std::filesystem::path directory() const { return std::filesystem::path(m_folder->path().toStdString()) / "model"; }
    Result<std::unique_ptr<ModelDirectory>> open(const ModelFiles& files) const
    {
        files.writeTo(directory());
        return ModelDirectory::open(directory());
    }
    static QByteArray problem(const Result<std::unique_ptr<ModelDirectory>>& model)
    {
        return model ? QByteArray() : QByteArray::fromStdString(describe(model.error()));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void RefusalsTest::refuses_data()
{
    QTest::addColumn<Spoil>("spoil");
    QTest::addColumn<int>("code");
    QTest::addColumn<std::string>("says");
    const auto row = [](const char* name, ErrorCode code, const char* says, const Spoil& spoil) {
        QTest::newRow(name) << spoil << static_cast<int>(code) << std::string(says);
    };
    using F = ModelFiles;
    row("unknown type", ErrorCode::ModelType, "\"swin\"; supported: vit (ViTForImageClassification), deit",
        [](F& f) { f.config["model_type"] = "swin"; });
    row("no type", ErrorCode::ModelType, "no model_type", [](F& f) { f.config.erase("model_type"); });
    row("type is a list", ErrorCode::ModelType, "no model_type", [](F& f) { f.config["model_type"] = {"vit"}; });
    row("no classifier", ErrorCode::ModelType, "\"ViTModel\"; supported",
        [](F& f) { f.config["architectures"] = {"ViTModel"}; });
    row("no architectures", ErrorCode::ModelType, "architectures;",
        [](F& f) { f.config["architectures"] = json::array(); });
    row("architectures is a string", ErrorCode::ModelConfig, "not a list",
        [](F& f) { f.config["architectures"] = "ViTForImageClassification"; });
    row("unknown activation", ErrorCode::ModelConfig, "\"mish\"; supported: gelu, gelu_new",
        [](F& f) { f.config["hidden_act"] = "mish"; });
    row("heads do not divide", ErrorCode::ModelConfig, "not a multiple",
        [](F& f) { f.config["num_attention_heads"] = 3; });
    row("another head size", ErrorCode::ModelConfig, "head_dim", [](F& f) { f.config["head_dim"] = 16; });
    row("one channel", ErrorCode::ModelConfig, "num_channels is 1", [](F& f) { f.config["num_channels"] = 1; });
    row("patch larger than the picture", ErrorCode::ModelConfig, "larger than image_size",
        [](F& f) { f.config["patch_size"] = 14; });
    row("width is a fraction", ErrorCode::ModelConfig, "not a whole number",
        [](F& f) { f.config["hidden_size"] = 16.5; });
    row("negative layers", ErrorCode::ModelConfig, "not a whole number",
        [](F& f) { f.config["num_hidden_layers"] = -1; });
    row("bias is a number", ErrorCode::ModelConfig, "qkv_bias", [](F& f) { f.config["qkv_bias"] = 1; });
    row("negative eps", ErrorCode::ModelConfig, "layer_norm_eps", [](F& f) { f.config["layer_norm_eps"] = -1e-6; });
    row("large eps", ErrorCode::ModelConfig, "layer_norm_eps",
        [](F& f) { f.config["layer_norm_eps"] = std::nextafter(limits::maxLayerNormEps, 2.0); });
    row("large scale", ErrorCode::ModelPreprocessor, "rescale_factor",
        [](F& f) { f.preprocessor["rescale_factor"] = std::nextafter(limits::maxPixelScale, 1e7); });
    row("large mean", ErrorCode::ModelPreprocessor, "image_mean", [](F& f) {
        f.preprocessor["image_mean"] = {0.5, 0.5, -std::nextafter(limits::maxPixelScale, 1e7)};
    });
    row("unknown problem", ErrorCode::ModelConfig, "problem_type",
        [](F& f) { f.config["problem_type"] = "detection"; });
    row("a name too few", ErrorCode::ModelLabels, "7 outputs, 6 names", [](F& f) { f.setLabels(6); });
    row("a name too many", ErrorCode::ModelLabels, "7 outputs, 8 names", [](F& f) { f.setLabels(8); });
    row("no names", ErrorCode::ModelLabels, "no names", [](F& f) { f.setLabels(0); });
    row("a hole in the names", ErrorCode::ModelLabels, "the key \"9\"", [](F& f) {
        f.setLabels(6);
        f.config["id2label"]["9"] = "x";
    });
    row("a key with a zero before it", ErrorCode::ModelLabels, "the key \"06\"", [](F& f) {
        f.setLabels(6);
        f.config["id2label"]["06"] = "x";
    });
    row("a name that is a number", ErrorCode::ModelLabels, "output 2 is not a string",
        [](F& f) { f.config["id2label"]["2"] = 2; });
    row("a name with NUL", ErrorCode::ModelLabels, "NUL",
        [](F& f) { f.config["id2label"]["2"] = std::string("a\0b", 3); });
    row("a name too long", ErrorCode::ModelLabels, "longer than 1024",
        [](F& f) { f.config["id2label"]["2"] = std::string(limits::maxLabelBytes + 1, 'x'); });
    row("preprocessing", ErrorCode::ModelPreprocessor, "do_pad", [](F& f) { f.preprocessor["do_pad"] = true; });
    row("a tensor missing", ErrorCode::ModelShape, "vit.layernorm.bias is missing",
        [](F& f) { f.tensors.erase("vit.layernorm.bias"); });
    row("bare names of a ViTModel", ErrorCode::ModelShape, "vit.embeddings.cls_token is missing", [](F& f) {
        auto node = f.tensors.extract("vit.embeddings.cls_token");
        node.key() = "embeddings.cls_token";
        f.tensors.insert(std::move(node));
    });
    row("a wrong shape", ErrorCode::ModelShape, "vit.embeddings.cls_token is [1, 16], expected [1, 1, 16]", [](F& f) {
        f.tensors.at("vit.embeddings.cls_token").shape = {1, 16};
    });
    row("a layer too few", ErrorCode::ModelShape, "vit.encoder.layer.2.",
        [](F& f) { f.config["num_hidden_layers"] = 3; });
    row("classifier transposed", ErrorCode::ModelShape, "classifier.weight is [16, 7]", [](F& f) {
        f.tensors.at("classifier.weight").shape = {16, 7};
    });
    row("NaN", ErrorCode::ModelNan, "vit.encoder.layer.1.output.dense.weight", [](F& f) {
        const float nan = std::numeric_limits<float>::quiet_NaN();
        std::memcpy(f.tensors.at("vit.encoder.layer.1.output.dense.weight").bytes.data() + 400, &nan, sizeof(nan));
    });
    row("a type that is not read", ErrorCode::ModelWeights, "\"I32\"",
        [](F& f) { f.tensors.at("classifier.bias").dtype = "I32"; });
}

void RefusalsTest::refuses()
{
    QFETCH(const Spoil, spoil);
    QFETCH(const int, code);
    QFETCH(const std::string, says);
    auto files = tinyFiles();
    spoil(files);
    const auto model = open(files);
    QVERIFY(!model.ok());
    QVERIFY2(static_cast<int>(model.error().code) == code, problem(model).constData());
    QVERIFY2(model.error().detail.find(says) != std::string::npos, problem(model).constData());
}

void RefusalsTest::refusesFiles_data()
{
    QTest::addColumn<SpoilFiles>("spoil");
    QTest::addColumn<int>("code");
    QTest::addColumn<std::string>("says");
    const auto row = [](const char* name, ErrorCode code, const char* says, const SpoilFiles& spoil) {
        QTest::newRow(name) << spoil << static_cast<int>(code) << std::string(says);
    };
    using P = const std::filesystem::path&;
    for (const char* name : {"config.json", "preprocessor_config.json", "model.safetensors"})
        row(name, ErrorCode::ModelMissing, name, [name](P p) { std::filesystem::remove(p / name); });
    row("no directory", ErrorCode::ModelMissing, "model", [](P p) { std::filesystem::remove_all(p); });
    row("an empty directory", ErrorCode::ModelMissing, "model.safetensors", [](P p) {
        std::filesystem::remove_all(p);
        std::filesystem::create_directory(p);
    });
    for (const char* name : {"pytorch_model.bin", "model.pt", "model.pth", "weights.pkl"})
        row(name, ErrorCode::ModelUntrusted, name,
            [name](P p) { std::filesystem::rename(p / "model.safetensors", p / name); });
    row("TorchScript under the right name", ErrorCode::ModelUntrusted, "zip archive",
        [](P p) { writeFile(p / "model.safetensors", "PK\x03\x04 and so on"); });
    row("empty weights", ErrorCode::ModelWeights, "is empty", [](P p) { writeFile(p / "model.safetensors", ""); });
    row("weights are a directory", ErrorCode::ModelWeights, "not a regular file", [](P p) {
        std::filesystem::remove(p / "model.safetensors");
        std::filesystem::create_directory(p / "model.safetensors");
    });
    row("weights are a pipe", ErrorCode::ModelWeights, "not a regular file", [](P p) {
        std::filesystem::remove(p / "model.safetensors");
        QCOMPARE(::mkfifo((p / "model.safetensors").c_str(), 0600), 0);
    });
    row("config is a pipe", ErrorCode::ModelConfig, "not a regular file", [](P p) {
        std::filesystem::remove(p / "config.json");
        QCOMPARE(::mkfifo((p / "config.json").c_str(), 0600), 0);
    });
    row("cut weights", ErrorCode::ModelWeights, "data_offsets", [](P p) {
        std::filesystem::resize_file(p / "model.safetensors", std::filesystem::file_size(p / "model.safetensors") - 1);
    });
    row("config is no JSON", ErrorCode::ModelConfig, "config.json", [](P p) { writeFile(p / "config.json", "vit"); });
    row("config is a list", ErrorCode::ModelConfig, "not a JSON object",
        [](P p) { writeFile(p / "config.json", "[]"); });
    row("config is nested 100,000 deep", ErrorCode::ModelConfig, "nested deeper than 32",
        [](P p) { writeFile(p / "config.json", "{\"a\":" + std::string(100'000, '[')); });
    row("preprocessor is nested 100,000 deep", ErrorCode::ModelPreprocessor, "nested deeper than 32", [](P p) {
        std::string text;
        for (int i = 0; i < 100'000; ++i)
            text += "{\"a\":";
        writeFile(p / "preprocessor_config.json", text);
    });
    row("a key twice", ErrorCode::ModelConfig, "\"model_type\" occurs twice",
        [](P p) { writeFile(p / "config.json", R"({"model_type":"vit","model_type":"vit"})"); });
    row("config with NaN", ErrorCode::ModelConfig, "config.json",
        [](P p) { writeFile(p / "config.json", R"({"model_type":"vit","layer_norm_eps":NaN})"); });
}

void RefusalsTest::refusesFiles()
{
    QFETCH(const SpoilFiles, spoil);
    QFETCH(const int, code);
    QFETCH(const std::string, says);
    tinyFiles().writeTo(directory());
    spoil(directory());
    const auto model = ModelDirectory::open(directory());
    QVERIFY(!model.ok());
    QVERIFY2(static_cast<int>(model.error().code) == code, problem(model).constData());
    QVERIFY2(model.error().detail.find(says) != std::string::npos, problem(model).constData());
}

void RefusalsTest::configLimits_data()
{
    QTest::addColumn<std::string>("field");
    QTest::addColumn<quint64>("limit");
    const auto row = [](const char* field, quint64 limit) { QTest::newRow(field) << std::string(field) << limit; };
    row("image_size", limits::maxModelSide);
    row("patch_size", limits::maxModelSide);
    row("hidden_size", limits::maxHidden);
    row("num_hidden_layers", limits::maxLayers);
    row("num_attention_heads", limits::maxHeads);
    row("intermediate_size", limits::maxIntermediate);
}

/// At the limit the field itself is no reason: the tensors or the geometry are. Above it is named with its value.
void RefusalsTest::configLimits()
{
    QFETCH(const std::string, field);
    QFETCH(const quint64, limit);
    for (const quint64 value : {limit, limit + 1, quint64{1} << 32, std::numeric_limits<quint64>::max()}) {
        auto files = tinyFiles();
        files.config[field] = value;
        const auto model = open(files);
        QVERIFY(!model.ok());
        const bool named = model.error().detail.find(field + " is " + std::to_string(value)) != std::string::npos;
        QVERIFY2(named == (value > limit), problem(model).constData());
        QVERIFY(value <= limit || model.error().code == ErrorCode::ModelConfig);
    }
    auto files = tinyFiles();
    files.config["image_size"] = 1024;
    files.config["patch_size"] = 4; // 65,536 patches and the class token
    QVERIFY(open(files).error().detail.ends_with(std::to_string(limits::maxTokens + 1) +
                                                 " tokens a picture, the limit is " +
                                                 std::to_string(limits::maxTokens)));
}

void RefusalsTest::tooLarge()
{
    auto files = tinyFiles();
    files.writeTo(directory());
    // A sparse file: no room on the disk is needed.
    std::filesystem::resize_file(directory() / "model.safetensors", limits::maxModelBytes + 1);
    const auto weights = ModelDirectory::open(directory());
    QVERIFY(!weights.ok());
    QCOMPARE(weights.error().code, ErrorCode::ModelTooLarge);
    std::filesystem::resize_file(directory() / "model.safetensors", limits::maxModelBytes);
    QCOMPARE(ModelDirectory::open(directory()).error().code, ErrorCode::ModelWeights);

    files.writeTo(directory());
    std::string text = files.config.dump();
    text.resize(limits::maxConfigBytes, ' ');
    writeFile(directory() / "config.json", text);
    QVERIFY(ModelDirectory::open(directory()).ok());
    writeFile(directory() / "config.json", text + ' ');
    QCOMPARE(ModelDirectory::open(directory()).error().code, ErrorCode::ModelTooLarge);

    files.setLabels(limits::maxLabels + 1);
    QVERIFY(open(files).error().detail.ends_with("100001 names, the limit is 100000"));
    files.config.erase("id2label");
    files.config["num_labels"] = limits::maxLabels + 1;
    QCOMPARE(open(files).error().code, ErrorCode::ModelConfig);
}

QTEST_GUILESS_MAIN(RefusalsTest)
#include "tst_refusals.moc"
