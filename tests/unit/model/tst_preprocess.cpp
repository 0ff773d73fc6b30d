// SPDX-License-Identifier: GPL-3.0-or-later
// preprocessor_config.json: what is honoured, passed over and refused.
#include "agent/model/model_limits.h"
#include "agent/model/preprocess_config.h"

#include <QtTest>
#include <nlohmann/json.hpp>

using namespace vitfleet;
using nlohmann::json;

namespace {

Result<Preprocess> read(const char* text, std::uint32_t height = 224, std::uint32_t width = 224)
{
    VitConfig config;
    config.imageHeight = height;
    config.imageWidth = width;
    return readPreprocess(json::parse(text), "p", config);
}

} // namespace

class PreprocessTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void defaults();
    void defaultsOfEachProcessor_data();
    void defaultsOfEachProcessor();
    void everyField();
    void accepts_data();
    void accepts();
    void refuses_data();
    void refuses();
    void sizeLimit();
};

void PreprocessTest::defaults()
{
    const auto preprocess = read("{}");
    QVERIFY(preprocess.ok());
    QVERIFY(preprocess->resize && preprocess->rescale && preprocess->normalize && !preprocess->centerCrop);
    QCOMPARE(preprocess->resizeHeight, 224U);
    QCOMPARE(preprocess->resizeWidth, 224U);
    QCOMPARE(preprocess->shortestEdge, 0U);
    QVERIFY(preprocess->resample == Resample::Bilinear);
    QCOMPARE(preprocess->rescaleFactor, 1.0 / 255.0);
    QCOMPARE(preprocess->mean, (std::array<double, 3>{0.5, 0.5, 0.5}));
    QCOMPARE(preprocess->std, (std::array<double, 3>{0.5, 0.5, 0.5}));
}

/// The class attributes of the processors in transformers 5.24 (models/*/image_processing_pil_*.py).
void PreprocessTest::defaultsOfEachProcessor_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<int>("resample");
    QTest::addColumn<quint32>("height");
    QTest::addColumn<quint32>("shortestEdge");
    QTest::addColumn<bool>("centerCrop");
    QTest::addColumn<double>("firstMean");
    const auto row = [](const char* type, int resample, quint32 height, quint32 edge, bool crop, double mean) {
        QTest::newRow(type) << QByteArray(type) << resample << height << edge << crop << mean;
    };
    row("ViTImageProcessor", 2, 224, 0, false, 0.5);
    row("ViTFeatureExtractor", 2, 224, 0, false, 0.5);
    row("DeiTImageProcessor", 3, 256, 0, true, 0.5);
    row("DeiTImageProcessorFast", 3, 256, 0, true, 0.5);
    row("DeiTFeatureExtractor", 3, 256, 0, true, 0.5);
    row("BeitImageProcessor", 3, 224, 0, false, 0.5);
    row("BeitImageProcessorPil", 3, 224, 0, false, 0.5);
    row("BitImageProcessor", 3, 0, 224, true, 0.48145466);
    row("", 2, 224, 0, false, 0.5);
    row("deit", 3, 256, 0, true, 0.5);
    row("dinov2", 3, 0, 224, true, 0.48145466);
    row("dinov2_with_registers", 3, 0, 224, true, 0.48145466);
}

void PreprocessTest::defaultsOfEachProcessor()
{
    QFETCH(const QByteArray, type);
    QFETCH(const int, resample);
    QFETCH(const quint32, height);
    QFETCH(const quint32, shortestEdge);
    QFETCH(const bool, centerCrop);
    QFETCH(const double, firstMean);
    VitConfig config;
    config.modelType = "vit";
    json object = json::object();
    if (type.endsWith("or") || type.endsWith("Fast") || type.endsWith("Pil"))
        object[type.endsWith("Extractor") ? "feature_extractor_type" : "image_processor_type"] = type.toStdString();
    else if (!type.isEmpty())
        config.modelType = type.toStdString(); // no type in the file: the family's
    const auto preprocess = readPreprocess(object, "p", config);
    QVERIFY2(preprocess.ok(), preprocess.ok() ? "" : preprocess.error().detail.c_str());
    QCOMPARE(static_cast<int>(preprocess->resample), resample);
    QCOMPARE(preprocess->resizeHeight, height);
    QCOMPARE(preprocess->shortestEdge, shortestEdge);
    QCOMPARE(preprocess->centerCrop, centerCrop);
    QCOMPARE(preprocess->mean[0], firstMean);
    QCOMPARE(outputSize(*preprocess), (std::pair<std::uint32_t, std::uint32_t>{224, 224}));
}

void PreprocessTest::everyField()
{
    const auto preprocess = read(R"({"image_processor_type":"ViTImageProcessorFast","do_resize":true,
        "size":{"shortest_edge":256},"resample":3,"do_center_crop":true,"crop_size":{"height":192,"width":160},
        "do_rescale":true,"rescale_factor":0.5,"do_normalize":true,"image_mean":[0.485,0.456,0.406],
        "image_std":[0.229,0.224,0.225]})",
                                 192, 160);
    QVERIFY2(preprocess.ok(), preprocess.ok() ? "" : preprocess.error().detail.c_str());
    QCOMPARE(preprocess->shortestEdge, 256U);
    QVERIFY(preprocess->resample == Resample::Bicubic);
    QVERIFY(preprocess->centerCrop);
    QCOMPARE(preprocess->cropHeight, 192U);
    QCOMPARE(preprocess->cropWidth, 160U);
    QCOMPARE(preprocess->rescaleFactor, 0.5);
    QCOMPARE(preprocess->mean, (std::array<double, 3>{0.485, 0.456, 0.406}));
    QCOMPARE(preprocess->std, (std::array<double, 3>{0.229, 0.224, 0.225}));

    const auto off = read(R"({"do_rescale":false,"do_normalize":false,"image_mean":0.25,"resample":0})");
    QVERIFY(off.ok());
    QVERIFY(!off->rescale && !off->normalize);
    QVERIFY(off->resample == Resample::Nearest);
    QCOMPARE(off->mean, (std::array<double, 3>{0.25, 0.25, 0.25}));
}

void PreprocessTest::accepts_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* name, const char* text) { QTest::newRow(name) << QByteArray(text); };
    row("feature extractor of old", R"({"feature_extractor_type":"ViTFeatureExtractor","size":224})");
    row("both types", R"({"feature_extractor_type":"ViTFeatureExtractor","image_processor_type":"ViTImageProcessor"})");
    row("Pil", R"({"image_processor_type":"ViTImageProcessorPil"})");
    row("Fast", R"({"image_processor_type":"ViTImageProcessorFast"})");
    row("size as a number", R"({"size":224})");
    row("size as a list", R"({"size":[224,224]})");
    row("size with keys that are null",
        R"({"size":{"height":224,"width":224,"shortest_edge":null,"longest_edge":null,"max_height":null}})");
    row("shortest edge by default, then cropped",
        R"({"size":256,"default_to_square":false,"do_center_crop":true,"crop_size":224})");
    row("cropped without a resize", R"({"do_resize":false,"do_center_crop":true,"crop_size":224})");
    row("null fields", R"({"do_resize":null,"size":null,"resample":null,"do_center_crop":null,"crop_size":null,
        "do_rescale":null,"rescale_factor":null,"do_normalize":null,"image_mean":null,"image_std":null,
        "do_pad":null,"pad_size":null,"image_processor_type":null})");
    row("what is false or null", R"({"do_pad":false,"do_reduce_labels":false,"anything":null})");
    row("transport", R"({"device":"cpu","return_tensors":"pt","data_format":"channels_first",
        "input_data_format":"channels_last","disable_grouping":true,"_processor_class":"X",
        "_valid_processor_keys":["images"],"do_convert_rgb":true,"processor_class":"ViTProcessor"})");
    row("crop that is off", R"({"do_center_crop":false,"crop_size":{"height":100,"width":100}})");
}

void PreprocessTest::accepts()
{
    QFETCH(const QByteArray, text);
    const auto preprocess = read(text.constData());
    QVERIFY2(preprocess.ok(), preprocess.ok() ? "" : preprocess.error().detail.c_str());
}

void PreprocessTest::refuses_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<std::string>("says");
    const auto row = [](const char* name, const char* text, const char* says) {
        QTest::newRow(name) << QByteArray(text) << std::string(says);
    };
    row("another processor", R"({"image_processor_type":"CLIPImageProcessor"})", "\"CLIPImageProcessor\"");
    row("another extractor", R"({"feature_extractor_type":"ConvNextFeatureExtractor"})", "ConvNextFeatureExtractor");
    row("type is a number", R"({"image_processor_type":3})", "not a string");
    row("padding", R"({"do_pad":true})", "\"do_pad\" is not supported");
    row("unknown and active", R"({"crop_pct":0.875})", "\"crop_pct\"");
    row("custom code", R"({"auto_map":{"AutoImageProcessor":"x.Y"}})", "\"auto_map\"");
    row("flag is a number", R"({"do_resize":1})", "do_resize is neither");
    row("longest edge", R"({"size":{"longest_edge":224}})", "size is neither");
    row("shortest and longest edge", R"({"size":{"shortest_edge":224,"longest_edge":300}})", "size is neither");
    row("height alone", R"({"size":{"height":224}})", "size is neither");
    row("size is a string", R"({"size":"224"})", "not a whole number");
    row("size negative", R"({"size":-224})", "not a whole number");
    row("size is a fraction", R"({"size":{"height":224.5,"width":224}})", "not a whole number");
    row("size zero", R"({"size":0})", "possible are 1");
    row("list of three", R"({"size":[224,224,3]})", "list of 3");
    row("resample 6", R"({"resample":6})", "possible are 0 to 5");
    row("two means", R"({"image_mean":[0.5,0.5]})", "2 entries instead of 3");
    row("mean of strings", R"({"image_mean":["a","b","c"]})", "not a number");
    row("mean too large", R"({"image_mean":[1e7,0,0]})", "image_mean is");
    row("deviation zero", R"({"image_std":[0.5,0,0.5]})", "zero");
    row("factor is a string", R"({"rescale_factor":"1/255"})", "not a number");
    row("shape decides", R"({"size":{"shortest_edge":224}})", "own shape would decide");
    row("no size at all", R"({"do_resize":false})", "own shape would decide");
    row("crop without a size", R"({"do_center_crop":true})", "without crop_size");
    row("crop by its shortest edge", R"({"do_center_crop":true,"crop_size":{"shortest_edge":224}})",
        "without crop_size");
    row("not the model's size", R"({"size":384})", "384 high and 384 wide, the model's image_size is 224 by 224");
    row("crop not the model's size", R"({"do_center_crop":true,"crop_size":200})", "200 high");
    row("the sides exchanged", R"({"size":[224,225]})", "224 high and 225 wide");
}

void PreprocessTest::refuses()
{
    QFETCH(const QByteArray, text);
    QFETCH(const std::string, says);
    const auto preprocess = read(text.constData());
    QVERIFY(!preprocess.ok());
    QCOMPARE(preprocess.error().code, ErrorCode::ModelPreprocessor);
    QVERIFY2(preprocess.error().detail.find(says) != std::string::npos, preprocess.error().detail.c_str());
}

void PreprocessTest::sizeLimit()
{
    const auto sized = [](std::uint32_t side) {
        return read(json{{"size", side}, {"do_center_crop", true}, {"crop_size", 224}}.dump().c_str()).ok();
    };
    QVERIFY(sized(limits::maxModelSide));
    QVERIFY(!sized(limits::maxModelSide + 1));
}

QTEST_GUILESS_MAIN(PreprocessTest)
#include "tst_preprocess.moc"
