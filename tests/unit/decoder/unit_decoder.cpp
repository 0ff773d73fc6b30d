// SPDX-License-Identifier: GPL-3.0-or-later
// The pool with the real decoder.
#include "pool_probe.h"

#include "agent/decoder/client/decoder_protocol.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QObject>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <set>

using namespace vitfleet;
using namespace vitfleet::tests;

namespace {

QByteArray proc(int pid, const char* name)
{
    QFile file(QStringLiteral("/proc/%1/%2").arg(pid).arg(QLatin1String(name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class UnitDecoder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void settingsAreChecked();
    void aThousandPicturesAsBytes();
    void aThousandPicturesAsFiles();
    void largePicturesTravelInMemory();
    void errorsAreTyped();
    void factsOfAPictureArrive();
    void signalsOfTheGroupAreIgnored();
    void theSandboxStands();
    void decodersArePinned();
    void oddPictures();
};

void UnitDecoder::settingsAreChecked()
{
    PoolProbe probe;
    auto settings = settingsFor(realDecoder);
    settings.width = decoder::maxSide + 1;
    QCOMPARE(probe.start(settings).code, ErrorCode::Settings);
    settings.width = 0;
    QCOMPARE(probe.start(settings).code, ErrorCode::Settings);
    QCOMPARE(probe.start(settingsFor(realDecoder, 0)).code, ErrorCode::Settings);
}

void UnitDecoder::aThousandPicturesAsBytes()
{
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(realDecoder, 2)).code, ErrorCode::None);
    for (std::uint64_t tag = 0; tag < 1000; tag += 50) {
        std::vector<std::pair<std::uint64_t, std::vector<std::byte>>> batch;
        for (std::uint64_t i = tag; i < tag + 50; ++i)
            batch.emplace_back(i, toBytes(greyPicture(valueOf(i))));
        probe.submit(std::move(batch));
    }
    QVERIFY(probe.waitFor(1000));
    for (const auto& [tag, picture] : probe.results())
        QVERIFY(showsOnly(picture, valueOf(tag)));
    QTRY_COMPARE(probe.pool().pending(), std::size_t{0});
    QCOMPARE(probe.pool().restarts(), std::uint64_t{0});
    probe.stop();
    QCOMPARE(probe.count(), std::size_t{1000});
}

void UnitDecoder::aThousandPicturesAsFiles()
{
    const QTemporaryDir folder;
    for (int i = 0; i < 10; ++i) {
        QFile file(folder.filePath(QString::number(i)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(greyPicture(static_cast<std::uint8_t>(i * 20))));
    }
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(realDecoder, 2)).code, ErrorCode::None);
    for (std::uint64_t tag = 0; tag < 1000; ++tag) {
        UniqueFd file(open(qPrintable(folder.filePath(QString::number(tag % 10))), O_RDONLY | O_CLOEXEC));
        QVERIFY(file);
        lseek(file.get(), 5, SEEK_SET); // read from the start all the same
        probe.submitFile(tag, std::move(file));
        if (tag % 500 == 499) // our own limit of open files
            QVERIFY(probe.waitFor(tag + 1));
    }
    for (const auto& [tag, picture] : probe.results())
        QVERIFY2(showsOnly(picture, static_cast<std::uint8_t>(tag % 10 * 20)), picture.detail.c_str());
    QCOMPARE(probe.count(), std::size_t{1000});
}

void UnitDecoder::largePicturesTravelInMemory()
{
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(realDecoder)).code, ErrorCode::None);
    const std::string head = "P6 400 400 255\n";
    for (std::uint64_t tag = 0; tag < 20; ++tag) {
        const std::string picture = head + std::string(400 * 400 * 3, static_cast<char>(valueOf(tag)));
        QVERIFY(picture.size() > decoder::inlineBytes);
        probe.submit(tag, picture);
    }
    // Just as large as a slot, and one byte larger.
    const std::string grey = "P5 512 511 255\n" + std::string(512 * 511, 'g');
    probe.submit(20, grey + std::string(decoder::inlineBytes - grey.size(), ' '));
    probe.submit(21, grey + std::string(decoder::inlineBytes - grey.size() + 1, ' '));
    QVERIFY(probe.waitFor(22));
    for (const auto& [tag, picture] : probe.results())
        QVERIFY(showsOnly(picture, tag < 20 ? valueOf(tag) : 'g'));
}

void UnitDecoder::errorsAreTyped()
{
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(realDecoder)).code, ErrorCode::None);
    probe.submit(0, "");
    probe.submit(1, "<html>");
    probe.submit(2, greyPicture(1).substr(0, 100));
    probe.submit(3, "P5 65500 65500 255\n");
    probe.submitFile(4, UniqueFd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
    probe.submitFile(5, UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)));
    probe.submit(6, greyPicture(9));
    QVERIFY(probe.waitFor(7));
    QCOMPARE(probe.codeOf(0), ErrorCode::ImgEmpty);
    QCOMPARE(probe.codeOf(1), ErrorCode::ImgFormat);
    QCOMPARE(probe.codeOf(2), ErrorCode::ImgTruncated);
    QCOMPARE(probe.codeOf(3), ErrorCode::ImgTooLarge);
    QCOMPARE(probe.codeOf(4), ErrorCode::PathNotFile);
    QCOMPARE(probe.codeOf(5), ErrorCode::PathNotFile);
    QCOMPARE(probe.codeOf(6), ErrorCode::None);
    QVERIFY(probe.results().at(3).pixels.empty());
    QVERIFY2(probe.results().at(3).detail.starts_with("65500x65500"), probe.results().at(3).detail.c_str());
}

void UnitDecoder::factsOfAPictureArrive()
{
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(realDecoder)).code, ErrorCode::None);
    QFile file(QStringLiteral(VITFLEET_SOURCE_DIR "/tests/data/imaging/orientation_6.jpg"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QByteArray bytes = file.readAll();
    bytes.insert(bytes.indexOf("\xff\xdb"), "stray");
    probe.submit(7, std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    QVERIFY(probe.waitFor(1));
    const auto picture = probe.results().at(7);
    QCOMPARE(picture.error, ErrorCode::None);
    QCOMPARE(picture.originalWidth, 23U);
    QCOMPARE(picture.originalHeight, 17U);
    QVERIFY(picture.micros > 0);
    QVERIFY2(picture.note.find("extraneous") != std::string::npos, picture.note.c_str());
}

void UnitDecoder::signalsOfTheGroupAreIgnored()
{
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(realDecoder)).code, ErrorCode::None);
    const int pid = probe.pool().processIds().front();
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        QCOMPARE(kill(pid, signal), 0);
    probe.submit(0, greyPicture(1));
    QVERIFY(probe.waitFor(1));
    QCOMPARE(probe.codeOf(0), ErrorCode::None);
    QCOMPARE(probe.pool().processIds().front(), pid);
}

void UnitDecoder::theSandboxStands()
{
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(realDecoder)).code, ErrorCode::None);
    const int pid = probe.pool().processIds().front();
    const QByteArray status = proc(pid, "status"), limits = proc(pid, "limits");
    QVERIFY2(status.contains("NoNewPrivs:\t1"), status.constData());
    QVERIFY2(status.contains("Seccomp:\t2"), status.constData());
    const auto limitOf = [&](const QByteArray& name) {
        const QByteArray line = limits.mid(limits.indexOf(name)).split('\n').front().mid(name.size()).simplified();
        return line.split(' ').front();
    };
    QCOMPARE(limitOf("Max core file size"), QByteArray("0"));
    QVERIFY(limitOf("Max open files").toInt() <= 64);
    QCOMPARE(limitOf("Max processes"), QByteArray("0"));
    if (!sanitized)
        QCOMPARE(limitOf("Max data size"), QByteArray("2147483648"));
    // Nothing of ours but the socket and /dev/null is open there. (Only readable for root, the process is not
    // dumpable.)
    const QDir open(QStringLiteral("/proc/%1/fd").arg(pid));
    if (open.isReadable())
        QVERIFY2(open.entryList(QDir::Files | QDir::System | QDir::NoDotAndDotDot).size() <= 5, limits.constData());
    QVERIFY(!proc(pid, "environ").contains("HOME="));
}

void UnitDecoder::decodersArePinned()
{
    cpu_set_t ours;
    QCOMPARE(sched_getaffinity(0, sizeof ours, &ours), 0);
    int first = 0;
    while (!CPU_ISSET(first, &ours))
        ++first;
    auto settings = settingsFor(realDecoder);
    settings.cpus = {first};
    PoolProbe probe;
    QCOMPARE(probe.start(settings).code, ErrorCode::None);
    cpu_set_t theirs;
    QCOMPARE(sched_getaffinity(probe.pool().processIds().front(), sizeof theirs, &theirs), 0);
    QCOMPARE(CPU_COUNT(&theirs), 1);
    QVERIFY(CPU_ISSET(first, &theirs));
}

/// Everything that the world has thought up: pixels or a typed error, and no decoder dies of it.
void UnitDecoder::oddPictures()
{
    const QString folder = QStringLiteral(VITFLEET_SOURCE_DIR "/../shared/data/images-odd");
    if (!QDir(folder).exists())
        QSKIP("there are no odd pictures beside this checkout");
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(realDecoder, 2)).code, ErrorCode::None);
    QStringList names;
    for (QDirIterator files(folder, QDir::Files, QDirIterator::Subdirectories); files.hasNext();) {
        const QString path = files.next();
        UniqueFd file(open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC));
        QVERIFY(file);
        probe.submitFile(static_cast<std::uint64_t>(names.size()), std::move(file));
        names.append(path);
        if (names.size() % 256 == 0)
            QVERIFY(probe.waitFor(static_cast<std::size_t>(names.size())));
    }
    QVERIFY(probe.waitFor(static_cast<std::size_t>(names.size())));
    const std::set<ErrorCode> allowed{ErrorCode::None,         ErrorCode::ImgFormat,   ErrorCode::ImgCorrupt,
                                      ErrorCode::ImgTruncated, ErrorCode::ImgTooLarge, ErrorCode::ImgEmpty};
    std::map<std::string_view, int> totals;
    for (const auto& [tag, picture] : probe.results()) {
        QVERIFY2(allowed.contains(picture.error), qPrintable(names[static_cast<qsizetype>(tag)]));
        QCOMPARE(picture.pixels.empty(), picture.error != ErrorCode::None);
        ++totals[picture.error == ErrorCode::None ? "pixels" : info(picture.error).name];
    }
    for (const auto& [name, count] : totals)
        qInfo("%-16s %d", std::string(name).c_str(), count);
    QCOMPARE(probe.pool().restarts(), std::uint64_t{0});
}

QTEST_GUILESS_MAIN(UnitDecoder)
#include "unit_decoder.moc"
