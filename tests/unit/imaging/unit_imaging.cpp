// SPDX-License-Identifier: GPL-3.0-or-later
// Our pixels against Pillow's (tests/data/imaging, made by make_references.py), and pictures that must be refused.
#include "agent/imaging/orientation.h"
#include "agent/imaging/picture.h"
#include "agent/imaging/resample.h"
#include "shared/base/limits.h"

#include <QElapsedTimer>
#include <QFile>
#include <QObject>
#include <QTest>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

using namespace vitfleet;
using namespace vitfleet::imaging;

namespace {

constexpr auto folder = VITFLEET_SOURCE_DIR "/tests/data/imaging/";

Bytes bytesOf(const QByteArray& array)
{
    return std::as_bytes(std::span(array.constData(), static_cast<std::size_t>(array.size())));
}

QByteArray fileBytes(const QString& name)
{
    QFile file(QLatin1String(folder) + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

std::uint64_t fnv(std::span<const std::uint8_t> data)
{
    std::uint64_t value = 0xcbf29ce484222325U;
    for (const std::uint8_t byte : data)
        value = (value ^ byte) * 0x100000001b3U;
    return value;
}

/// The picture of `formula` in make_references.py, as a PPM.
QByteArray formulaPicture(int width, int height)
{
    QByteArray picture = "P6\n" + QByteArray::number(width) + ' ' + QByteArray::number(height) + "\n255\n";
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c)
                picture += static_cast<char>(
                    (x * x * 7 + y * 13 + x * y * (3 + c) + c * 85 + (x / 5 % 2) * (y / 3 % 2) * 128) & 255);
    return picture;
}

ErrorCode codeOf(const QByteArray& bytes)
{
    const auto decoded = decodeImage(bytesOf(bytes));
    return decoded ? ErrorCode::None : decoded.error().code;
}

QString nameOf(ErrorCode code)
{
    return QString::fromUtf8(info(code).name.data(), static_cast<qsizetype>(info(code).name.size()));
}

/// Numbers of several bytes, for headers.
QByteArray little(std::uint32_t value, int bytes)
{
    QByteArray out;
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>(value >> (8 * i) & 0xff);
    return out;
}

QByteArray big(std::uint32_t value, int bytes)
{
    QByteArray out = little(value, bytes);
    std::reverse(out.begin(), out.end());
    return out;
}

QByteArray pngHeader(std::uint32_t width, std::uint32_t height)
{
    return QByteArray("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) + big(width, 4) + big(height, 4) +
           QByteArray("\x08\x02\0\0\0", 5) + QByteArray(4, '\0');
}

/// A header that claims this size, in each format, with hardly anything behind it.
std::vector<std::pair<const char*, QByteArray>> headersClaiming(std::uint32_t width, std::uint32_t height)
{
    const QByteArray jpeg = QByteArray("\xff\xd8\xff\xc0\x00\x11\x08", 7) + big(height, 2) + big(width, 2) +
                            QByteArray("\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01", 10);
    const QByteArray bmp = QByteArray("BM") + QByteArray(8, '\0') + little(54, 4) + little(40, 4) + little(width, 4) +
                           little(height, 4) + little(1, 2) + little(24, 2) + QByteArray(24, '\0');
    const QByteArray gif = QByteArray("GIF89a") + little(width, 2) + little(height, 2) + QByteArray(3, '\0');
    const QByteArray tiff = QByteArray("II*\0\x08\0\0\0\x02\0", 10) + little(256, 2) + little(4, 2) + little(1, 4) +
                            little(width, 4) + little(257, 2) + little(4, 2) + little(1, 4) + little(height, 4) +
                            QByteArray(4, '\0');
    const QByteArray pnm = "P6 " + QByteArray::number(width) + ' ' + QByteArray::number(height) + " 255\n";
    const QByteArray webp =
        QByteArray("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0", 24) + little(width - 1, 3) + little(height - 1, 3);
    return {{"PNG", pngHeader(width, height)},
            {"JPEG", jpeg},
            {"BMP", bmp},
            {"GIF", gif},
            {"TIFF", tiff},
            {"PNM", pnm},
            {"WebP", webp}};
}

} // namespace

class UnitImaging : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { setUpImaging(); }

    void formatsAreKnownByTheirMagic();
    void matchesPillow_data();
    void matchesPillow();
    void cutPicturesAreRefused_data();
    void cutPicturesAreRefused();
    void anyDamagedByteOfAPngIsRefused();
    void webPChunksEndWithTheFile();
    void hugeHeadersAreRefusedAtOnce();
    void limitsOfSize();
    void tiffPiecesHaveLimitsToo();
    void orientationsMoveTheRightCorners();
    void preprocessingThatDoesNotFitTheModelIsAnError();
    void aResizedPictureHasLimitsToo();
    void bothKernelsGiveTheSameBytes_data();
    void bothKernelsGiveTheSameBytes();
    void jpegWithWarningsIsAcceptedWithANote();
    void jpegEndingBeforeItsDataIsTruncated();
};

void UnitImaging::formatsAreKnownByTheirMagic()
{
    const auto formatOf = [](const QByteArray& bytes) { return detectFormat(bytesOf(bytes)); };
    QCOMPARE(formatOf(fileBytes(QStringLiteral("rgb.jpg"))), ImageFormat::Jpeg);
    QCOMPARE(formatOf(fileBytes(QStringLiteral("rgb.png"))), ImageFormat::Png);
    QCOMPARE(formatOf(fileBytes(QStringLiteral("rgb.webp"))), ImageFormat::WebP);
    QCOMPARE(formatOf(fileBytes(QStringLiteral("rgb.bmp"))), ImageFormat::Bmp);
    QCOMPARE(formatOf(fileBytes(QStringLiteral("raw.tif"))), ImageFormat::Tiff);
    QCOMPARE(formatOf(fileBytes(QStringLiteral("palette.gif"))), ImageFormat::Gif);
    QCOMPARE(formatOf(fileBytes(QStringLiteral("rgb.ppm"))), ImageFormat::Pnm);
    for (const char* other :
         {"<html>", "%PDF-1.7", "PK\3\4", "P7\nWIDTH 1", "\xff\xd8", "\x89PNG", "RIFF....WAVE", "P", " "})
        QCOMPARE(codeOf(other), ErrorCode::ImgFormat);
    QCOMPARE(codeOf({}), ErrorCode::ImgEmpty);
}

void UnitImaging::matchesPillow_data()
{
    QTest::addColumn<QStringList>("row");
    QFile file(QLatin1String(folder) + QStringLiteral("references.csv"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    file.readLine();
    while (!file.atEnd()) {
        const QStringList row = QString::fromUtf8(file.readLine().trimmed()).split(QLatin1Char(','));
        QTest::newRow(qPrintable(row.mid(0, 6).join(QLatin1Char(' ')))) << row;
    }
}

void UnitImaging::matchesPillow()
{
    QFETCH(const QStringList, row);
    const QString kind = row[0], expected = row[6];
    if (kind == QStringLiteral("refuse")) {
        QCOMPARE(nameOf(codeOf(fileBytes(row[1]))), expected);
        return;
    }
    if (kind == QStringLiteral("decode")) {
        const auto decoded = decodeImage(bytesOf(fileBytes(row[1])));
        QVERIFY2(decoded, decoded ? "" : describe(decoded.error()).c_str());
        QCOMPARE(decoded->image.width(), row[2].toUInt());
        QCOMPARE(decoded->image.height(), row[3].toUInt());
        QCOMPARE(fnv(decoded->image.pixels()), expected.toULongLong(nullptr, 16));
        return;
    }
    const std::uint32_t width = row[4].toUInt(), height = row[5].toUInt();
    Preprocess preprocess;
    if (kind == QStringLiteral("resize")) {
        preprocess.resample = static_cast<Resample>(row[1].toUInt());
        preprocess.resizeWidth = width;
        preprocess.resizeHeight = height;
    } else {
        preprocess.resample = Resample::Bicubic;
        preprocess.shortestEdge = row[1].toUInt();
        preprocess.centerCrop = true;
        preprocess.cropWidth = width;
        preprocess.cropHeight = height;
    }
    std::vector<std::uint8_t> pixels(std::size_t{width} * height * 3);
    const auto prepared =
        prepareImage(bytesOf(formulaPicture(row[2].toInt(), row[3].toInt())), preprocess, width, height, pixels);
    QVERIFY2(prepared, prepared ? "" : describe(prepared.error()).c_str());
    QCOMPARE(prepared->info.width, row[2].toUInt());
    QCOMPARE(fnv(pixels), expected.toULongLong(nullptr, 16));
}

void UnitImaging::cutPicturesAreRefused_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"rgb.jpg",      "grey.jpg",   "progressive.jpg", "cmyk.jpg", "rgb.png",    "palette.png",
                             "rgb.webp",     "alpha.webp", "animated.webp",   "rgb.bmp",  "bitmap.bmp", "palette.gif",
                             "animated.gif", "raw.tif",    "lzw.tif",         "jpeg.tif", "grey.pgm",   "rgb.ppm",
                             "bitmap.pbm",   "text.pgm",   "packbits.tif"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

/// Cut anywhere, a picture is an error; only bytes that hold nothing of it may be missing.
void UnitImaging::cutPicturesAreRefused()
{
    QFETCH(const QString, name);
    const QByteArray whole = fileBytes(name);
    QVERIFY(whole.size() > 20);
    // White space behind the last number, and its last digits, of which nobody knows that they are missing.
    // What pads the last row of a BMP, which Pillow does not miss either.
    const qsizetype harmless = name == QStringLiteral("text.pgm") || name == QStringLiteral("rgb.bmp") ? 3
                               : name == QStringLiteral("bitmap.bmp")                                  ? 1
                                                                                                       : 0;
    for (qsizetype size = 0; size < whole.size() - harmless; ++size) {
        const ErrorCode code = codeOf(whole.left(size));
        const bool refused = code == ErrorCode::ImgTruncated || code == ErrorCode::ImgCorrupt ||
                             (size < 16 && (code == ErrorCode::ImgFormat || code == ErrorCode::ImgEmpty));
        QVERIFY2(refused,
                 qPrintable(QStringLiteral("%1 of %2 bytes: %3").arg(size).arg(whole.size()).arg(nameOf(code))));
    }
    QCOMPARE(codeOf(whole.left(whole.size() / 2)), ErrorCode::ImgTruncated);
}

void UnitImaging::anyDamagedByteOfAPngIsRefused()
{
    const QByteArray whole = fileBytes(QStringLiteral("grey.png"));
    for (qsizetype at = 0; at < whole.size(); ++at) {
        QByteArray damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        QVERIFY2(codeOf(damaged) != ErrorCode::None, qPrintable(QStringLiteral("byte %1").arg(at)));
    }
}

/// Pillow refuses an extended WebP whose chunks do not fill it exactly.
void UnitImaging::webPChunksEndWithTheFile()
{
    const QByteArray whole = fileBytes(QStringLiteral("orientation_8.webp"));
    QVERIFY(whole.mid(12, 4) == "VP8X");
    const auto withChunk = [&whole](char length) {
        QByteArray bytes = whole + QByteArray("XTRA", 4) + QByteArray(1, length) + QByteArray(3, '\0') + "four";
        for (int i = 0; i < 4; ++i)
            bytes[4 + i] = static_cast<char>((bytes.size() - 8) >> (8 * i) & 0xff);
        return bytes;
    };
    QCOMPARE(codeOf(withChunk(4)), ErrorCode::None);
    for (const char length : {0, 2, 5, 100})
        QCOMPARE(codeOf(withChunk(length)), ErrorCode::ImgCorrupt);
}

void UnitImaging::hugeHeadersAreRefusedAtOnce()
{
    for (const std::uint32_t side : {20'000U, 65'500U}) {
        for (const auto& [format, bytes] : headersClaiming(side, side)) {
            // WebP itself ends at 16,384.
            const QByteArray picture =
                std::strcmp(format, "WebP") == 0 ? headersClaiming(16'384, 16'384).back().second : bytes;
            qint64 fastest = std::numeric_limits<qint64>::max();
            for (int round = 0; round < 10; ++round) { // the machine may be busy with something else
                QElapsedTimer timer;
                timer.start();
                QCOMPARE(codeOf(picture), ErrorCode::ImgTooLarge);
                fastest = std::min(fastest, timer.nsecsElapsed());
            }
            QVERIFY2(fastest < 10'000'000, format);
        }
    }
}

void UnitImaging::limitsOfSize()
{
    const auto probe = [](std::uint32_t width, std::uint32_t height) {
        const auto probed = probeImage(bytesOf(pngHeader(width, height)));
        return probed ? ErrorCode::None : probed.error().code;
    };
    QCOMPARE(probe(limits::maxSide, 1), ErrorCode::None);
    QCOMPARE(probe(1, limits::maxSide), ErrorCode::None);
    QCOMPARE(probe(limits::maxSide + 1, 1), ErrorCode::ImgTooLarge);
    QCOMPARE(probe(1, limits::maxSide + 1), ErrorCode::ImgTooLarge);
    constexpr std::uint32_t side = 13'377; // the largest square within maxPixels
    static_assert(std::uint64_t{side} * side <= limits::maxPixels &&
                  std::uint64_t{side + 1} * (side + 1) > limits::maxPixels);
    QCOMPARE(probe(side, side), ErrorCode::None);
    QCOMPARE(probe(side + 1, side + 1), ErrorCode::ImgTooLarge);
    QCOMPARE(probe(0, 5), ErrorCode::ImgCorrupt);
}

/// Tiles whose width or height is so close to 2^32 that "how many of them" would come out as none.
void UnitImaging::tiffPiecesHaveLimitsToo()
{
    const auto tiff = [](std::uint32_t tileWidth, std::uint32_t tileHeight) -> QByteArray {
        const std::vector<std::array<std::uint32_t, 3>> fields{
            // tag, type (3: short, 4: long), value
            {256, 4, 64}, {257, 4, 1}, {258, 3, 1},         {259, 3, 1},          {262, 3, 1},
            {277, 3, 1},  {284, 3, 1}, {322, 4, tileWidth}, {323, 4, tileHeight}, {324, 4, 8 + 2 + 12 * 11 + 4},
            {325, 4, 128}};
        QByteArray file = QByteArray("II*\0\x08\0\0\0", 8) + little(static_cast<std::uint32_t>(fields.size()), 2);
        for (const auto& [tag, type, value] : fields)
            file += little(tag, 2) + little(type, 2) + little(1, 4) + little(value, 4);
        return file + QByteArray(4, '\0') + QByteArray(128, '\xaa');
    };
    QVERIFY(decodeImage(bytesOf(tiff(64, 16))).ok());
    for (const auto& [width, height] : {std::pair{0xffffffffU, 1U}, {0xfffffff0U, 1U}, {16U, 0xffffffffU}}) {
        const auto decoded = decodeImage(bytesOf(tiff(width, height)));
        QVERIFY2(!decoded, "labelled from memory that nobody has written");
    }
}

void UnitImaging::orientationsMoveTheRightCorners()
{
    // 3 × 2: A B C
    //        D E F
    const auto letters = [](Orientation orientation) {
        RgbImage image(3, 2);
        for (std::size_t i = 0; i < 6; ++i)
            std::fill_n(image.pixels().data() + i * 3, 3, static_cast<std::uint8_t>('A' + i));
        const RgbImage turned = applyOrientation(std::move(image), orientation);
        QString text;
        for (std::uint32_t y = 0; y < turned.height(); ++y) {
            for (std::uint32_t x = 0; x < turned.width(); ++x)
                text += QLatin1Char(static_cast<char>(turned.row(y)[x * 3]));
            text += QLatin1Char('/');
        }
        return text;
    };
    QCOMPARE(letters(Orientation::TopLeft), QStringLiteral("ABC/DEF/"));
    QCOMPARE(letters(Orientation::TopRight), QStringLiteral("CBA/FED/"));
    QCOMPARE(letters(Orientation::BottomRight), QStringLiteral("FED/CBA/"));
    QCOMPARE(letters(Orientation::BottomLeft), QStringLiteral("DEF/ABC/"));
    QCOMPARE(letters(Orientation::LeftTop), QStringLiteral("AD/BE/CF/"));
    QCOMPARE(letters(Orientation::RightTop), QStringLiteral("DA/EB/FC/"));
    QCOMPARE(letters(Orientation::RightBottom), QStringLiteral("FC/EB/DA/"));
    QCOMPARE(letters(Orientation::LeftBottom), QStringLiteral("CF/BE/AD/"));
}

void UnitImaging::preprocessingThatDoesNotFitTheModelIsAnError()
{
    std::vector<std::uint8_t> pixels(32 * 32 * 3);
    Preprocess preprocess;
    preprocess.resizeWidth = 31;
    preprocess.resizeHeight = 32;
    const QByteArray picture = formulaPicture(10, 20);
    auto prepared = prepareImage(bytesOf(picture), preprocess, 32, 32, pixels);
    QVERIFY(!prepared);
    QCOMPARE(prepared.error().code, ErrorCode::Settings);
    preprocess.resize = false; // then only pictures of the right size fit
    QVERIFY(!prepareImage(bytesOf(picture), preprocess, 32, 32, pixels));
    QVERIFY(prepareImage(bytesOf(formulaPicture(32, 32)), preprocess, 32, 32, pixels));
}

void UnitImaging::aResizedPictureHasLimitsToo()
{
    std::vector<std::uint8_t> pixels(32 * 32 * 3);
    Preprocess preprocess;
    preprocess.shortestEdge = 32;
    preprocess.centerCrop = true;
    preprocess.cropWidth = preprocess.cropHeight = 32;
    QByteArray picture = "P5 60000 1 255\n" + QByteArray(60'000, 'x'); // would become 1,920,000 × 32
    const auto prepared = prepareImage(bytesOf(picture), preprocess, 32, 32, pixels);
    QVERIFY(!prepared);
    QCOMPARE(prepared.error().code, ErrorCode::ImgTooLarge);
}

void UnitImaging::bothKernelsGiveTheSameBytes_data()
{
    QTest::addColumn<int>("filter");
    for (const int filter : {1, 2, 3, 4, 5})
        QTest::addRow("filter %d", filter) << filter;
}

/// Random pictures with the extremes that clip, at sizes on both sides of the blocks that AVX2 works in.
void UnitImaging::bothKernelsGiveTheSameBytes()
{
    QFETCH(const int, filter);
    if (avx2Kernels() == nullptr)
        QSKIP("this CPU has no AVX2");
    std::mt19937 random(static_cast<std::uint32_t>(filter));
    const auto side = [&random](std::uint32_t most) { return 1 + static_cast<std::uint32_t>(random() % most); };
    for (int round = 0; round < 400; ++round) {
        const bool wide = round % 20 == 0;
        RgbImage image(side(wide ? 1500 : 70), side(wide ? 5 : 70));
        for (auto& value : image.pixels()) {
            const auto bits = random();
            value = static_cast<std::uint8_t>(bits % 3 == 0 ? 255 * (bits >> 8 & 1) : bits >> 16);
        }
        RgbImage copy(image.width(), image.height());
        std::ranges::copy(image.pixels(), copy.pixels().begin());
        const std::uint32_t width = side(90), height = side(90);
        const auto plain = resample(std::move(image), width, height, static_cast<Resample>(filter), plainKernels());
        const auto fast = resample(std::move(copy), width, height, static_cast<Resample>(filter), *avx2Kernels());
        QVERIFY2(std::ranges::equal(plain.pixels(), fast.pixels()),
                 qPrintable(QStringLiteral("round %1, to %2x%3").arg(round).arg(width).arg(height)));
    }
}

void UnitImaging::jpegWithWarningsIsAcceptedWithANote()
{
    QByteArray bytes = fileBytes(QStringLiteral("rgb.jpg"));
    const auto table = bytes.indexOf("\xff\xdb");
    bytes.insert(table, "stray");
    const auto decoded = decodeImage(bytesOf(bytes));
    QVERIFY(decoded);
    QVERIFY2(decoded->note.find("extraneous") != std::string::npos, decoded->note.c_str());
}

void UnitImaging::jpegEndingBeforeItsDataIsTruncated()
{
    // With an end marker, too: libjpeg fills up with grey and only warns.
    const QByteArray whole = fileBytes(QStringLiteral("rgb.jpg"));
    QCOMPARE(codeOf(whole.left(whole.size() - 40) + "\xff\xd9"), ErrorCode::ImgTruncated);
    QCOMPARE(codeOf(whole.left(whole.size() - 2)), ErrorCode::ImgTruncated);
}

QTEST_GUILESS_MAIN(UnitImaging)
#include "unit_imaging.moc"
