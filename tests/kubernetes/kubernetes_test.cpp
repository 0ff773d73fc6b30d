// SPDX-License-Identifier: GPL-3.0-or-later
// The control flow on Kubernetes with a stand-in for kubectl, whose pods are real agents. No cluster is involved.
#include <QTest>

#include "tests/e2e/cli_process.h"
#include "tests/e2e/csv_file.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>

using namespace vitfleet::test;

namespace {

constexpr int items = 3000;
const QString demoModel = QStringLiteral(VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit");
const QString demoData = QStringLiteral(VITFLEET_SOURCE_DIR "/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz");

bool isRunning(const QJsonObject& line, int count)
{
    if (line.value(QLatin1String("event")).toString() != QLatin1String("fleet"))
        return false;
    const QJsonArray units = line.value(QLatin1String("units")).toArray();
    int running = 0;
    for (const QJsonValue& unit : units)
        running += unit.toObject().value(QLatin1String("state")).toString() == QLatin1String("running");
    return units.size() == count && running == count;
}

} // namespace

class KubernetesTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    QString path(const QString& name) const { return m_dir->filePath(name); }
    QByteArray calls() const
    {
        QFile file(path(QStringLiteral("cluster/calls.log")));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QStringList runArguments() const
    {
        return {QStringLiteral("run"),
                QStringLiteral("--json"),
                QStringLiteral("--data"),
                demoData,
                QStringLiteral("--model"),
                demoModel,
                QStringLiteral("--limit"),
                QString::number(items),
                QStringLiteral("--profile"),
                QStringLiteral("k8s"),
                QStringLiteral("--nodes"),
                QStringLiteral("2"),
                QStringLiteral("--backend"),
                QStringLiteral("synthetic"),
                QStringLiteral("--export"),
                path(QStringLiteral("results.csv")),
                QStringLiteral("--backend-options"),
                QStringLiteral("{\"ms_per_item\":8,\"replicas\":1}")};
    }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        QDir(m_dir->path()).mkpath(QStringLiteral("bin"));
        QDir(m_dir->path()).mkpath(QStringLiteral("cluster"));
        QVERIFY(QFile::link(QStringLiteral(VITFLEET_SOURCE_DIR "/tests/kubernetes/kubectl.py"),
                            path(QStringLiteral("bin/kubectl"))));
        qputenv("PATH", path(QStringLiteral("bin")).toUtf8() + ":/usr/local/bin:/usr/bin:/bin");
        qputenv("STANDIN_FOLDER", path(QStringLiteral("cluster")).toUtf8());
        qputenv("STANDIN_AGENT", VITFLEET_BIN_DIR "/vitfleet-agent");
        QFile file(path(QStringLiteral("profiles.toml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[profile.k8s]\nprovider = \"kubernetes\"\ncontext = \"lab\"\nnamespace = \"pictures\"\n"
                   "image = \"example.org/vitfleet-agent:0.1.0\"\n");
    }

    /// Two pods; the way to each breaks once and is opened again; the fleet grows in mid-run and is gone at the end.
    void podsShareARun()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments());
        QVERIFY2(!cli.waitForLine([](const QJsonObject& line) { return isRunning(line, 2); }).isEmpty(),
                 cli.all().constData());
        CliProcess resize(m_dir->path());
        QVERIFY2(resize.run({QStringLiteral("fleet"), QStringLiteral("resize"), QStringLiteral("--profile"),
                             QStringLiteral("k8s"), QStringLiteral("--nodes"), QStringLiteral("3")}) == 0,
                 resize.all().constData());
        QVERIFY2(!cli.waitForLine([](const QJsonObject& line) { return isRunning(line, 3); }).isEmpty(),
                 cli.all().constData());
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        const CsvFile csv(path(QStringLiteral("results.csv")));
        QVERIFY2(csv.problem().isEmpty(), qPrintable(csv.problem()));
        QCOMPARE(csv.rows(), items);
        for (int row = 0; row < items; ++row) {
            QCOMPARE(csv.at(row, QStringLiteral("item")), QString::number(row));
            QCOMPARE(csv.at(row, QStringLiteral("status")), QStringLiteral("labelled"));
        }
        QVERIFY(QDir(path(QStringLiteral("cluster/pods"))).isEmpty());
        QVERIFY(QDir(path(QStringLiteral("cluster/sets"))).isEmpty());
        QCOMPARE(calls().count(" apply -f -"), 2); // one for each time that it grew
        QCOMPARE(calls().count(" delete statefulset,service,secret,networkpolicy "), 2);
        QVERIFY2(calls().count(" port-forward ") >= 5, calls().constData()); // three pods, two of which broke at least
    }

    void expiredCredentialsAreSaid()
    {
        QFile marker(path(QStringLiteral("cluster/unauthorized")));
        QVERIFY(marker.open(QIODevice::WriteOnly));
        CliProcess cli(m_dir->path());
        QCOMPARE(cli.run(runArguments()), 3);
        QVERIFY2(cli.standardError().contains("E_PROVIDER_DENIED"), cli.all().constData());
    }
};

QTEST_GUILESS_MAIN(KubernetesTest)
#include "kubernetes_test.moc"
