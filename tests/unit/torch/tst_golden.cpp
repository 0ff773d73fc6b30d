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
#include <memory>
#include <nlohmann/json.hpp>
#include <zlib.h>

using namespace vitfleet;
using namespace vitfleet::tests;

namespace {

constexpr std::size_t demoPictures = 32;

std::filesystem::path demoModel()
{
    return std::filesystem::path(VITFLEET_SOURCE_DIR) / "resources" / "models" / "fashion-mnist-vit";
}

/// Grey 28×28, repeated in three channels.
std::vector<Picture> readGrey(const std::filesystem::path& path, std::size_t header)
{
    std::vector<char> grey;
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(::gzopen(path.c_str(), "rb"), &::gzclose); // or not packed
    char piece[1 << 16];
    for (int count = 1; file && count > 0;) {
        count = ::gzread(file.get(), piece, sizeof(piece));
        grey.insert(grey.end(), piece, piece + std::max(count, 0));
    }
    std::vector<Picture> pictures;
    for (std::size_t i = header; i + 784 <= grey.size(); i += 784) {
        Picture picture;
        for (std::size_t pixel = 0; pixel < 784; ++pixel)
            picture.insert(picture.end(), 3, static_cast<std::uint8_t>(grey[i + pixel]));
        pictures.push_back(std::move(picture));
    }
    return pictures;
}

/// The demo's test pictures: an IDX file of grey 28×28. Empty where they are not in the tree.
std::vector<Picture> readTestPictures()
{
    const auto path = std::filesystem::path(VITFLEET_SOURCE_DIR) / "resources" / "data" / "fashion-mnist" /
                      "t10k-images-idx3-ubyte.gz";
    return readGrey(path, 16);
}

std::size_t bestOf(std::span<const float> logits)
{
    return static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
}

} // namespace

class GoldenTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { leavePath(); }

    void baseModel_data();
    void baseModel();
    void demoModelMatches();
    void reducedPrecisionsAgree_data();
    void reducedPrecisionsAgree();

private:
    std::vector<std::size_t> m_exact; ///< answers in fp32 to the demo's test pictures
};

void GoldenTest::baseModel_data()
{
    QTest::addColumn<int>("path");
    for (int path = 0; path < static_cast<int>(std::size(enginePaths)); ++path)
        QTest::addRow("%s", enginePaths[path].name) << path;
}

void GoldenTest::baseModel()
{
    QFETCH(const int, path);
    takePath(enginePaths[path]);
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
    const auto pictures = readGrey(goldenPath("demo-pictures.bin"), 0);
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

void GoldenTest::reducedPrecisionsAgree_data()
{
    QTest::addColumn<int>("path");
    QTest::addColumn<std::string>("precision");
    QTest::addColumn<double>("floor");
    QTest::newRow("bf16") << 0 << std::string("bf16") << 0.995;
    QTest::newRow("int8") << 0 << std::string("int8") << 0.985;
    QTest::newRow("int8 of AVX2") << 1 << std::string("int8") << 0.985;
}

/// Trained weights and real pictures: with random ones agreement would mean nothing.
void GoldenTest::reducedPrecisionsAgree()
{
    QFETCH(const int, path);
    QFETCH(const std::string, precision);
    QFETCH(const double, floor);
    const auto pictures = readTestPictures();
    if (pictures.empty())
        QSKIP("the demo's test pictures are not in resources/data");
    QCOMPARE(pictures.size(), std::size_t{10'000});
    const auto model = ModelDirectory::open(demoModel());
    QVERIFY(model.ok());
    const auto answers = [&](const std::string& name) {
        std::vector<std::size_t> result;
        for (const auto& logits : classifyAll(*enteredBackend((*model)->spec(), name), pictures))
            result.push_back(bestOf(logits));
        return result;
    };
    if (m_exact.empty())
        m_exact = answers("fp32");
    takePath(enginePaths[path]);
    const auto offered = enteredBackend((*model)->spec())->info().precisions;
    if (std::ranges::find(offered, precision) == offered.end())
        QSKIP("this machine has no products of that type");
    const auto reduced = answers(precision);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < reduced.size(); ++i)
        equal += reduced[i] == m_exact[i] ? 1 : 0;
    qInfo("%zu of %zu as in fp32", equal, reduced.size());
    QVERIFY(static_cast<double>(equal) >= floor * static_cast<double>(reduced.size()));
}

QTEST_GUILESS_MAIN(GoldenTest)
#include "tst_golden.moc"
