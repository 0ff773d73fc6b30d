// SPDX-License-Identifier: GPL-3.0-or-later
// Against transformers at full size: a ViT-B/16 of hashed weights, and the demo model with its real pictures.
#include "agent/model/model_directory.h"
#include "shared/digest/digest.h"
#include "tests/unit/model/hashed_model.h"
#include "tests/unit/torch/reference.h"
#include "tests/unit/torch/torch_module.h"

#include <QtTest>
#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

using namespace vitfleet;
using namespace vitfleet::tests;

namespace {

constexpr std::size_t demoPictures = 32;

std::filesystem::path demoModel()
{
    return std::filesystem::path(VITFLEET_SOURCE_DIR) / "resources" / "models" / "fashion-mnist-vit";
}

/// Grey 28×28, repeated in three channels.
std::vector<Picture> readDemoPictures()
{
    std::ifstream file(goldenPath("demo-pictures.bin"), std::ios::binary);
    std::vector<char> grey{std::istreambuf_iterator<char>(file), {}};
    std::vector<Picture> pictures;
    for (std::size_t i = 0; i + 784 <= grey.size(); i += 784) {
        Picture picture;
        for (std::size_t pixel = 0; pixel < 784; ++pixel)
            picture.insert(picture.end(), 3, static_cast<std::uint8_t>(grey[i + pixel]));
        pictures.push_back(std::move(picture));
    }
    return pictures;
}

} // namespace

class GoldenTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void baseModel();
    void demoModelMatches();
};

void GoldenTest::baseModel()
{
    const HashedModel model(baseConfig());
    const auto theirs = readGolden("hashed-base.json").at("logits").get<std::vector<std::vector<float>>>();
    const auto backend = enteredBackend(model.spec());
    std::vector<Picture> pictures;
    for (std::size_t i = 0; i < theirs.size(); ++i)
        pictures.push_back(hashedPicture(model.spec().config, i));
    const auto ours = classifyAlone(*backend, pictures);
    qInfo("largest deviation %.1e", largestDeviation(ours, theirs));
    QCOMPARE(compareLogits(ours, theirs), std::string());

    // The same pictures in one full batch, each at several places: the same bits.
    const std::size_t batch = backend->info().preferredBatch;
    QCOMPARE(batch, std::size_t{4});
    std::vector<const Picture*> items;
    for (std::size_t place = 0; place < batch; ++place)
        items.push_back(&pictures[place % pictures.size()]);
    const auto logits = classify(*backend, 0, items);
    for (std::size_t place = 0; place < batch; ++place) {
        const auto& alone = ours[place % pictures.size()];
        QVERIFY2(std::memcmp(&logits[place * alone.size()], alone.data(), alone.size() * sizeof(float)) == 0,
                 qPrintable(QStringLiteral("place %1 of %2").arg(place).arg(batch)));
    }
}

void GoldenTest::demoModelMatches()
{
    const bool haveModel = std::filesystem::exists(demoModel() / "model.safetensors");
    const bool haveReference = std::filesystem::exists(goldenPath("demo.json"));
    if (!haveModel && !haveReference)
        QSKIP("the demo model has not been made yet");
    QVERIFY2(haveModel, "the demo model is missing in resources/models");
    QVERIFY2(haveReference, "run tests/tools/make_golden.py demo");
    const auto reference = readGolden("demo.json");
    const auto sha = digest::sha256OfFile(demoModel() / "model.safetensors");
    QVERIFY(sha.ok());
    QVERIFY2(digest::toHex(*sha) == reference.at("model_sha256").get<std::string>(),
             "the demo model is not the one that the reference was made with: run tests/tools/make_golden.py demo");

    const auto model = ModelDirectory::open(demoModel());
    QVERIFY2(model.ok(), model.ok() ? "" : describe(model.error()).c_str());
    const auto pictures = readDemoPictures();
    QCOMPARE(pictures.size(), demoPictures);
    const auto backend = enteredBackend((*model)->spec());
    const auto ours = classifyAll(*backend, pictures);
    const auto theirs = reference.at("logits").get<std::vector<std::vector<float>>>();
    qInfo("largest deviation %.1e", largestDeviation(ours, theirs));
    QCOMPARE(compareLogits(ours, theirs), std::string());

    // And they mean something: a model with its outputs in another order would also match itself.
    const auto labels = reference.at("labels").get<std::vector<std::size_t>>();
    std::size_t right = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const auto best = std::ranges::max_element(ours[i]) - ours[i].begin();
        right += static_cast<std::size_t>(best) == labels[i] ? 1 : 0;
    }
    QVERIFY2(right >= 26, qPrintable(QStringLiteral("%1 of 32 right").arg(right)));
}

QTEST_GUILESS_MAIN(GoldenTest)
#include "tst_golden.moc"
