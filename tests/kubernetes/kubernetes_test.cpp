// SPDX-License-Identifier: GPL-3.0-or-later
// The control flow on Kubernetes with a stand-in for kubectl, whose pods are real agents. No cluster is involved.
#include <QTest>

#include "tests/e2e/fleet_run.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

using namespace vitfleet::test;

static constexpr int items = 3000;

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
    void writeProfile(const QByteArray& context)
    {
        QFile file(path(QStringLiteral("profiles.toml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[profile.k8s]\nprovider = \"kubernetes\"\ncontext = \"" + context +
                   "\"\nnamespace = \"pictures\"\nimage = \"example.org/vitfleet-agent:0.1.0\"\n");
    }
    QByteArray fleet(const QStringList& more)
    {
        CliProcess cli(m_dir->path());
        cli.run(QStringList{QStringLiteral("fleet")} + more + QStringList{QStringLiteral("--json")});
        return cli.standardOutput();
    }
    QStringList runArguments() const
    {
        return demoRun(m_dir->path(), QStringLiteral("k8s"), 2,
                       synthetic(8) + QStringList{QStringLiteral("--limit"), QString::number(items)});
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
        writeProfile("lab");
    }

    /// Two pods; the way to each breaks once and is opened again; the fleet grows in mid-run and is gone at the end.
    void podsShareARun()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments());
        QVERIFY2(waitForFleet(cli, 2, 2), cli.all().constData());
        CliProcess resize(m_dir->path());
        QVERIFY2(resize.run({QStringLiteral("fleet"), QStringLiteral("resize"), QStringLiteral("--profile"),
                             QStringLiteral("k8s"), QStringLiteral("--nodes"), QStringLiteral("3")}) == 0,
                 resize.all().constData());
        QVERIFY2(waitForFleet(cli, 3, 3), cli.all().constData());
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        QCOMPARE(rowsProblem(resultsOf(m_dir->path()), items), QString());
        QVERIFY(QDir(path(QStringLiteral("cluster/pods"))).isEmpty());
        QVERIFY(QDir(path(QStringLiteral("cluster/sets"))).isEmpty());
        QCOMPARE(calls().count(" apply -f -"), 2); // one for each time that it grew
        QCOMPARE(calls().count(" delete statefulset,service,secret,networkpolicy "), 2);
        QCOMPARE(calls().count("answered "), 3);                             // each pod once, not at every look
        QVERIFY2(calls().count(" port-forward ") >= 5, calls().constData()); // three pods, two of which broke at least
    }

    /// The profile is moved to another cluster while pods run: they are found, and given back, where they are.
    void podsOfAMovedProfileAreGivenBack()
    {
        const QStringList profile = {QStringLiteral("--profile"), QStringLiteral("k8s")};
        const QByteArray up =
            fleet(QStringList{QStringLiteral("up")} + profile +
                  QStringList{QStringLiteral("--nodes"), QStringLiteral("2"), QStringLiteral("--wait")});
        QVERIFY2(up.count("\"state\":\"running\"") >= 2, up.constData());
        writeProfile("elsewhere");
        const QByteArray status = fleet({QStringLiteral("status")});
        QVERIFY2(status.count("\"site\":\"lab/pictures\"") == 2 && !status.contains("\"state\":\"ended\""),
                 status.constData());
        QVERIFY(!QDir(path(QStringLiteral("cluster/pods"))).isEmpty());
        const QByteArray down = fleet(QStringList{QStringLiteral("down")} + profile);
        QVERIFY2(down.contains("\"units\":[]"), down.constData());
        QVERIFY(QDir(path(QStringLiteral("cluster/pods"))).isEmpty());
        QVERIFY(QDir(path(QStringLiteral("cluster/sets"))).isEmpty());
    }

    /// A token that expires in mid-run: that is said, what runs goes on as far as it can, and nothing is lost.
    void credentialsExpireInMidRun()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments());
        QVERIFY2(waitForFleet(cli, 2, 2), cli.all().constData());
        const QString marker = path(QStringLiteral("cluster/unauthorized"));
        QFile file(marker);
        QVERIFY(file.open(QIODevice::WriteOnly));
        const auto troubled = [](const char* code) {
            return [code](const QJsonObject& line) {
                return isEvent(line, "fleet") &&
                       line.value(QLatin1String("trouble")).toObject().value(QLatin1String("code")).toString() ==
                           QLatin1String(code);
            };
        };
        QVERIFY2(!cli.waitForLine(troubled("E_PROVIDER_DENIED")).isEmpty(), cli.all().constData());
        QVERIFY(QFile::remove(marker));
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        QVERIFY2(cli.standardError().contains("E_PROVIDER_DENIED"), cli.all().constData());
        QCOMPARE(rowsProblem(resultsOf(m_dir->path()), items), QString());
        QCOMPARE(calls().count(" apply -f -"), 1);
        QVERIFY(QDir(path(QStringLiteral("cluster/pods"))).isEmpty());
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
