// SPDX-License-Identifier: GPL-3.0-or-later
// Model directories: what is read. What is refused is in tst_refusals.cpp.
#include "agent/model/model_directory.h"
#include "tests/unit/model/hashed_model.h"
#include "tests/unit/model/model_files.h"

#include <QTemporaryDir>
#include <QtTest>
#include <cstring>

using namespace vitfleet;
using namespace vitfleet::tests;
using nlohmann::json;

namespace {

/// The names that transformers 5 has in memory.
std::string memoryName(std::string name)
{
    const auto replace = [&](const std::string& from, const std::string& to) {
        if (const auto at = name.find(from); at != std::string::npos)
            name.replace(at, from.size(), to);
    };
    if (!name.starts_with("vit.encoder.layer."))
        return name;
    replace("vit.encoder.layer.", "vit.layers.");
    replace("attention.attention.query", "attention.q_proj");
    replace("attention.attention.key", "attention.k_proj");
    replace("attention.attention.value", "attention.v_proj");
    if (name.find("attention.output.dense") != std::string::npos)
        replace("attention.output.dense", "attention.o_proj");
    else
        replace("output.dense", "mlp.fc2");
    replace("intermediate.dense", "mlp.fc1");
    return name;
}

} // namespace

class ModelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void readsADirectory();
    void readsNamesOfBothGenerations();
    void readsThroughLinks();
    void readsProcessorConfig();
    void prefersNestedProcessor();
    void leavesOtherTensorsOut();
    void readsHalfPrecision();
    void fillsInDefaults();
    void problemTypes_data();
    void problemTypes();
    void activations_data();
    void activations();

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

void ModelTest::readsADirectory()
{
    const auto model = open(tinyFiles());
    QVERIFY2(model.ok(), problem(model).constData());
    const HashedModel expected(tinyConfig());
    const auto& spec = (*model)->spec();
    QCOMPARE(spec.config.modelType, std::string("vit"));
    QCOMPARE(spec.config.imageHeight, 13U);
    QCOMPARE(spec.config.imageWidth, 11U);
    QCOMPARE(spec.config.patchHeight, 4U);
    QCOMPARE(spec.config.patchWidth, 3U);
    QCOMPARE(spec.config.hiddenSize, 16U);
    QCOMPARE(spec.config.layers, 2U);
    QCOMPARE(spec.config.heads, 2U);
    QCOMPARE(spec.config.intermediateSize, 24U);
    QVERIFY(spec.config.activation == Activation::Gelu);
    QVERIFY(spec.config.qkvBias);
    QCOMPARE(spec.config.labels.size(), std::size_t{7});
    QCOMPARE(spec.config.labels[3], std::string("LABEL_3"));
    QCOMPARE(spec.preprocess.resizeHeight, 13U);
    QCOMPARE(spec.tensors.size(), expected.spec().tensors.size());
    for (const auto& [name, tensor] : expected.spec().tensors) {
        const auto& read = spec.tensors.at(name);
        QCOMPARE(read.shape, tensor.shape);
        QCOMPARE(read.bytes, tensor.bytes);
        QCOMPARE(std::memcmp(read.data, tensor.data, tensor.bytes), 0);
    }
}

void ModelTest::readsNamesOfBothGenerations()
{
    auto files = tinyFiles();
    const auto saved = std::exchange(files.tensors, {});
    for (const auto& [name, tensor] : saved)
        files.tensors[memoryName(name)] = tensor;
    QVERIFY(files.tensors.contains("vit.layers.1.mlp.fc2.weight"));
    const auto model = open(files);
    QVERIFY2(model.ok(), problem(model).constData());
    for (const auto& [name, tensor] : saved)
        QCOMPARE(std::memcmp((*model)->spec().tensors.at(name).data, tensor.bytes.data(), tensor.bytes.size()), 0);

    files.tensors["vit.encoder.layer.0.output.dense.bias"] = saved.at("vit.encoder.layer.0.output.dense.bias");
    const auto both = open(files);
    QVERIFY(!both.ok());
    QCOMPARE(both.error().code, ErrorCode::ModelWeights);
}

/// Hugging Face's cache holds links into a folder of blobs.
void ModelTest::readsThroughLinks()
{
    tinyFiles().writeTo(directory() / "blobs");
    std::filesystem::create_directory(directory() / "snapshot");
    for (const char* name : {"config.json", "preprocessor_config.json", "model.safetensors"})
        std::filesystem::create_symlink(std::filesystem::path("../blobs") / name, directory() / "snapshot" / name);
    const auto model = ModelDirectory::open(directory() / "snapshot");
    QVERIFY2(model.ok(), problem(model).constData());
}

void ModelTest::readsProcessorConfig()
{
    auto files = tinyFiles();
    files.writeTo(directory());
    std::filesystem::remove(directory() / "preprocessor_config.json");
    writeFile(directory() / "processor_config.json", json{{"image_processor", files.preprocessor}}.dump());
    QVERIFY(ModelDirectory::open(directory()).ok());
    writeFile(directory() / "processor_config.json", "{}");
    QCOMPARE(ModelDirectory::open(directory()).error().code, ErrorCode::ModelPreprocessor);
}

/// Where both are there transformers (5.24, get_image_processor_dict) takes what is nested in the joint one.
void ModelTest::prefersNestedProcessor()
{
    auto files = tinyFiles();
    files.preprocessor["resample"] = 1;
    files.writeTo(directory());
    auto other = files.preprocessor;
    other["resample"] = 3;
    const auto joint = directory() / "processor_config.json";
    const auto resample = [this]() -> std::optional<Resample> {
        const auto model = ModelDirectory::open(directory());
        return model.ok() ? std::optional((*model)->spec().preprocess.resample) : std::nullopt;
    };
    QVERIFY(resample() == Resample::Lanczos);
    writeFile(joint, json{{"image_processor", other}}.dump());
    QVERIFY(resample() == Resample::Bicubic);
    writeFile(joint, json{{"processor_class", "ViTProcessor"}}.dump()); // nothing nested: as older versions wrote it
    QVERIFY(resample() == Resample::Lanczos);
    writeFile(joint, json{{"image_processor", 1}}.dump());
    QVERIFY(!resample());
    writeFile(joint, "{");
    QVERIFY(!resample());
}

void ModelTest::leavesOtherTensorsOut()
{
    auto files = tinyFiles();
    const auto count = files.tensors.size();
    files.tensors["vit.pooler.dense.weight"] = {"F32", {16, 16}, std::string(1024, '\xff')}; // NaN, but nobody asks
    files.tensors["vit.layers.0"] = {"F32", {1}, std::string(4, '\0')};
    files.tensors["vit.layers.x.mlp"] = {"F32", {1}, std::string(4, '\0')};
    const auto model = open(files);
    QVERIFY2(model.ok(), problem(model).constData());
    QCOMPARE((*model)->spec().tensors.size(), count);

    files = tinyFiles();
    files.config["qkv_bias"] = false;
    const auto unbiased = open(files);
    QVERIFY(unbiased.ok());
    QCOMPARE((*unbiased)->spec().tensors.size(), count - 6);
}

void ModelTest::readsHalfPrecision()
{
    auto files = tinyFiles();
    for (auto& [name, tensor] : files.tensors) {
        tensor.dtype = name.starts_with("vit.") ? "BF16" : "F16";
        tensor.bytes.assign(tensor.bytes.size() / 2, '\1');
    }
    const auto model = open(files);
    QVERIFY2(model.ok(), problem(model).constData());
    QVERIFY((*model)->spec().tensors.at("classifier.bias").dtype == DType::F16);
}

/// What a config.json leaves out is as in ViTConfig: a ViT-B/16 with two labels.
void ModelTest::fillsInDefaults()
{
    auto files = tinyFiles();
    files.config = {{"model_type", "vit"}};
    files.preprocessor = json::object();
    const auto model = open(files);
    QVERIFY(!model.ok());
    QCOMPARE(model.error().code, ErrorCode::ModelShape); // the file's tensors are the tiny ones
    QVERIFY(model.error().detail.find("expected [1, 1, 768]") != std::string::npos);

    files = tinyFiles();
    files.config.erase("id2label");
    files.config["num_labels"] = 7;
    const auto numbered = open(files);
    QVERIFY2(numbered.ok(), problem(numbered).constData());
    QCOMPARE((*numbered)->spec().config.labels[6], std::string("LABEL_6"));
    files.config.erase("num_labels");
    QVERIFY(open(files).error().detail.ends_with("7 outputs, 2 names"));
}

void ModelTest::problemTypes_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<int>("labels");
    QTest::addColumn<int>("expected");
    const auto row = [](const char* type, int labels, ProblemType expected) {
        QTest::addRow("%s, %d labels", type, labels) << QByteArray(type) << labels << static_cast<int>(expected);
    };
    row("null", 7, ProblemType::SingleLabel);
    row("null", 1, ProblemType::MultiLabel);
    row("\"single_label_classification\"", 7, ProblemType::SingleLabel);
    row("\"single_label_classification\"", 1, ProblemType::MultiLabel);
    row("\"multi_label_classification\"", 7, ProblemType::MultiLabel);
    row("\"regression\"", 1, ProblemType::Regression);
}

void ModelTest::problemTypes()
{
    QFETCH(const QByteArray, type);
    QFETCH(const int, labels);
    QFETCH(const int, expected);
    auto files = tinyFiles();
    files.config["problem_type"] = json::parse(type.constData());
    files.setLabels(static_cast<std::size_t>(labels));
    for (const char* name : {"classifier.weight", "classifier.bias"}) {
        auto& tensor = files.tensors.at(name);
        tensor.bytes.resize(tensor.bytes.size() / 7 * static_cast<std::size_t>(labels));
        tensor.shape[0] = labels;
    }
    const auto model = open(files);
    QVERIFY2(model.ok(), problem(model).constData());
    QCOMPARE(static_cast<int>((*model)->spec().config.problemType), expected);
}

void ModelTest::activations_data()
{
    QTest::addColumn<std::string>("name");
    QTest::addColumn<int>("expected");
    const auto row = [](const char* name, Activation activation) {
        QTest::newRow(name) << std::string(name) << static_cast<int>(activation);
    };
    row("gelu", Activation::Gelu);
    row("gelu_new", Activation::GeluNew);
    row("gelu_pytorch_tanh", Activation::GeluTanh);
    row("quick_gelu", Activation::QuickGelu);
    row("relu", Activation::Relu);
    row("silu", Activation::Silu);
    row("swish", Activation::Silu);
}

void ModelTest::activations()
{
    QFETCH(const std::string, name);
    QFETCH(const int, expected);
    auto files = tinyFiles();
    files.config["hidden_act"] = name;
    const auto model = open(files);
    QVERIFY2(model.ok(), problem(model).constData());
    QCOMPARE(static_cast<int>((*model)->spec().config.activation), expected);
}

QTEST_GUILESS_MAIN(ModelTest)
#include "tst_model.moc"
