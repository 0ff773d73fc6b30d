// SPDX-License-Identifier: GPL-3.0-or-later
// DeiT and DINOv2 against transformers; ViT itself is in tst_torch.cpp.
#include "tests/unit/model/hashed_model.h"
#include "tests/unit/torch/reference.h"
#include "tests/unit/torch/torch_module.h"

#include <QtTest>
#include <cstring>
#include <nlohmann/json.hpp>

using namespace vitfleet;
using namespace vitfleet::tests;

namespace {

struct Family
{
    const char* name; ///< "hashed-NAME.json" holds the reference
    VitConfig config;
};

std::vector<Family> families()
{
    return {
        {"deit", tinyDeitConfig(false)},
        {"deit-teacher", tinyDeitConfig(true)},
        {"dinov2", tinyDinoConfig(0, false)},
        {"dinov2-swiglu", tinyDinoConfig(0, true)},
        {"dinov2-larger", tinyDinoConfig(0, false, 29, 25)},
        {"dinov2-smaller", tinyDinoConfig(0, false, 12, 12)},
        {"dinov2-registers", tinyDinoConfig(3, false)},
        {"dinov2-registers-larger", tinyDinoConfig(3, false, 29, 25)},
        {"dinov2-registers-smaller", tinyDinoConfig(3, true, 12, 12)},
    };
}

} // namespace

class FamiliesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { leavePath(); }

    void matchesTransformers_data() { addRows(); }
    void matchesTransformers();
    void resultsDoNotDependOnTheBatch_data() { addRows(); }
    void resultsDoNotDependOnTheBatch();

private:
    static void addRows();
};

void FamiliesTest::addRows()
{
    QTest::addColumn<std::size_t>("index");
    QTest::addColumn<int>("path");
    const auto all = families();
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (int path = 0; path < static_cast<int>(std::size(enginePaths)); ++path)
            QTest::addRow("%s, %s", all[i].name, enginePaths[path].name) << i << path;
    }
}

void FamiliesTest::matchesTransformers()
{
    QFETCH(const std::size_t, index);
    QFETCH(const int, path);
    takePath(enginePaths[path]);
    const Family family = families()[index];
    const HashedModel model(family.config);
    const auto reference = readGolden(std::string("hashed-") + family.name + ".json");
    const auto theirs = reference.at("logits").get<std::vector<std::vector<float>>>();
    std::vector<Picture> pictures;
    for (std::size_t i = 0; i < theirs.size(); ++i)
        pictures.push_back(hashedPicture(family.config, i));
    const auto ours = classifyAll(*enteredBackend(model.spec()), pictures);
    qInfo("largest deviation %.1e", largestDeviation(ours, theirs));
    QCOMPARE(compareLogits(ours, theirs), std::string());
}

/// Each picture at every place of a full batch, with other neighbours each time: the same bits as alone.
void FamiliesTest::resultsDoNotDependOnTheBatch()
{
    QFETCH(const std::size_t, index);
    QFETCH(const int, path);
    takePath(enginePaths[path]);
    const VitConfig config = families()[index].config;
    const HashedModel model(config);
    const auto backend = enteredBackend(model.spec());
    const std::size_t batch = backend->info().preferredBatch;
    std::vector<Picture> pictures;
    for (std::size_t i = 0; i < 5; ++i)
        pictures.push_back(hashedPicture(config, i));
    const auto alone = classifyAlone(*backend, pictures);
    for (std::size_t shift = 0; shift < pictures.size(); ++shift) {
        std::vector<const Picture*> items;
        for (std::size_t place = 0; place < batch; ++place)
            items.push_back(&pictures[(place + shift) % pictures.size()]);
        const auto logits = classify(*backend, 0, items);
        for (std::size_t place = 0; place < batch; ++place) {
            const auto& expected = alone[(place + shift) % pictures.size()];
            QVERIFY2(std::memcmp(&logits[place * expected.size()], expected.data(), expected.size() * sizeof(float)) ==
                         0,
                     qPrintable(QStringLiteral("place %1 of %2").arg(place).arg(batch)));
        }
    }
}

QTEST_GUILESS_MAIN(FamiliesTest)
#include "tst_families.moc"
