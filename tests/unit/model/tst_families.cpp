// SPDX-License-Identifier: GPL-3.0-or-later
// The configurations of DeiT and DINOv2, and their tensors' names.
#include "agent/model/expected_tensors.h"
#include "agent/model/model_limits.h"
#include "agent/model/vit_config.h"
#include "shared/base/model_families.h"
#include "tests/unit/model/hashed_model.h"

#include <QtTest>
#include <nlohmann/json.hpp>

using namespace vitfleet;
using namespace vitfleet::tests;
using nlohmann::json;

namespace {

Result<VitConfig> read(const json& object)
{
    return readVitConfig(json::parse(object.dump()), "c"); // as from a file: whole numbers are unsigned
}

} // namespace

class FamiliesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void deit();
    void dinov2();
    void registers();
    void architectures();
    void swiGluWidths_data();
    void swiGluWidths();
    void refuses_data();
    void refuses();
    void inputSizes();
    void namesInMemory_data();
    void namesInMemory();
    void splitsGateAndUp();
    void everyFamilyIsNamed();
};

void FamiliesTest::deit()
{
    const auto config = read({{"model_type", "deit"}});
    QVERIFY(config.ok());
    QVERIFY(config->distillationToken);
    QVERIFY(config->head == Head::ClassToken);
    QCOMPARE(config->patchHeight, 16U);
    QCOMPARE(config->layerNormEps, 1e-12);
    QCOMPARE(leadingTokens(*config), 2U);
    QCOMPARE(tokenCount(*config), 198U);
    QVERIFY(!takesAnyInputSize(*config));
    const auto teacher = read({{"model_type", "deit"}, {"architectures", {"DeiTForImageClassificationWithTeacher"}}});
    QVERIFY(teacher.ok());
    QVERIFY(teacher->head == Head::ClassAndDistillation);
}

/// Dinov2Config's defaults.
void FamiliesTest::dinov2()
{
    const auto config = read({{"model_type", "dinov2"}});
    QVERIFY(config.ok());
    QCOMPARE(config->patchHeight, 14U);
    QCOMPARE(config->layerNormEps, 1e-6);
    QCOMPARE(config->intermediateSize, 3072U);
    QCOMPARE(config->registerTokens, 0U);
    QVERIFY(config->layerScale);
    QVERIFY(!config->swiGlu);
    QVERIFY(config->head == Head::ClassAndPatchMean);
    QVERIFY(config->activation == Activation::Gelu);
    QVERIFY(!config->antialiasPositions);
    QVERIFY(takesAnyInputSize(*config));
    QCOMPARE(tokenCount(*config), 257U);
}

void FamiliesTest::registers()
{
    const auto config = read({{"model_type", "dinov2_with_registers"}});
    QVERIFY(config.ok());
    QCOMPARE(config->patchHeight, 16U);
    QCOMPARE(config->registerTokens, 4U);
    QVERIFY(config->antialiasPositions);
    QCOMPARE(tokenCount(*config), 201U);
    const auto withRegisters = [](std::uint32_t count) {
        return read({{"model_type", "dinov2_with_registers"}, {"num_register_tokens", count}});
    };
    QVERIFY(withRegisters(limits::maxRegisterTokens).ok());
    const auto tooMany = withRegisters(limits::maxRegisterTokens + 1);
    QCOMPARE(tooMany.error().code, ErrorCode::ModelConfig);
    QVERIFY(tooMany.error().detail.find("num_register_tokens is 1025") != std::string::npos);
}

/// The first that is read counts.
void FamiliesTest::architectures()
{
    const json list{"DeiTModel", "DeiTForImageClassificationWithTeacher", "DeiTForImageClassification"};
    const auto config = read({{"model_type", "deit"}, {"architectures", list}});
    QVERIFY(config.ok());
    QVERIFY(config->head == Head::ClassAndDistillation);
    QCOMPARE(read({{"model_type", "dinov2"}, {"architectures", {"Dinov2Model"}}}).error().code, ErrorCode::ModelType);
    QCOMPARE(read({{"model_type", "vit"}, {"architectures", {"DeiTForImageClassification"}}}).error().code,
             ErrorCode::ModelType);
}

/// As Dinov2SwiGLUFFN of transformers: (int(int(hidden × ratio) × 2 / 3) + 7) // 8 × 8.
void FamiliesTest::swiGluWidths_data()
{
    QTest::addColumn<int>("hidden");
    QTest::addColumn<double>("ratio");
    QTest::addColumn<unsigned>("width");
    QTest::newRow("giant") << 1536 << 4.0 << 4096U;
    QTest::newRow("tiny") << 16 << 4.0 << 48U;
    QTest::newRow("fraction") << 24 << 2.5 << 40U;
}

void FamiliesTest::swiGluWidths()
{
    QFETCH(const int, hidden);
    QFETCH(const double, ratio);
    QFETCH(const unsigned, width);
    const auto config = read({{"model_type", "dinov2"},
                              {"hidden_size", hidden},
                              {"num_attention_heads", 2},
                              {"mlp_ratio", ratio},
                              {"use_swiglu_ffn", true},
                              {"hidden_act", "of no account"}});
    QVERIFY2(config.ok(), config.ok() ? "" : config.error().detail.c_str());
    QCOMPARE(config->intermediateSize, width);
    QVERIFY(config->activation == Activation::Silu);
}

void FamiliesTest::refuses_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* text, const char* says) {
        QTest::newRow(name) << QByteArray(text) << QByteArray(says);
    };
    row("no width", R"({"model_type":"dinov2","mlp_ratio":0})", "mlp_ratio");
    row("negative width", R"({"model_type":"dinov2","mlp_ratio":-4})", "mlp_ratio");
    row("ratio is a text", R"({"model_type":"dinov2","mlp_ratio":"4"})", "mlp_ratio is not a number");
    row("too wide", R"({"model_type":"dinov2","mlp_ratio":1000})", "mlp_ratio is not within");
    row("negative registers", R"({"model_type":"dinov2_with_registers","num_register_tokens":-1})", "whole number");
    row("an activation", R"({"model_type":"dinov2","hidden_act":"mish"})", "mish");
}

void FamiliesTest::refuses()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QByteArray, says);
    const auto config = read(json::parse(text.toStdString()));
    QVERIFY(!config.ok());
    QCOMPARE(config.error().code, ErrorCode::ModelConfig);
    QVERIFY2(config.error().detail.find(says.toStdString()) != std::string::npos, config.error().detail.c_str());
}

void FamiliesTest::inputSizes()
{
    const auto base = *read({{"model_type", "dinov2"}, {"image_size", 518}});
    auto config = base;
    QVERIFY(setInputSize(config, 518, 518, "c").ok());
    QCOMPARE(config.storedPositions, 0U);
    QVERIFY(setInputSize(config, 224, 224, "c").ok());
    QCOMPARE(config.storedPositions, 37U * 37U);
    QCOMPARE(config.imageHeight, 224U);
    QCOMPARE(tokenCount(config), 257U);
    config = base;
    QVERIFY(setInputSize(config, 224, 448, "c").ok());
    QCOMPARE(patchCount(config), 512U);
    config = base;
    QCOMPARE(setInputSize(config, 13, 224, "c").error().code, ErrorCode::ModelConfig);
    config = base;
    config.patchHeight = config.patchWidth = 1;
    const auto tooMany = setInputSize(config, 256, 256, "c"); // 65,536 patches and the class token
    QCOMPARE(tooMany.error().code, ErrorCode::ModelConfig);
    QCOMPARE(tooMany.error().detail, "c: " + std::to_string(limits::maxTokens + 1) +
                                         " tokens a picture, the limit is " + std::to_string(limits::maxTokens));
    QVERIFY(setInputSize(config, 255, 256, "c").ok());
    // Positions that are no square.
    config = *read({{"model_type", "dinov2"}, {"image_size", {28, 42}}});
    QCOMPARE(setInputSize(config, 28, 42, "c").error().code, ErrorCode::ModelConfig);
}

void FamiliesTest::namesInMemory_data()
{
    QTest::addColumn<std::string>("memory");
    QTest::addColumn<std::string>("file");
    const auto row = [](const std::string& memory, const std::string& file) {
        QTest::newRow(memory.c_str()) << memory << file;
    };
    row("deit.layers.11.attention.q_proj.weight", "deit.encoder.layer.11.attention.attention.query.weight");
    row("deit.layers.0.mlp.fc2.bias", "deit.encoder.layer.0.output.dense.bias");
    row("deit.layers.0.layernorm_after.bias", "deit.encoder.layer.0.layernorm_after.bias");
    row("dinov2.encoder.layer.3.attention.o_proj.bias", "dinov2.encoder.layer.3.attention.output.dense.bias");
    row("dinov2.encoder.layer.3.mlp.fc1.bias", "dinov2.encoder.layer.3.mlp.fc1.bias");
    row("dinov2_with_registers.encoder.layer.3.mlp.weights_out.weight",
        "dinov2_with_registers.encoder.layer.3.mlp.down_proj.weight");
    row("dinov2.layernorm.bias", "dinov2.layernorm.bias");
    row("vit.layers.7", "vit.layers.7");
    row("classifier.bias", "classifier.bias");
}

void FamiliesTest::namesInMemory()
{
    QFETCH(const std::string, memory);
    QFETCH(const std::string, file);
    QCOMPARE(savedName(memory), file);
}

void FamiliesTest::splitsGateAndUp()
{
    const std::vector<float> values{1, 2, 3, 4, 5, 6, 7, 8};
    const TensorView joint{DType::F32, {4, 2}, reinterpret_cast<const std::byte*>(values.data()), 32};
    const auto parts = splitTensor("dinov2.encoder.layer.0.mlp.weights_in.weight", joint);
    QCOMPARE(parts.size(), std::size_t{2});
    QCOMPARE(parts[0].first, std::string("dinov2.encoder.layer.0.mlp.gate_proj.weight"));
    QCOMPARE(parts[1].first, std::string("dinov2.encoder.layer.0.mlp.up_proj.weight"));
    QCOMPARE(parts[1].second.shape, (std::vector<std::int64_t>{2, 2}));
    QCOMPARE(parts[1].second.bytes, std::size_t{16});
    QCOMPARE(reinterpret_cast<const float*>(parts[1].second.data)[0], 5.0F);
    const TensorView odd{DType::F32, {3, 2}, joint.data, 24};
    QCOMPARE(splitTensor("x.mlp.weights_in.weight", odd).size(), std::size_t{1});
    QCOMPARE(splitTensor("x.mlp.weights_out.weight", joint).size(), std::size_t{1});
}

void FamiliesTest::everyFamilyIsNamed()
{
    const auto refused = read({{"model_type", "beit"}});
    QCOMPARE(refused.error().code, ErrorCode::ModelType);
    QVERIFY(refused.error().detail.find("\"beit\"") != std::string::npos);
    for (const ModelFamily& family : modelFamilies) {
        QVERIFY(refused.error().detail.find(std::string(family.modelType) + " (") != std::string::npos);
        QVERIFY(read({{"model_type", family.modelType}}).ok());
    }
}

QTEST_GUILESS_MAIN(FamiliesTest)
#include "tst_families.moc"
