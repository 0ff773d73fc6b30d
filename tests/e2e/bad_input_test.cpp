// SPDX-License-Identifier: GPL-3.0-or-later
// Bad input from end to end: every kind of rubbish becomes the row of its item or ends the run before it begins, with a
// stable code, what it was, why, and what to do. The same words everywhere: they come from one list.
#include <QTest>

#include "app/store/schema.h"
#include "shared/base/error.h"
#include "tests/e2e/csv_file.h"
#include "tests/e2e/fleet_run.h"

#include <QDir>
#include <QFile>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::test;

namespace {

const QString pictures = QStringLiteral(VITFLEET_SOURCE_DIR "/tests/data/imaging/");

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool write(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

/// A PNG's signature and header, with a right checksum, for a picture of this size.
QByteArray pngHeader(quint32 width, quint32 height)
{
    QByteArray header("IHDR");
    for (const quint32 side : {width, height}) {
        for (int shift = 24; shift >= 0; shift -= 8)
            header.append(static_cast<char>(side >> shift & 0xff));
    }
    header += QByteArray("\x08\x02\0\0\0", 5);
    quint32 crc = 0xffffffff;
    for (const char byte : header) {
        crc ^= static_cast<quint8>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    QByteArray bytes = QByteArray("\x89PNG\r\n\x1a\n\0\0\0\x0d", 12) + header;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.append(static_cast<char>(~crc >> shift & 0xff));
    return bytes;
}

/// The bytes of a database that was made so.
QByteArray databaseOf(const std::string& sql)
{
    const QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("made.db"));
    SQLite::Database(file.toStdString(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
    return contentOf(file);
}

QByteArray sentencesOf(ErrorCode code)
{
    const ErrorInfo& entry = info(code);
    return QByteArray(entry.name.data(), qsizetype(entry.name.size())) + ": " +
           QByteArray(entry.what.data(), qsizetype(entry.what.size()));
}

QByteArray remedyOf(ErrorCode code)
{
    return {info(code).remedy.data(), qsizetype(info(code).remedy.size())};
}

} // namespace

class BadInputTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void itemsBecomeRows();
    void runsAreRefused_data();
    void runsAreRefused();
    void portsThatAreNoAgents_data();
    void portsThatAreNoAgents();
    void databasesAreRefused_data();
    void databasesAreRefused();
    void aDatabaseThatMayNotBeWrittenIsRefused();

private:
    std::unique_ptr<QTemporaryDir> m_folder;

    QString path(const QString& name) const { return m_folder->filePath(name); }
    /// Puts one file into the data set for each case; what its row must say. None: a label.
    void makeItems(QHash<QString, ErrorCode>& expected) const;
    QStringList runArguments(const QString& data, const QString& model = demoModel()) const
    {
        return {QStringLiteral("run"),
                QStringLiteral("--data"),
                data,
                QStringLiteral("--model"),
                model,
                QStringLiteral("--local"),
                QStringLiteral("1"),
                QStringLiteral("--db"),
                path(QStringLiteral("run.db")),
                QStringLiteral("--export"),
                path(QStringLiteral("results.csv")),
                QStringLiteral("--backend"),
                QStringLiteral("synthetic")};
    }
    /// The code, its sentence and what to do are told, and nothing ran.
    static void checkRefusal(CliProcess& cli, ErrorCode code)
    {
        QVERIFY2(cli.all().contains(sentencesOf(code)), cli.all().constData());
        QVERIFY2(cli.all().contains(remedyOf(code)), cli.all().constData());
        QVERIFY2(!cli.all().contains("labelled"), cli.all().constData());
    }
};

void BadInputTest::makeItems(QHash<QString, ErrorCode>& expected) const
{
    QDir(m_folder->path()).mkdir(QStringLiteral("data"));
    const QString data = path(QStringLiteral("data/"));
    const auto add = [&](const char* name, ErrorCode code, const QByteArray& bytes) {
        QVERIFY(write(data + QString::fromUtf8(name), bytes));
        expected.insert(QString::fromUtf8(name), code);
    };
    const QByteArray jpeg = contentOf(pictures + QStringLiteral("progressive.jpg"));
    const QByteArray png = contentOf(pictures + QStringLiteral("deep.png"));
    const QByteArray webp = contentOf(pictures + QStringLiteral("lossless.webp"));
    add("half.jpg", ErrorCode::ImgTruncated, jpeg.left(jpeg.size() / 2));
    add("hundredth.jpg", ErrorCode::ImgTruncated, jpeg.left(jpeg.size() / 100 + 2));
    add("cut.png", ErrorCode::ImgTruncated, png.left(png.size() / 2));
    add("cut.webp", ErrorCode::ImgTruncated, webp.left(webp.size() / 2));
    QByteArray wrong = png;
    wrong[wrong.indexOf("IDAT") + 6] = static_cast<char>(wrong[wrong.indexOf("IDAT") + 6] ^ 0x10);
    add("checksum.png", ErrorCode::ImgCorrupt, wrong);
    add("65500.png", ErrorCode::ImgTooLarge, pngHeader(65'500, 65'500));
    add("20000.png", ErrorCode::ImgTooLarge, pngHeader(20'000, 20'000));
    add("empty.jpg", ErrorCode::ImgEmpty, {});
    add("page.jpg", ErrorCode::ImgFormat, "<!DOCTYPE html><html><body>404</body></html>");
    add("movie.mp4", ErrorCode::ImgFormat,
        QByteArray("\0\0\0\x18"
                   "ftypmp42",
                   12));
    add("really_png.jpg", ErrorCode::None, png); // accepted, and noted
    add("\"><b>.png", ErrorCode::None, png);     // shown as it is
    add("=HYPERLINK(1).png", ErrorCode::None, png);
    for (const char* name : {"cmyk.jpg", "alpha.png", "palette.gif", "grey.jpg", "one_pixel.png", "deep.pgm",
                             "orientation_6.jpg", "lzw.tif", "alpha.bmp"})
        add(name, ErrorCode::None, contentOf(pictures + QString::fromLatin1(name)));

    // What is no picture at all, or not here.
    QVERIFY(write(path(QStringLiteral("outside.png")), png));
    const auto link = [&](const char* name, const char* target, ErrorCode code) {
        QCOMPARE(::symlink(target, qPrintable(data + QString::fromLatin1(name))), 0);
        expected.insert(QString::fromLatin1(name), code);
    };
    link("out.png", "../outside.png", ErrorCode::PathEscape);
    link("device.png", "/dev/zero", ErrorCode::PathEscape);
    link("nothing.png", "not_there.png", ErrorCode::PathMissing);
    link("circle.png", "circle.png", ErrorCode::PathNotFile);
    QCOMPARE(::mkfifo(qPrintable(data + QStringLiteral("pipe.png")), 0600), 0);
    expected.insert(QStringLiteral("pipe.png"), ErrorCode::PathNotFile);
    QVERIFY(write(data + QStringLiteral("tmp"), png));
    QCOMPARE(::rename(qPrintable(data + QStringLiteral("tmp")), (data.toStdString() + "caf\xE9.png").c_str()), 0);
    expected.insert(QStringLiteral("caf\\xE9.png"), ErrorCode::PathEncoding);
}

void BadInputTest::itemsBecomeRows()
{
    QHash<QString, ErrorCode> expected;
    makeItems(expected);
    QVERIFY(!QTest::currentTestFailed());
    CliProcess cli(m_folder->path());
    const int code = cli.run(runArguments(path(QStringLiteral("data"))) << QStringLiteral("--json"));
    QVERIFY2(code == 1, cli.all().constData()); // finished, and some items are errors
    const CsvFile csv(path(QStringLiteral("results.csv")));
    QVERIFY2(csv.problem().isEmpty(), qPrintable(csv.problem()));
    QCOMPARE(csv.rows(), int(expected.size()));
    for (int row = 0; row < csv.rows(); ++row) {
        QString item = csv.at(row, QStringLiteral("path"));
        if (item.startsWith(QLatin1Char('\''))) // what a spreadsheet would run is guarded
            item.remove(0, 1);
        QVERIFY2(expected.contains(item), qPrintable(item));
        const ErrorCode wanted = expected.value(item);
        const QString found = csv.at(row, QStringLiteral("error_code"));
        const QString message = csv.at(row, QStringLiteral("error_message"));
        const std::string_view name = wanted == ErrorCode::None ? std::string_view() : info(wanted).name;
        QVERIFY2(found.toStdString() == name, qPrintable(item + QStringLiteral(": ") + found + message));
        QCOMPARE(csv.at(row, QStringLiteral("label")).isEmpty(), wanted != ErrorCode::None);
        if (wanted != ErrorCode::None)
            QVERIFY2(message.toUtf8().contains(remedyOf(wanted)), qPrintable(message));
    }
    // The command line says the same of the run.
    CliProcess show(m_folder->path());
    QCOMPARE(
        show.run({QStringLiteral("show"), QStringLiteral("1"), QStringLiteral("--db"), path(QStringLiteral("run.db"))}),
        0);
    for (const ErrorCode each : {ErrorCode::ImgTruncated, ErrorCode::PathEscape})
        QVERIFY2(show.standardOutput().contains(info(each).name.data()), show.all().constData());
}

void BadInputTest::runsAreRefused_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("file"); ///< in the model's or the data set's folder
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char* name, ErrorCode code, const char* file, const QByteArray& bytes) {
        QTest::newRow(name) << static_cast<int>(code) << QByteArray(file) << bytes;
    };
    const QByteArray weights = "model/model.safetensors";
    row("header length 2^63", ErrorCode::ModelWeights, weights, QByteArray("\0\0\0\0\0\0\0\x80{}", 10));
    row("pickle", ErrorCode::ModelUntrusted, weights, QByteArray("\x80\x02}q\0.", 6));
    row("TorchScript", ErrorCode::ModelUntrusted, weights, QByteArray("PK\x03\x04 and so on"));
    row("missing tensors", ErrorCode::ModelShape, weights, QByteArray("\x02\0\0\0\0\0\0\0{}", 10));
    row("trailing bytes", ErrorCode::ModelWeights, weights, QByteArray("\x02\0\0\0\0\0\0\0{}xx", 12));
    row("unknown type", ErrorCode::ModelType, "model/config.json", "{\"model_type\": \"swin\"}");
    row("nested 100,000 deep", ErrorCode::ModelConfig, "model/config.json", "{\"a\":" + QByteArray(100'000, '['));
    row("odd preprocessing", ErrorCode::ModelPreprocessor, "model/preprocessor_config.json", "{\"size\": -1}");
    row("no data", ErrorCode::DataEmpty, "data/list.csv", "path\n");
    row("no column", ErrorCode::DataManifest, "data/list.csv", "file\na.png\n");
    row("open quote", ErrorCode::DataManifest, "data/list.tsv", "path\n\"a.png\n");
    row("cut IDX", ErrorCode::DataIdx, "data/x-images-idx3-ubyte", QByteArray("\0\0\x08\x03\0\0", 6));
    row("unknown kind", ErrorCode::DataFormat, "data/list.xlsx", "PK");
}

void BadInputTest::runsAreRefused()
{
    QFETCH(const int, code);
    QFETCH(const QByteArray, file);
    QFETCH(const QByteArray, bytes);
    for (const char* folder : {"data", "model"})
        QVERIFY(QDir(m_folder->path()).mkdir(QLatin1String(folder)));
    for (const char* name : {"config.json", "preprocessor_config.json", "model.safetensors"})
        QVERIFY(QFile::copy(demoModel() + QLatin1Char('/') + QLatin1String(name),
                            path(QStringLiteral("model/") + QLatin1String(name))));
    QVERIFY(QFile::copy(pictures + QStringLiteral("grey.png"), path(QStringLiteral("data/grey.png"))));
    QFile::remove(path(QString::fromLatin1(file)));
    QVERIFY(write(path(QString::fromLatin1(file)), bytes));
    const bool isData = file.startsWith("data");
    CliProcess cli(m_folder->path());
    const int ended = cli.run(
        runArguments(path(isData ? QString::fromLatin1(file) : QStringLiteral("data")), path(QStringLiteral("model"))));
    QVERIFY2(ended == 3, cli.all().constData());
    checkRefusal(cli, static_cast<ErrorCode>(code));
}

void BadInputTest::portsThatAreNoAgents_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("HTTP") << static_cast<int>(ErrorCode::Protocol) << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n");
    QTest::newRow("TLS") << static_cast<int>(ErrorCode::Protocol) << QByteArray("\x15\x03\x01\0\x02\x02\x46", 7);
    QTest::newRow("SSH") << static_cast<int>(ErrorCode::Protocol) << QByteArray("SSH-2.0-OpenSSH_9.2\r\n");
    QTest::newRow("nobody") << static_cast<int>(ErrorCode::Unreachable) << QByteArray();
}

void BadInputTest::portsThatAreNoAgents()
{
    QFETCH(const int, code);
    QFETCH(const QByteArray, answer);
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QTcpServer::newConnection, this, [&] {
        QTcpSocket* peer = server.nextPendingConnection();
        peer->write(answer);
        peer->disconnectFromHost();
    });
    const quint16 port = server.serverPort();
    if (answer.isEmpty())
        server.close();
    CliProcess cli(m_folder->path());
    cli.start({QStringLiteral("agents"), QStringLiteral("--agent"),
               QStringLiteral("127.0.0.1:%1/%2").arg(port).arg(QString(52, QLatin1Char('a'))),
               QStringLiteral("--timeout"), QStringLiteral("3")});
    int ended = -1;
    QTRY_VERIFY_WITH_TIMEOUT((ended = cli.finish(50)) >= 0, 30'000); // the server answers meanwhile
    QCOMPARE(ended, 1);
    QVERIFY2(cli.all().contains(info(static_cast<ErrorCode>(code)).name.data()), cli.all().constData());
}

void BadInputTest::databasesAreRefused_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("no database") << static_cast<int>(ErrorCode::DbFormat) << QByteArray(5000, 'x');
    QByteArray cutOff("SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20", 24);
    cutOff.resize(100);
    QTest::newRow("cut off") << static_cast<int>(ErrorCode::DbCorrupt) << cutOff;
    QTest::newRow("another program's") << static_cast<int>(ErrorCode::DbForeign)
                                       << databaseOf("CREATE TABLE t(a); PRAGMA application_id=77");
    QTest::newRow("a newer version's") << static_cast<int>(ErrorCode::DbNewer)
                                       << databaseOf(
                                              "CREATE TABLE t(a); PRAGMA user_version=1000; PRAGMA application_id=" +
                                              std::to_string(app::sqlite::applicationId));
}

void BadInputTest::databasesAreRefused()
{
    QFETCH(const int, code);
    QFETCH(const QByteArray, bytes);
    QVERIFY(write(path(QStringLiteral("run.db")), bytes));
    CliProcess cli(m_folder->path());
    const int ended = cli.run({QStringLiteral("runs"), QStringLiteral("--db"), path(QStringLiteral("run.db"))});
    QVERIFY2(ended == 3, cli.all().constData());
    const bool named = cli.standardError().contains(sentencesOf(static_cast<ErrorCode>(code)));
    // SQLite itself judges which of the two a damaged header is.
    QVERIFY2(named || (code == static_cast<int>(ErrorCode::DbCorrupt) && cli.standardError().contains("E_DB_")),
             cli.all().constData());
    QVERIFY2(!named || cli.standardError().contains(remedyOf(static_cast<ErrorCode>(code))), cli.all().constData());
    QCOMPARE(contentOf(path(QStringLiteral("run.db"))), bytes); // it is not ours, so it stays as it is
}

void BadInputTest::aDatabaseThatMayNotBeWrittenIsRefused()
{
    const QString folder = path(QStringLiteral("closed"));
    QVERIFY(QDir().mkpath(folder));
    if (::geteuid() != 0)
        QCOMPARE(::chmod(qPrintable(folder), 0555), 0);
    // Root may write everywhere but on a file system that is read-only, here in a mount namespace of this test's own.
    else if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
             ::mount("tmpfs", qPrintable(folder), "tmpfs", MS_RDONLY, nullptr) != 0)
        QSKIP("a read-only file system cannot be mounted here");
    QDir(m_folder->path()).mkdir(QStringLiteral("data"));
    QVERIFY(QFile::copy(pictures + QStringLiteral("grey.png"), path(QStringLiteral("data/a.png"))));
    QStringList arguments = runArguments(path(QStringLiteral("data")));
    arguments[arguments.indexOf(path(QStringLiteral("run.db")))] = folder + QStringLiteral("/run.db");
    CliProcess cli(m_folder->path());
    QCOMPARE(cli.run(arguments), 3);
    checkRefusal(cli, ErrorCode::DbReadOnly);
    ::umount2(qPrintable(folder), MNT_DETACH);
    ::chmod(qPrintable(folder), 0755);
}

QTEST_GUILESS_MAIN(BadInputTest)
#include "bad_input_test.moc"
