// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/base32.h"
#include "shared/transport/keys.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <thread>

using namespace vitfleet;
using namespace vitfleet::transport;
namespace fs = std::filesystem;

namespace {

int modeOf(const fs::path& path)
{
    struct stat status
    {
    };
    return ::stat(path.c_str(), &status) == 0 ? static_cast<int>(status.st_mode & 0777) : -1;
}

std::string textOf(const fs::path& path)
{
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

void write(const fs::path& path, const std::string& text, mode_t mode = 0600)
{
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
}

} // namespace

class TestKeys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void base32_data();
    void base32();
    void base32HasOneForm();
    void keysSurviveAsText();
    void fingerprintsAreForPeople();
    void keyFilesArePrivate();
    void keyFilesAreKept();
    void openKeyFilesAreRefused();
    void damagedKeyFilesAreRefused();
    void oneKeyForRacers();
    void movedKeysLeaveNothing();
    void addresses_data();
    void addresses();
    void badAddresses_data();
    void badAddresses();
    void authorizedKeys();
    void authorizedKeysAreNotWrittenByOthers();
    void commentsCannotAddKeys();
    void keysAreRevoked();
    void keysAreRotated();
    void pins();
    void pinsChangeOnlyDeliberately();
    void manyPinsAreOneWrite();
    void pinsAreReadAgainWhenTheFileChanges();
    void damagedPinsAreRefused();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_path;
};

void TestKeys::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->path().toStdString();
}

void TestKeys::base32_data()
{
    // RFC 4648, section 10.
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("0") << QByteArray("") << QByteArray("");
    QTest::newRow("1") << QByteArray("f") << QByteArray("my");
    QTest::newRow("2") << QByteArray("fo") << QByteArray("mzxq");
    QTest::newRow("3") << QByteArray("foo") << QByteArray("mzxw6");
    QTest::newRow("4") << QByteArray("foob") << QByteArray("mzxw6yq");
    QTest::newRow("5") << QByteArray("fooba") << QByteArray("mzxw6ytb");
    QTest::newRow("6") << QByteArray("foobar") << QByteArray("mzxw6ytboi");
}

void TestKeys::base32()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, text);
    const std::vector<std::uint8_t> raw(bytes.begin(), bytes.end());
    QCOMPARE(QByteArray::fromStdString(toBase32(raw)), text);
    QVERIFY(fromBase32(text.toStdString()) == raw);
    QVERIFY(fromBase32(text.toUpper().toStdString()) == raw);
}

void TestKeys::base32HasOneForm()
{
    for (const char* text : {"m", "mz1", "my=", "mzx", "mz", "m y", "mzxw6ytboj", "\xc3\xbc"})
        QVERIFY2(!fromBase32(text), text);
}

void TestKeys::keysSurviveAsText()
{
    const KeyPair pair = KeyPair::generate();
    const std::string text = pair.publicKey().toBase32();
    QCOMPARE(text.size(), std::size_t(52));
    QVERIFY(PublicKey::fromBase32(text) == pair.publicKey());
    QVERIFY(!PublicKey::fromBase32(text.substr(0, 50)));
    QVERIFY(!PublicKey::fromBase32(text + "aa"));
    QVERIFY(!PublicKey::fromBase32(""));
    QVERIFY(KeyPair::generate().publicKey() != pair.publicKey());
}

void TestKeys::fingerprintsAreForPeople()
{
    const std::string text = KeyPair::generate().publicKey().fingerprint();
    QCOMPARE(text.size(), std::size_t(8 * 4 + 7));
    QCOMPARE(std::ranges::count(text, ' '), 7);
    QVERIFY(text != KeyPair::generate().publicKey().fingerprint());
}

void TestKeys::keyFilesArePrivate()
{
    const fs::path file = m_path / "new" / "folder" / "key";
    const mode_t before = ::umask(0);
    const auto made = KeyPair::loadOrCreate(file);
    ::umask(before);
    QVERIFY(made.ok());
    QCOMPARE(modeOf(file), 0600);
    QCOMPARE(modeOf(file.parent_path()), 0700);
    QCOMPARE(modeOf(file.parent_path().parent_path()), 0700);
    QCOMPARE(std::distance(fs::directory_iterator(file.parent_path()), fs::directory_iterator()), 1);
}

void TestKeys::keyFilesAreKept()
{
    const auto made = KeyPair::loadOrCreate(m_path / "key");
    const auto again = KeyPair::loadOrCreate(m_path / "key");
    QVERIFY(again.ok());
    QVERIFY(again->publicKey() == made->publicKey());
    QVERIFY(again->secretBytes() == made->secretBytes());
}

void TestKeys::openKeyFilesAreRefused()
{
    const fs::path file = m_path / "key";
    QVERIFY(KeyPair::loadOrCreate(file).ok());
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U}) {
        ::chmod(file.c_str(), mode);
        QCOMPARE(KeyPair::loadOrCreate(file).error().code, ErrorCode::KeyPermissions);
    }
    ::chmod(file.c_str(), 0400);
    QVERIFY(KeyPair::loadOrCreate(file).ok());
}

void TestKeys::damagedKeyFilesAreRefused()
{
    const fs::path file = m_path / "key";
    QVERIFY(KeyPair::loadOrCreate(file).ok());
    const std::string good = textOf(file);
    std::string flipped = good;
    char& c = flipped[flipped.size() - 10];
    c = c == 'a' ? 'b' : 'a';
    for (const std::string& bad : {std::string(), good.substr(0, good.size() - 5), flipped, std::string("hello\n"),
                                   std::string(2 << 20, 'x'), good.substr(0, good.size() / 2)}) {
        write(file, bad);
        QCOMPARE(KeyPair::loadOrCreate(file).error().code, ErrorCode::KeyFile);
        QCOMPARE(textOf(file), bad); // never replaced by a new identity
    }
    fs::remove(file);
    fs::create_directory(file);
    QCOMPARE(KeyPair::loadOrCreate(file).error().code, ErrorCode::KeyFile);
    QCOMPARE(KeyPair::loadOrCreate("/proc/no/such/key").error().code, ErrorCode::KeyFile);
}

void TestKeys::oneKeyForRacers()
{
    const fs::path file = m_path / "key";
    std::vector<std::thread> threads;
    std::array<std::optional<PublicKey>, 8> keys;
    for (auto& key : keys) {
        threads.emplace_back([&key, &file] {
            if (const auto pair = KeyPair::loadOrCreate(file))
                key = pair->publicKey();
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    QVERIFY(keys[0].has_value());
    QVERIFY(std::ranges::all_of(keys, [&](const auto& key) { return key == keys[0]; }));
    QCOMPARE(std::distance(fs::directory_iterator(m_path), fs::directory_iterator()), 1);
}

void TestKeys::movedKeysLeaveNothing()
{
    KeyPair pair = KeyPair::generate();
    const auto secret = pair.secretBytes();
    const KeyPair moved = std::move(pair);
    QVERIFY(moved.secretBytes() == secret);
    const std::array<std::uint8_t, 32> nothing{};
    QVERIFY(pair.secretBytes() == nothing); // what a move leaves behind is defined here
}

void TestKeys::addresses_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<QByteArray>("endpoint");
    QTest::newRow("name") << QByteArray("node7.cluster:5599") << QByteArray("node7.cluster") << 5599
                          << QByteArray("tcp://node7.cluster:5599");
    QTest::newRow("upper case") << QByteArray("NODE7:1") << QByteArray("node7") << 1 << QByteArray("tcp://node7:1");
    QTest::newRow("IPv4") << QByteArray("10.0.0.1:65535") << QByteArray("10.0.0.1") << 65535
                          << QByteArray("tcp://10.0.0.1:65535");
    QTest::newRow("IPv6") << QByteArray("[fe80::1]:5599") << QByteArray("fe80::1") << 5599
                          << QByteArray("tcp://[fe80::1]:5599");
    QTest::newRow("zone") << QByteArray("[fe80::1%eth0]:5599") << QByteArray("fe80::1%eth0") << 5599
                          << QByteArray("tcp://[fe80::1%eth0]:5599");
}

void TestKeys::addresses()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, host);
    QFETCH(int, port);
    QFETCH(QByteArray, endpoint);
    const auto plain = AgentAddress::parse(text.toStdString());
    QVERIFY(plain.ok());
    QCOMPARE(plain->host, host.toStdString());
    QCOMPARE(int(plain->port), port);
    QVERIFY(!plain->key);
    QCOMPARE(plain->endpoint(), endpoint.toStdString());
    QCOMPARE(plain->line(), text.toLower().toStdString());

    const PublicKey key = KeyPair::generate().publicKey();
    const auto full = AgentAddress::parse(text.toStdString() + "/" + key.toBase32());
    QVERIFY(full.ok());
    QVERIFY(full->key == key);
    QCOMPARE(full->hostPort(), plain->hostPort());
    QVERIFY(AgentAddress::parse(full->line()).value() == *full);
}

void TestKeys::badAddresses_data()
{
    QTest::addColumn<QByteArray>("text");
    for (
        const char* text :
        {"",         "host",       "host:",        ":5599",       "host:0",     "host:65536",    "host:-1",
         "host:+1",  "host:05",    "host:5599x",   "host:55 ",    "host:5599/", "host:5599/abc", "-oProxyCommand=sh:22",
         "--help:1", "a b:1",      "a/b:1",        "::1:5599",    "[::1:5599",  "[]:1",          "[host]:1",
         "[::1%]:1", "[::1%-x]:1", "tcp://host:1", "user@host:1", "host:1:2",   "h\xc3\xb6st:1"})
        QTest::newRow(text) << QByteArray(text);
    QTest::newRow("long") << QByteArray(254, 'a') + ":1";
    QTest::newRow("newline") << QByteArray("host\n:1");
}

void TestKeys::badAddresses()
{
    QFETCH(QByteArray, text);
    const auto address = AgentAddress::parse(text.toStdString());
    QVERIFY(!address.ok());
    QCOMPARE(address.error().code, ErrorCode::Address);
}

void TestKeys::authorizedKeys()
{
    const fs::path file = m_path / "agent" / "authorized_keys";
    QVERIFY(AuthorizedKeys::load(file)->empty());
    const PublicKey first = KeyPair::generate().publicKey();
    const PublicKey second = KeyPair::generate().publicKey();
    QVERIFY(AuthorizedKeys::add(file, first, "desk").ok());
    QVERIFY(AuthorizedKeys::add(file, second, "").ok());
    QVERIFY(AuthorizedKeys::add(file, first, "again").ok());
    QVERIFY(*AuthorizedKeys::load(file) == (std::vector{first, second}));
    QCOMPARE(modeOf(file), 0600);
    QVERIFY(textOf(file).find("# desk") != std::string::npos);
    // By hand: no newline at the end, comments, blank lines, Windows' line ends.
    write(file, "# mine\r\n\r\n  " + first.toBase32() + "  # me\r\n" + second.toBase32());
    const PublicKey third = KeyPair::generate().publicKey();
    QVERIFY(AuthorizedKeys::add(file, third, "x").ok());
    QVERIFY(*AuthorizedKeys::load(file) == (std::vector{first, second, third}));
    write(file, first.toBase32() + "\nnot a key\n");
    QCOMPARE(AuthorizedKeys::load(file).error().code, ErrorCode::KeyFile);
    QVERIFY(AuthorizedKeys::load(file).error().detail.find("line 2") != std::string::npos);
    QVERIFY(!AuthorizedKeys::add(file, second, "").ok());
}

void TestKeys::authorizedKeysAreNotWrittenByOthers()
{
    const fs::path file = m_path / "authorized_keys";
    QVERIFY(AuthorizedKeys::add(file, KeyPair::generate().publicKey(), "").ok());
    ::chmod(file.c_str(), 0644); // public keys may be read
    QVERIFY(AuthorizedKeys::load(file).ok());
    ::chmod(file.c_str(), 0660);
    QCOMPARE(AuthorizedKeys::load(file).error().code, ErrorCode::KeyPermissions);
}

void TestKeys::commentsCannotAddKeys()
{
    const fs::path file = m_path / "authorized_keys";
    const PublicKey good = KeyPair::generate().publicKey();
    const std::string evil = "x\n" + KeyPair::generate().publicKey().toBase32() + "\n" + std::string(10'000, 'c');
    QVERIFY(AuthorizedKeys::add(file, good, evil).ok());
    QVERIFY(*AuthorizedKeys::load(file) == std::vector{good});
    QVERIFY(textOf(file).size() < 1000);
}

void TestKeys::keysAreRevoked()
{
    const fs::path file = m_path / "authorized_keys";
    const PublicKey first = KeyPair::generate().publicKey();
    const PublicKey second = KeyPair::generate().publicKey();
    QVERIFY(AuthorizedKeys::add(file, second, "").ok());
    QVERIFY(!*AuthorizedKeys::remove(file, first));
    write(file, "# mine\n\n" + first.toBase32() + " # desk\n" + second.toBase32() + "\r\n  " + first.toBase32());
    QVERIFY(*AuthorizedKeys::remove(file, first));
    QCOMPARE(textOf(file), "# mine\n\n" + second.toBase32() + "\r\n");
    QVERIFY(*AuthorizedKeys::remove(file, second));
    QVERIFY(AuthorizedKeys::load(file)->empty());
    QCOMPARE(modeOf(file), 0600);
    write(file, first.toBase32() + "\nnot a key\n");
    QCOMPARE(AuthorizedKeys::remove(file, first).error().code, ErrorCode::KeyFile);
}

void TestKeys::keysAreRotated()
{
    const fs::path file = m_path / "program" / "key";
    QCOMPARE(KeyPair::rotate(file).error().code, ErrorCode::KeyFile); // there is no next key
    const PublicKey first = KeyPair::loadOrCreate(file)->publicKey();
    const PublicKey next = KeyPair::loadOrCreateNext(file)->publicKey();
    QVERIFY(next != first);
    QVERIFY(KeyPair::loadOrCreateNext(file)->publicKey() == next); // the same until it is used
    QVERIFY(KeyPair::loadOrCreate(file)->publicKey() == first);
    // A damaged or open one does not take the place of a good one.
    const fs::path nextFile = m_path / "program" / "key.next";
    ::chmod(nextFile.c_str(), 0644);
    QCOMPARE(KeyPair::rotate(file).error().code, ErrorCode::KeyPermissions);
    ::chmod(nextFile.c_str(), 0600);
    QVERIFY(KeyPair::rotate(file)->publicKey() == next);
    QVERIFY(KeyPair::loadOrCreate(file)->publicKey() == next);
    QCOMPARE(modeOf(file), 0600);
    QVERIFY(!fs::exists(nextFile));
    QVERIFY(KeyPair::loadOrCreateNext(file)->publicKey() != next);
    write(nextFile, "rubbish");
    QCOMPARE(KeyPair::rotate(file).error().code, ErrorCode::KeyFile);
    QVERIFY(KeyPair::loadOrCreate(file)->publicKey() == next);
}

void TestKeys::pinsChangeOnlyDeliberately()
{
    const fs::path file = m_path / "pinned_keys";
    PinnedKeys pinned(file);
    const PublicKey first = KeyPair::generate().publicKey();
    const PublicKey second = KeyPair::generate().publicKey();
    const PublicKey other = KeyPair::generate().publicKey();
    QCOMPARE(pinned.pinNext("host:1", second).error().code, ErrorCode::NotPinned);
    QVERIFY(pinned.pin("host:1", first).ok());
    QVERIFY(pinned.pin("host:11", other).ok());
    QVERIFY(pinned.pinNext("host:1", second).ok());
    QVERIFY(*pinned.find("host:1") == first);
    QVERIFY(*pinned.findNext("host:1") == second);
    QCOMPARE(pinned.pin("host:1", second).error().code, ErrorCode::AgentKey); // announced is not yet pinned
    QVERIFY(pinned.pin("host:1", first).ok());
    QVERIFY(*pinned.findNext("host:1") == second);
    QVERIFY(pinned.replace("host:1", second).ok());
    QVERIFY(*pinned.find("host:1") == second);
    QVERIFY(!pinned.findNext("host:1")->has_value());
    QVERIFY(*pinned.find("host:11") == other); // the others stay
    QVERIFY(pinned.pinNext("host:1", first).ok());
    QVERIFY(pinned.pinNext("host:1", second).ok()); // the one that it has: nothing follows
    QVERIFY(!pinned.findNext("host:1")->has_value());
}

void TestKeys::pins()
{
    const fs::path file = m_path / "app" / "pinned_keys";
    PinnedKeys pinned(file);
    QVERIFY(!pinned.find("host:1")->has_value());
    const PublicKey first = KeyPair::generate().publicKey();
    const PublicKey second = KeyPair::generate().publicKey();
    QVERIFY(pinned.pin("host:1", first).ok());
    QVERIFY(pinned.pin("[::1]:1", second).ok());
    QVERIFY(pinned.pin("host:1", first).ok());
    QCOMPARE(pinned.pin("host:1", second).error().code, ErrorCode::AgentKey);
    QVERIFY(*PinnedKeys(file).find("host:1") == first);
    QVERIFY(*PinnedKeys(file).find("[::1]:1") == second);
    QVERIFY(!PinnedKeys(file).find("host:11")->has_value());
    QCOMPARE(modeOf(file), 0600);
    for (const char* bad : {"", "host 1", "host\n1", "#host:1"})
        QCOMPARE(pinned.pin(bad, first).error().code, ErrorCode::Address);
}

void TestKeys::manyPinsAreOneWrite()
{
    const fs::path file = m_path / "app" / "pinned_keys";
    PinnedKeys pinned(file);
    std::vector<PinnedKeys::Wanted> wanted;
    for (int i = 0; i < 50; ++i)
        wanted.push_back({"host:" + std::to_string(i + 1), KeyPair::generate().publicKey()});
    wanted.push_back(wanted.front()); // the same once more changes nothing
    QVERIFY(pinned.pinAll(wanted).ok());
    for (const auto& [hostPort, key] : wanted)
        QVERIFY(*PinnedKeys(file).find(hostPort) == key);
    const std::string text = textOf(file);
    QCOMPARE(std::ranges::count(text, '\n'), 51); // the header and a line each
    QVERIFY(pinned.pinAll(wanted).ok());
    QCOMPARE(textOf(file), text);

    // All or none.
    const PublicKey other = KeyPair::generate().publicKey();
    QCOMPARE(pinned.pinAll({{"new:1", other}, {"host:1", other}}).error().code, ErrorCode::AgentKey);
    QCOMPARE(pinned.pinAll({{"new:1", other}, {"new:1", wanted.front().key}}).error().code, ErrorCode::AgentKey);
    QCOMPARE(pinned.pinAll({{"new:1", other}, {"host 1", other}}).error().code, ErrorCode::Address);
    QVERIFY(!pinned.find("new:1")->has_value());
    QCOMPARE(textOf(file), text);
}

void TestKeys::pinsAreReadAgainWhenTheFileChanges()
{
    const fs::path file = m_path / "pinned_keys";
    PinnedKeys here(file), there(file);
    const PublicKey first = KeyPair::generate().publicKey();
    const PublicKey second = KeyPair::generate().publicKey();
    QVERIFY(!here.find("host:1")->has_value());
    QVERIFY(there.pin("host:1", first).ok());
    QVERIFY(*here.find("host:1") == first);
    QVERIFY(there.replace("host:1", second).ok()); // as long as the one before
    QVERIFY(*here.find("host:1") == second);
    // By hand and in place, at once: neither number nor length of the file tells.
    for (int i = 0; i < 20; ++i) {
        const PublicKey& key = i % 2 == 0 ? first : second;
        write(file, "host:1 " + key.toBase32() + "\n");
        QVERIFY(*here.find("host:1") == key);
    }
    ::chmod(file.c_str(), 0666);
    QCOMPARE(here.find("host:1").error().code, ErrorCode::KeyPermissions);
    fs::remove(file);
    QVERIFY(!here.find("host:1")->has_value());
    QVERIFY(here.pin("host:1", second).ok());
    QVERIFY(*there.find("host:1") == second);
}

void TestKeys::damagedPinsAreRefused()
{
    const fs::path file = m_path / "pinned_keys";
    PinnedKeys pinned(file);
    const PublicKey key = KeyPair::generate().publicKey();
    for (const char* bad : {"host:1", "host:1 notakey", "host:1 \n"}) {
        write(file, bad);
        QCOMPARE(pinned.find("host:2").error().code, ErrorCode::KeyFile);
        QVERIFY(!pinned.pin("host:2", key).ok());
    }
    write(file, "host:1 " + key.toBase32() + "\n", 0666);
    QCOMPARE(pinned.find("host:1").error().code, ErrorCode::KeyPermissions);
}

QTEST_APPLESS_MAIN(TestKeys)
#include "test_keys.moc"
