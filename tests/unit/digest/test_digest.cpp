// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/limits.h"
#include "shared/digest/digest.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace vitfleet;
using namespace std::string_literals;

namespace {

std::span<const std::byte> bytes(const std::string& text)
{
    return std::as_bytes(std::span(text));
}

std::string sha256Hex(const std::string& text)
{
    return digest::toHex(digest::sha256(bytes(text)));
}

} // namespace

class TestDigest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sha256_data();
    void sha256();
    void sha256InPieces();
    void streamsBeginAnew();
    void sha256OfFiles();
    void sha256OfWhatIsNoFile();
    void headHashes();
    void checksums();
    void modelDigests();
    void hex();
    void randomNumbersDiffer();
};

void TestDigest::sha256_data()
{
    // NIST's examples for FIPS 180-4.
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("hash");
    QTest::newRow("empty") << QByteArray("")
                           << QByteArray("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    QTest::newRow("abc") << QByteArray("abc")
                         << QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    QTest::newRow("two blocks") << QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                                << QByteArray("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    QTest::newRow("a million") << QByteArray(1'000'000, 'a')
                               << QByteArray("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

void TestDigest::sha256()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, hash);
    QCOMPARE(QByteArray::fromStdString(sha256Hex(text.toStdString())), hash);
}

void TestDigest::sha256InPieces()
{
    const std::string text(100'000, 'x');
    for (const std::size_t step : {1UL, 63UL, 64UL, 65UL, 4096UL}) {
        digest::Sha256Stream stream;
        for (std::size_t at = 0; at < text.size(); at += step)
            stream.add(bytes(text).subspan(at, std::min(step, text.size() - at)));
        QVERIFY(stream.finish() == digest::sha256(bytes(text)));
    }
}

void TestDigest::streamsBeginAnew()
{
    digest::Sha256Stream stream;
    stream.add(bytes("something"s));
    stream.finish();
    digest::Sha256Stream moved = std::move(stream);
    moved.add(bytes("abc"s));
    QVERIFY(moved.finish() == digest::sha256(bytes("abc"s)));
}

void TestDigest::sha256OfFiles()
{
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath(QStringLiteral("data")).toStdString();
    const std::string text(700'000, 'y');
    std::ofstream(file, std::ios::binary) << text;
    const auto hash = digest::sha256OfFile(file);
    QVERIFY(hash.ok());
    QVERIFY(*hash == digest::sha256(bytes(text)));
}

void TestDigest::sha256OfWhatIsNoFile()
{
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    QCOMPARE(digest::sha256OfFile(path / "missing").error().code, ErrorCode::PathMissing);
    QCOMPARE(digest::sha256OfFile(path).error().code, ErrorCode::NodeIo);
    if (::geteuid() != 0) {
        std::ofstream(path / "closed") << "x";
        std::filesystem::permissions(path / "closed", std::filesystem::perms::none);
        QCOMPARE(digest::sha256OfFile(path / "closed").error().code, ErrorCode::PathDenied);
    }
    // Must return, whatever it answers.
    QCOMPARE(::mkfifo((path / "pipe").c_str(), 0600), 0);
    QVERIFY(digest::sha256OfFile(path / "pipe").ok());
}

void TestDigest::headHashes()
{
    // BLAKE2b with a digest of 16 bytes; made with Python's hashlib.blake2b(data, digest_size=16).
    QCOMPARE(digest::toHex(digest::headHash({})), "cae66941d9efbd404e4d88758ea67670"s);
    QCOMPARE(digest::toHex(digest::headHash(bytes("abc"s))), "cf4ab791c62b8d2b2109c90275287816"s);
    const std::string head(limits::headHashBytes, 'h');
    QVERIFY(digest::headHash(bytes(head)) == digest::headHash(bytes(head + "more")));
    QVERIFY(digest::headHash(bytes(head)) != digest::headHash(bytes(head).first(head.size() - 1)));
}

void TestDigest::checksums()
{
    // xxHash's own: XXH3, 64 bits, seed 0.
    QCOMPARE(digest::checksum64({}), std::uint64_t(0x2d06800538d394c2));
    QCOMPARE(digest::checksum64(bytes("abc"s)), std::uint64_t(0x78af5f94892f3950));
}

void TestDigest::modelDigests()
{
    const digest::Sha256 a = digest::sha256(bytes("a"s));
    const digest::Sha256 b = digest::sha256(bytes("b"s));
    const digest::Sha256 both = digest::modelDigest({{"config.json", a}, {"model.safetensors", b}});
    QVERIFY(both == digest::modelDigest({{"model.safetensors", b}, {"config.json", a}}));
    QVERIFY(both != digest::modelDigest({{"config.json", b}, {"model.safetensors", a}}));
    QVERIFY(both != digest::modelDigest({{"config.json", a}}));
    const std::string list = "config.json\0"s + digest::toHex(a) + "\nmodel.safetensors\0"s + digest::toHex(b) + "\n";
    QVERIFY(both == digest::sha256(bytes(list)));
}

void TestDigest::hex()
{
    const std::array<std::uint8_t, 3> some = {0x00, 0x7f, 0xff};
    QCOMPARE(digest::toHex(some), "007fff"s);
    QCOMPARE(digest::toHex({}), ""s);
    QCOMPARE(digest::randomHex(16).size(), std::size_t(32));
}

void TestDigest::randomNumbersDiffer()
{
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i)
        QVERIFY(seen.insert(digest::randomU64()).second);
    QVERIFY(digest::randomHex(16) != digest::randomHex(16));
}

QTEST_APPLESS_MAIN(TestDigest)
#include "test_digest.moc"
