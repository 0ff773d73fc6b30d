// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/data/files.h"
#include "tests/unit/data/tests.h"

#include "app/core/data/data_kinds.h"

#include <zlib.h>

using namespace vitfleet;
using namespace vitfleet::app;

namespace {

std::string bigEndian(std::uint32_t value)
{
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

std::string images(std::uint32_t count, std::uint32_t rows, std::uint32_t columns, std::uint32_t magic = 0x803)
{
    std::string file = bigEndian(magic) + bigEndian(count) + bigEndian(rows) + bigEndian(columns);
    for (std::uint32_t i = 0; i < count * rows * columns; ++i)
        file += static_cast<char>(i);
    return file;
}

std::string labels(const std::string& values, std::uint32_t magic = 0x801)
{
    return bigEndian(magic) + bigEndian(static_cast<std::uint32_t>(values.size())) + values;
}

std::string gzip(const std::string& content)
{
    const Folder folder;
    const std::string name = (folder / "x.gz").string();
    gzFile file = gzopen(name.c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
    std::ifstream in(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

constexpr const char* imagesName = "t-images-idx3-ubyte";
constexpr const char* labelsName = "t-labels-idx1-ubyte";

} // namespace

void TestIdx::plainAndCompressed()
{
    for (const bool compressed : {false, true}) {
        const Folder folder;
        const std::string suffix = compressed ? ".gz" : "";
        const std::string pictures = images(3, 2, 4), values = labels({'\7', '\0', '\xFF'});
        const fs::path file = folder.write(imagesName + suffix, compressed ? gzip(pictures) : pictures);
        folder.write(labelsName + suffix, compressed ? gzip(values) : values);
        const auto set = DataSet::open({file.string(), {}, 0});
        QVERIFY(set);
        QCOMPARE((*set)->kind(), std::string("idx"));
        QCOMPARE((*set)->root(), std::string()); // always sent as bytes
        QCOMPARE((*set)->path(), file.string());
        const Scanned scanned = scan(**set);
        QCOMPARE(scanned.items.size(), 3U);
        QCOMPARE(scanned.items[1].path, imagesName + suffix + "#1");
        QCOMPARE(scanned.items[0].expected, std::string("7"));
        QCOMPARE(scanned.items[2].expected, std::string("255"));
        const auto picture = (*set)->read(scanned.items[1], 0, 1000);
        QVERIFY(picture);
        QCOMPARE(asText(*picture), std::string("P5\n4 2\n255\n") + "\x8\x9\xA\xB\xC\xD\xE\xF");
        QCOMPARE(scanned.items[1].bytes, picture->size());
        QCOMPARE(asText(*(*set)->read(scanned.items[1], 11, 3)), std::string("\x8\x9\xA"));
        QCOMPARE(scan({file.string(), {}, 2}).items.size(), 2U);
    }
}

void TestIdx::withoutLabels()
{
    const Folder folder;
    const Scanned scanned = scan({folder.write(imagesName, images(2, 1, 1)).string(), {}, 0});
    QCOMPARE(scanned.items.size(), 2U);
    QCOMPARE(scanned.items[0].expected, std::string());
    // A name that says nothing is no obstacle: the content tells.
    QCOMPARE(scan({folder.write("pictures.bin", images(2, 1, 1)).string(), {}, 0}).items.size(), 2U);
    // The labels may be compressed where the images are not.
    folder.write(labelsName + std::string(".gz"), gzip(labels("ab")));
    QCOMPARE(scan({(folder / imagesName).string(), {}, 0}).items[0].expected, std::string("97"));
    QCOMPARE(scan({folder.write("empty-images-idx3-ubyte", images(0, 1, 1)).string(), {}, 0}).error.code,
             ErrorCode::DataEmpty);
}

void TestIdx::damagedFiles_data()
{
    QTest::addColumn<QByteArray>("pictures");
    QTest::addColumn<QByteArray>("values");
    const auto row = [](const char* name, const std::string& pictures, const std::string& values = labels("ab")) {
        QTest::newRow(name) << QByteArray::fromStdString(pictures) << QByteArray::fromStdString(values);
    };
    const std::string good = images(2, 2, 2);
    row("empty", "");
    row("half a header", good.substr(0, 9));
    row("another magic number", images(2, 2, 2, 0x903));
    row("labels named as images", labels("ab"));
    row("no rows", images(2, 0, 2));
    row("too many rows", bigEndian(0x803) + bigEndian(1) + bigEndian(70'000) + bigEndian(1));
    row("cut short", good.substr(0, good.size() - 1));
    row("one byte more", good + "x");
    const std::string packed = gzip(images(2, 60, 60));
    row("compressed and cut", packed.substr(0, packed.size() - 10));
    std::string flipped = packed;
    flipped[flipped.size() - 6] = static_cast<char>(~flipped[flipped.size() - 6]);
    row("compressed, wrong checksum", flipped);
    row("labels: another magic number", good, labels("ab", 0x803));
    row("labels: fewer", good, labels("a"));
    row("labels: cut", good, labels("ab").substr(0, 9));
    row("labels: one byte more", good, labels("ab") + "x");
    row("labels: half a header", good, "\0\0");
}

void TestIdx::damagedFiles()
{
    QFETCH(const QByteArray, pictures);
    QFETCH(const QByteArray, values);
    const Folder folder;
    folder.write(labelsName, values.toStdString());
    const Scanned scanned = scan({folder.write(imagesName, pictures.toStdString()).string(), {}, 0});
    QCOMPARE(scanned.error.code, ErrorCode::DataIdx);
    QVERIFY(!scanned.error.detail.empty());
    QVERIFY(scanned.items.empty());
}

void TestIdx::tooLarge()
{
    const Folder folder;
    const auto code = [&](std::uint32_t count) {
        const auto set = DataSet::open(
            {folder.write(imagesName, bigEndian(0x803) + bigEndian(count) + bigEndian(1024) + bigEndian(1024)).string(),
             {},
             0});
        return set ? ErrorCode::None : set.error().code;
    };
    QCOMPARE(code(maxIdxBytes >> 20), ErrorCode::None); // that it is shorter shows when it is read
    QCOMPARE(code((maxIdxBytes >> 20) + 1), ErrorCode::DataTooLarge);
}

void TestIdx::readingChecks()
{
    const Folder folder;
    const fs::path file = folder.write(imagesName, images(2, 2, 2));
    const Scanned scanned = scan({file.string(), {}, 0});
    const auto set = DataSet::open({file.string(), {}, 0}); // as after a resume: nothing was scanned
    ItemRecord item = scanned.items[1];
    QVERIFY((*set)->read(item, 0, 100));
    item.headHash[0] ^= 1;
    QCOMPARE((*set)->read(item, 0, 100).error().code, ErrorCode::ItemChanged);
    for (const char* path : {"t-images-idx3-ubyte#2", "t-images-idx3-ubyte#-1", "t-images-idx3-ubyte#", "nothing"}) {
        item.path = path;
        QCOMPARE((*set)->read(item, 0, 100).error().code, ErrorCode::PathMissing);
    }
}

void TestIdx::fashionMnist()
{
    const fs::path file = VITFLEET_SOURCE_DIR "/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz";
    const Scanned scanned = scan({file.string(), {}, 0});
    QCOMPARE(scanned.error.code, ErrorCode::None);
    QCOMPARE(scanned.items.size(), 10'000U);
    QCOMPARE(scanned.items[0].path, std::string("t10k-images-idx3-ubyte.gz#0"));
    QCOMPARE(scanned.items[0].expected, std::string("9")); // an ankle boot, as everybody knows
    std::vector<int> perClass(10);
    for (const ItemRecord& item : scanned.items)
        ++perClass.at(std::stoul(item.expected));
    QCOMPARE(perClass, std::vector<int>(10, 1000));
}
