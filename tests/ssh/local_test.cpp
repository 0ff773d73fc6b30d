// SPDX-License-Identifier: GPL-3.0-or-later
// A profile of this machine: processes that outlive the application, without anything of SSH.
#include <QTest>

#include "tests/e2e/csv_file.h"
#include "tests/e2e/fleet_run.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <csignal>

using namespace vitfleet::test;

class LocalTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    QString path(const QString& name) const { return m_dir->filePath(name); }
    QStringList fleet(const QString& action, const QStringList& more = {}) const
    {
        return QStringList{QStringLiteral("fleet"), action, QStringLiteral("--profile"), QStringLiteral("here")} + more;
    }
    /// Agents whose launch folder is this test's.
    QList<qint64> agents() const
    {
        QList<qint64> found;
        const QList<qint64> all = processesOf(QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-agent"));
        for (const qint64 pid : all) {
            QFile line(QStringLiteral("/proc/%1/cmdline").arg(pid));
            if (line.open(QIODevice::ReadOnly) && line.readAll().contains(path(QStringLiteral("launch")).toUtf8()))
                found << pid;
        }
        return found;
    }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        QFile file(path(QStringLiteral("profiles.toml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[profile.here]\nprovider = \"local\"\nidle_minutes = 1\nlisten = \"127.0.0.1\"\nfolder = \"" +
                   path(QStringLiteral("launch")).toUtf8() + "\"\nmodel_cache = \"" +
                   path(QStringLiteral("models")).toUtf8() + "\"\n");
    }

    /// They stay, one is killed while nobody looks, a run replaces it and uses the other, and down ends them all.
    void keptProcessesAreUsedAndGivenBack()
    {
        CliProcess up(m_dir->path());
        QVERIFY2(up.run(fleet(QStringLiteral("up"),
                              {QStringLiteral("--nodes"), QStringLiteral("2"), QStringLiteral("--wait")})) == 0,
                 up.all().constData());
        const QList<qint64> kept = agents();
        QCOMPARE(kept.size(), 2);
        ::kill(static_cast<pid_t>(kept.constFirst()), SIGKILL);
        CliProcess cli(m_dir->path());
        QVERIFY2(cli.run(demoRun(m_dir->path(), QStringLiteral("here"), 2,
                                 synthetic(4) + QStringList{QStringLiteral("--limit"), QStringLiteral("2000")})) == 0,
                 cli.all().constData());
        QCOMPARE(rowsProblem(resultsOf(m_dir->path()), 2000), QString());
        const CsvFile csv(resultsOf(m_dir->path()));
        const QStringList nodes = csv.countBy(QStringLiteral("node")).keys();
        QVERIFY2(nodes.contains(QStringLiteral("here-%1").arg(kept.constLast())), qPrintable(nodes.join(u' ')));
        // The one that was kept stays, what this run had brought up is gone.
        QCOMPARE(agents(), QList<qint64>{kept.constLast()});
        CliProcess down(m_dir->path());
        QVERIFY2(down.run(fleet(QStringLiteral("down"))) == 0, down.all().constData());
        QVERIFY(agents().isEmpty());
        QVERIFY(QDir(path(QStringLiteral("launch"))).isEmpty());
    }
};

QTEST_GUILESS_MAIN(LocalTest)
#include "local_test.moc"
