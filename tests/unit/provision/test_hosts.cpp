// SPDX-License-Identifier: GPL-3.0-or-later
// Agents on a host that is reached over ssh: found, started, looked at and ended, as units of systemd and as processes.
// ssh is a stand-in that runs its line here; so are systemd's programs.
#include "app/provision/provider.h"

#include "stand_in_programs.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;

class HostsTest : public QObject, private vitfleet::test::StandInPrograms
{
    Q_OBJECT

private:
    using Phase = UnitStatus::Phase;

    QByteArray path(const char* name) const { return m_dir.filePath(QLatin1String(name)).toUtf8(); }
    QByteArray read(const QString& name) const
    {
        QFile file(name);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void write(const char* name, const QByteArray& text)
    {
        QFile file(QString::fromUtf8(path(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    Profile profile(bool systemd) const
    {
        Profile made;
        made.name = "lab";
        made.provider = ProviderKind::Ssh;
        made.agent = path("bin/agent").toStdString();
        made.folder = path("launch").toStdString();
        made.ssh.hosts = {"node-a"};
        made.ssh.systemd = systemd;
        return made;
    }
    /// One unit that has been started.
    std::vector<UnitRecord> started(Provider& provider)
    {
        std::vector<UnitRecord> units(1);
        units[0].allocation = std::string(32, 'a');
        units[0].provider = ProviderKind::Ssh;
        if (const auto prepared = provider.prepare(units); !prepared)
            qCritical("%s", describe(prepared.error()).c_str());
        if (const auto begun = provider.start(units, {}); !begun)
            qCritical("%s", describe(begun.error()).c_str());
        return units;
    }
    /// The number that its process has written down; 0: it has not yet.
    pid_t pidOf(const UnitRecord& unit) const
    {
        return static_cast<pid_t>(read(QString::fromStdString(unit.folder) + QStringLiteral("/pid-0")).toInt());
    }
    static Phase phaseOf(Provider& provider, const UnitRecord& unit)
    {
        const auto statuses = provider.status({unit});
        return statuses ? statuses->at(unit.key()).phase : Phase::Invalid;
    }

private Q_SLOTS:
    void init()
    {
        QDir(QString::fromUtf8(path("launch"))).removeRecursively();
        QDir(m_dir.path()).mkpath(QStringLiteral("home"));
        for (const char* name : {"calls", "state"})
            write(name, {});
        standIn("ssh", "while [ \"$1\" != -- ]; do shift; done\nunset XDG_RUNTIME_DIR\nHOME='" + path("home") +
                           "' exec sh -c \"$3\"\n");
        standIn("agent", "[ \"$1\" != --version ] || exit 0\ntrap 'kill $!; exit 0' TERM\nsleep 1000 &\nwait\n");
        // A user manager that answers, knows one state, and ends nothing.
        standIn("systemctl", "echo \"systemctl $* $XDG_RUNTIME_DIR\" >>'" + path("calls") +
                                 "'\ncase \"$*\" in *' show -p ActiveState '*) cat '" + path("state") + "' ;; esac\n");
        standIn("systemd-run", "echo \"systemd-run $*\" >>'" + path("calls") +
                                   "'\nwhile [ \"${1#-}\" != \"$1\" ]; do [ \"$1\" != -p ] || shift; shift; done\n"
                                   "setsid \"$@\" >/dev/null 2>&1 &\n");
        QFile::remove(QString::fromUtf8(path("bin/setsid")));
    }

    void anAgentIsAUnitWhereThereIsAManager()
    {
        const auto provider = makeHostProvider({profile(true), {}, nullptr});
        const auto units = started(*provider);
        const std::string name = "vitfleet-agent-" + std::string(32, 'a') + "-0";
        QCOMPARE(units[0].providerId, "node-a:" + name);
        const QByteArray calls = read(QString::fromUtf8(path("calls")));
        for (const std::string& part : {std::string("systemd-run --user "), "--unit=" + name + " ",
                                        std::string("-p KillMode=mixed -p TimeoutStopSec=30 "),
                                        "show-environment /run/user/" + std::to_string(::getuid())})
            QVERIFY2(calls.contains(part.c_str()), calls.constData());
        QTRY_VERIFY(pidOf(units[0]) > 0);
        QTRY_VERIFY(phaseOf(*provider, units[0]) == Phase::Running);
        QVERIFY(provider->status(units)->at(units[0].key()).providerId.empty()); // it stays the unit's name
        QVERIFY(provider->stop(units).ok());
        QVERIFY(read(QString::fromUtf8(path("calls"))).contains(QByteArray("stop --no-block ").append(name.c_str())));
        QVERIFY(phaseOf(*provider, units[0]) == Phase::Running); // ending it is systemd's
        QCOMPARE(::kill(pidOf(units[0]), SIGTERM), 0);
        // Its last process may be gone while the unit is not.
        write("state", "deactivating\n");
        const QString process = QStringLiteral("/proc/%1/cmdline").arg(pidOf(units[0]));
        QTRY_VERIFY(read(process).isEmpty());
        QVERIFY(phaseOf(*provider, units[0]) == Phase::Running);
        write("state", "inactive\n");
        QVERIFY(phaseOf(*provider, units[0]) == Phase::Gone);
        QVERIFY(provider->cleanUp(units).ok());
        QVERIFY(!QDir(QString::fromStdString(units[0].folder)).exists());
    }

    /// The manager went, or its bus is broken: what runs is not taken for gone, and can be ended.
    void aManagerThatDoesNotAnswerLosesNothing()
    {
        const auto provider = makeHostProvider({profile(true), {}, nullptr});
        const auto units = started(*provider);
        QTRY_VERIFY(pidOf(units[0]) > 0);
        standIn("systemctl", "echo 'Failed to connect to bus' >&2\nexit 1\n");
        QVERIFY(phaseOf(*provider, units[0]) == Phase::Running);
        QVERIFY(provider->stop(units).ok());
        QTRY_VERIFY(phaseOf(*provider, units[0]) == Phase::Gone);
    }

    /// Without a manager it is a plain process.
    void anAgentIsAProcessWhereThereIsNone()
    {
        standIn("systemctl", "exit 1\n");
        const auto provider = makeHostProvider({profile(true), {}, nullptr});
        const auto units = started(*provider);
        QTRY_VERIFY(pidOf(units[0]) > 0);
        QCOMPARE(units[0].providerId, "node-a:" + std::to_string(pidOf(units[0])));
        QVERIFY(phaseOf(*provider, units[0]) == Phase::Running);
        // Only what names this folder is ever ended: here another program has its number.
        const std::string file = units[0].folder + "/pid-0";
        const QByteArray own = QByteArray::number(static_cast<qint64>(::getpid()));
        const QByteArray before = read(QString::fromStdString(file));
        const auto put = [&](const QByteArray& text) {
            QFile pid(QString::fromStdString(file));
            return pid.open(QIODevice::WriteOnly) && pid.write(text) == text.size();
        };
        QVERIFY(put(own));
        QVERIFY(phaseOf(*provider, units[0]) == Phase::Gone);
        QVERIFY(provider->stop(units).ok());
        QVERIFY(put(before));
        QVERIFY(phaseOf(*provider, units[0]) == Phase::Running);
        QVERIFY(provider->stop(units).ok());
        QTRY_VERIFY(phaseOf(*provider, units[0]) == Phase::Gone);
    }

    /// On a busy host an agent takes a while to become one: until then it is neither missing nor out of reach.
    void aProcessIsThereFromItsFirstMomentOn()
    {
        standIn("setsid", "while [ ! -e '" + path("go") + "' ]; do sleep 0.02; done\nexec /usr/bin/setsid \"$@\"\n");
        const auto provider = makeHostProvider({profile(false), {}, nullptr});
        const auto units = started(*provider);
        QVERIFY(phaseOf(*provider, units[0]) == Phase::Running);
        QVERIFY(provider->stop(units).ok());
        QTRY_VERIFY(phaseOf(*provider, units[0]) == Phase::Gone);
    }

    /// What is missing is named before anything is copied.
    void anOlderSystemIsRefused()
    {
        Profile copied = profile(false);
        copied.agent.clear();
        copied.ssh.archive = path("agent.tar.gz").toStdString();
        const auto refusal = [&] {
            std::vector<UnitRecord> units(1);
            units[0].allocation = std::string(32, 'a');
            const auto prepared = makeHostProvider({copied, {}, nullptr})->prepare(units);
            return prepared ? std::string("nothing") : describe(prepared.error());
        };
        standIn("getconf", "echo 'glibc 2.17'\n");
        const std::string old = refusal();
        QVERIFY2(old.find("E_NODE_SYSTEM") != old.npos && old.find("or newer is needed, it has 2.17") != old.npos,
                 old.c_str());
        standIn("getconf", "exit 1\n"); // another C library
        QVERIFY2(refusal().find("it has none") != std::string::npos, refusal().c_str());
        standIn("getconf", "echo 'glibc 9.99'\n");
        standIn("uname", "echo riscv64\n");
        QVERIFY2(refusal().find("is needed, it is riscv64") != std::string::npos, refusal().c_str());
        QFile::remove(QString::fromUtf8(path("bin/getconf")));
        QFile::remove(QString::fromUtf8(path("bin/uname")));
    }
};

QTEST_GUILESS_MAIN(HostsTest)
#include "test_hosts.moc"
