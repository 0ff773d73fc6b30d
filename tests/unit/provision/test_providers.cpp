// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs: commands with limits, profiles, files of launch folders, what never reaches a shell.
#include "app/core/profiles/profile.h"
#include "app/provision/command.h"
#ifndef Q_MOC_RUN // moc 6.4 stumbles over the scripts in raw strings
#include "app/provision/host_scripts.h"
#endif
#include "app/provision/provider.h"
#include "app/provision/site.h"
#include "app/provision/tunnels.h"

#include "stand_in_programs.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <QScopeGuard>

#include <sys/stat.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace std::chrono_literals;

namespace {

ErrorCode codeOf(const Result<std::vector<Profile>>& profiles)
{
    return profiles ? ErrorCode::None : profiles.error().code;
}

} // namespace

class ProvidersTest : public QObject, private vitfleet::test::StandInPrograms
{
    Q_OBJECT

private Q_SLOTS:
    void commandsAnswer()
    {
        const auto echoed = runCommand({{"cat"}, "hello\n", {}, 10s});
        QVERIFY(echoed.ok());
        QCOMPARE(echoed->output, std::string("hello\n"));
        const auto failed = runCommand({{"sh", "-c", "echo why >&2; exit 3"}, {}, {}, 10s});
        QCOMPARE(failed->status, 3);
        QCOMPARE(failed->errors, std::string("why\n"));
        QCOMPARE(runOrRefuse({{"sh", "-c", "echo why >&2; exit 3"}, {}, {}, 10s}).error().code,
                 ErrorCode::ProviderRefused);
        QCOMPARE(runOrRefuse({{"sh", "-c", "echo 'x: Permission denied (publickey).' >&2; exit 255"}, {}, {}, 10s})
                     .error()
                     .code,
                 ErrorCode::ProviderDenied);
        QCOMPARE(runCommand({{"vitfleet-no-such-program"}, {}, {}, 10s}).error().code, ErrorCode::ProviderMissing);
    }

    /// What hangs is killed with everything that it has started; so is what is told to stop.
    void commandsThatHangAreKilled()
    {
        const QString pidFile = m_dir.filePath(QStringLiteral("pid"));
        const auto slow =
            runCommand({{"sh", "-c", "sleep 1000 & echo $! >\"$1\"; wait", "x", pidFile.toStdString()}, {}, {}, 300ms});
        QCOMPARE(slow.error().code, ErrorCode::ProviderTimeout);
        QFile file(pidFile);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString child = QString::fromUtf8(file.readAll()).trimmed();
        QTRY_VERIFY(!QFile::exists(QStringLiteral("/proc/%1/cmdline").arg(child)) || [&] {
            QFile line(QStringLiteral("/proc/%1/cmdline").arg(child));
            return line.open(QIODevice::ReadOnly) && line.readAll().isEmpty(); // not waited for by its new parent yet
        }());
        std::atomic<bool> stop{true};
        QCOMPARE(runCommand({{"sleep", "1000"}, {}, {}, 60s}, &stop).error().code, ErrorCode::ProviderTimeout);
    }

    /// Also before it has got so far as to be a group of its own that could be killed.
    void commandsThatAreEndedAtOnceEnd()
    {
        const std::atomic<bool> stop{true};
        for (int i = 0; i < 200; ++i) {
            QCOMPARE(runCommand({{"sleep", "1000"}, {}, {}, 60s}, &stop).error().code, ErrorCode::ProviderTimeout);
            auto command = BackgroundCommand::start({"sleep", "1000"});
            QVERIFY(command.ok());
            command->stop();
            QVERIFY(!command->isRunning());
        }
    }

    /// A tunnel that complains about every connection is not held up by that, and its last words are kept.
    void whoSaysMuchIsHeard()
    {
        auto command = BackgroundCommand::start(
            {"sh", "-c", "yes lost connection | head -n 20000 >&2; echo bye >&2; exec sleep 1000"});
        QVERIFY(command.ok());
        QTRY_VERIFY(command->isRunning() && command->lastWords().ends_with("| bye"));
        QVERIFY(command->lastWords().size() < 2000);
    }

    void outputHasALimit()
    {
        const auto much = runCommand({{"head", "-c", "9000000", "/dev/zero"}, {}, {}, 30s});
        QVERIFY(much.ok());
        QVERIFY(much->output.size() >= maxCommandBytes && much->output.size() < maxCommandBytes + 65536);
    }

    void wordsForAShellAreQuoted()
    {
        for (const char* word :
             {"plain", "two words", "it's", "$(touch /tmp/x)", "`id`", "a\nb", "", "-rf", "\"", "\\"}) {
            const auto said = runCommand({{"sh", "-c", "printf %s " + shellQuoted(word)}, {}, {}, 10s});
            QCOMPARE(said->output, std::string(word));
        }
    }

    /// "~/" is the home of whoever uses a path: here for files that are read here, else on the host.
    void homesAreThoseOfTheUser()
    {
        const QByteArray home = m_dir.filePath(QStringLiteral("home")).toUtf8(), before = qgetenv("HOME");
        const auto restore = qScopeGuard([&before] { qputenv("HOME", before); });
        qputenv("HOME", home);
        QVERIFY(QDir().mkpath(QString::fromUtf8(home) + QStringLiteral("/my bin")));
        const std::string homeText = home.toStdString();
        const auto said = runCommand({{"sh", "-c", "printf %s " + shellQuotedPath("~/it's $(id)")}, {}, {}, 10s});
        QCOMPARE(said->output, homeText + "/it's $(id)");
        QCOMPARE(shellQuotedPath("/a/~/b"), shellQuoted("/a/~/b"));

        const Site here({});
        const std::string allocation(32, 'a');
        const auto made = here.makeFolder("~/launch/" + allocation);
        QVERIFY(made.ok());
        QCOMPARE(*made, homeText + "/launch/" + allocation);
        QVERIFY(QFile::copy(QStringLiteral("/bin/true"), QString::fromUtf8(home) + QStringLiteral("/my bin/agent")));
        QCOMPARE(here.shell(scripts::findAgent, {"~/my bin/agent", "0"}).value(),
                 "agent " + homeText + "/my bin/agent\n");

        const QString asked = m_dir.filePath(QStringLiteral("ssh-asked"));
        standIn("ssh", "printf '%s\\n' \"$@\" >'" + asked.toUtf8() + "'\ncat\n");
        const Site there({"node-a", "~/hosts", 10s, nullptr});
        QFile sent(m_dir.filePath(QStringLiteral("home/agent.tgz")));
        QVERIFY(sent.open(QIODevice::WriteOnly) && sent.write("archive") > 0);
        sent.close();
        QCOMPARE(there.send("cat", {}, "~/agent.tgz", 10s).value(), std::string("archive"));
        QFile file(asked);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().startsWith(QByteArray("-F\n" + home + "/hosts\n")));
    }

    void hostNames_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("good");
        const auto row = [](const char* name, bool good) { QTest::newRow(name) << QString::fromLatin1(name) << good; };
        row("node-1", true);
        row("node-1.example.org", true);
        row("me@node-1", true);
        row("10.0.0.7", true);
        row("my_alias", true);
        row("", false);
        row("-oProxyCommand=id", false);
        row("node 1", false);
        row("node;id", false);
        row("a@b@c", false);
        row("me@", false);
        row("$(id)", false);
        row("node\n1", false);
        QTest::newRow("253") << QString(253, QLatin1Char('a')) << true;
        QTest::newRow("254") << QString(254, QLatin1Char('a')) << false;
    }
    void hostNames()
    {
        QFETCH(QString, name);
        QFETCH(bool, good);
        QCOMPARE(isHostName(name.toStdString()), good);
    }

    void slurmFields()
    {
        for (const char* good :
             {"gpu", "2:00:00", "1-00:00:00", "gpu:a100:2", "intel&ib", "[rack1|rack2]", "16G", "a_b"})
            QVERIFY2(isSlurmField(good), good);
        for (const char* bad : {"", "-p", "a b", "a\nb", "a\"b", "a'b", "a;b", "$(id)", "a#b", "a\\b"})
            QVERIFY2(!isSlurmField(bad), bad);
        QVERIFY(isSlurmField(std::string(256, 'a')));
        QVERIFY(!isSlurmField(std::string(257, 'a')));
    }

    void profilesAreRead()
    {
        const auto profiles = parseProfiles(R"(
[profile.cluster]
provider = "slurm"
login = "me@login.example.org"
partition = "gpu"
gpus = "a100:1"
time = "2:00:00"
modules = ["cuda/12"]
price_per_node_hour = 2
paths = { "/home/me/pictures" = "/scratch/me/pictures" }

[profile.lab]
provider = "ssh"
hosts = ["node-a", "node-b"]
reach = "tunnel"
)",
                                            "p.toml");
        QVERIFY2(profiles.ok(), profiles ? "" : describe(profiles.error()).c_str());
        QCOMPARE(profiles->size(), std::size_t{2});
        const Profile& cluster = profiles->front();
        QCOMPARE(cluster.slurm.login, std::string("me@login.example.org"));
        QCOMPARE(cluster.slurm.gpus, std::string("a100:1"));
        QCOMPARE(cluster.pricePerNodeHour, 2.0);
        QCOMPARE(mapPath(cluster.paths, "/home/me/pictures/a/b.jpg"), std::string("/scratch/me/pictures/a/b.jpg"));
        QCOMPARE(mapPath(cluster.paths, "/home/me/pictures"), std::string("/scratch/me/pictures"));
        QCOMPARE(mapPath(cluster.paths, "/home/me/picturesque/a"), std::string("/home/me/picturesque/a"));
        QVERIFY(profiles->back().ssh.reach == SshOptions::Reach::Tunnel);
    }

    void theExamplesCanBeRead()
    {
        const auto examples = readProfiles(VITFLEET_SOURCE_DIR "/installer/slurm/profiles.toml");
        QVERIFY2(examples.ok(), examples ? "" : describe(examples.error()).c_str());
        QCOMPARE(examples->size(), std::size_t{3});
    }

    void wrongProfilesAreRefused()
    {
        const auto parse = [](const char* text) { return codeOf(parseProfiles(text, "p.toml")); };
        QCOMPARE(parse("[profile.a]\nprovider = \"pbs\"\n"), ErrorCode::Settings);
        QCOMPARE(parse("[profile.a]\n"), ErrorCode::Settings);
        QCOMPARE(parse("[profil.a]\nprovider = \"local\"\n"), ErrorCode::Settings);
        QCOMPARE(parse("[profile.a]\nprovider = \"local\"\npartition = \"x\"\n"), ErrorCode::Settings);
        QCOMPARE(parse("[profile.a]\nprovider = \"slurm\"\ncpus = \"two\"\n"), ErrorCode::Settings);
        QCOMPARE(parse("[profile.a]\nprovider = \"slurm\"\npartition = \"a\\nb\"\n"), ErrorCode::SlurmField);
        QCOMPARE(parse("[profile.a]\nprovider = \"slurm\"\nlogin = \"-oProxyCommand=id\"\n"), ErrorCode::HostName);
        QCOMPARE(parse("[profile.a]\nprovider = \"ssh\"\nhosts = [\"a;b\"]\n"), ErrorCode::HostName);
        QCOMPARE(parse("[profile.a]\nprovider = \"ssh\"\nhosts = []\n"), ErrorCode::Settings);
        QCOMPARE(parse("[profile.\"../a\"]\nprovider = \"local\"\n"), ErrorCode::Settings);
        QCOMPARE(parse("[profile.a]\nprovider = \"kubernetes\"\nimage = \"a b\"\n"), ErrorCode::Settings);
        QCOMPARE(parse("[profile.a]\nprovider = \"local\"\nfolder = \"a'b\"\n"), ErrorCode::Settings);
        QCOMPARE(parse("[profile.a]\nprovider = \"local\"\nfolder = \"~me/a\"\n"), ErrorCode::Settings);
        QCOMPARE(parse("not toml"), ErrorCode::Settings);
        QVERIFY(readProfiles(m_dir.filePath(QStringLiteral("absent.toml")).toStdString())->empty());
    }

    void onlyLaunchFoldersAreRemoved()
    {
        const Site here({});
        const auto made =
            here.makeFolder(m_dir.filePath(QStringLiteral("launch/")).toStdString() + std::string(32, 'a'));
        QVERIFY(made.ok());
        struct stat status = {};
        QCOMPARE(::stat(made->c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, 0700U);
        QVERIFY(here.writeFile(*made + "/request.json", "text").ok());
        QCOMPARE(::stat((*made + "/request.json").c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, 0600U);
        QCOMPARE(here.removeFolder(m_dir.path().toStdString()).error().code, ErrorCode::Internal);
        QCOMPARE(here.removeFolder(std::string(32, 'a')).error().code, ErrorCode::Internal);
        QVERIFY(here.removeFolder(*made).ok());
        QVERIFY(::stat(made->c_str(), &status) != 0);
    }

    void repliesAreReadByIndex()
    {
        const Site here({});
        const auto folder = here.makeFolder(m_dir.filePath(QStringLiteral("r/")).toStdString() + std::string(32, 'b'));
        QVERIFY(folder.ok());
        QVERIFY(here.writeFile(*folder + "/reply-0.json", "zero\n").ok());
        QVERIFY(here.writeFile(*folder + "/reply-12.json", "twelve\n").ok());
        QVERIFY(here.writeFile(*folder + "/reply-x.json", "x\n").ok());
        QVERIFY(QFile::link(QStringLiteral("/etc/hostname"), QString::fromStdString(*folder + "/reply-3.json")));
        const auto replies = here.readReplies(*folder);
        QVERIFY(replies.ok());
        QCOMPARE(replies->size(), std::size_t{2});
        QCOMPARE(replies->at(12), std::string("twelve\n"));
        QVERIFY(here.readReplies(*folder + "/absent")->empty());
    }

    void aTunnelThatEndsIsOpenedAgain()
    {
        const QString count = m_dir.filePath(QStringLiteral("count"));
        Tunnels tunnels;
        const auto make = [&](std::uint16_t) {
            return std::vector<std::string>{"sh", "-c", "echo x >>\"$1\"", "x", count.toStdString()};
        };
        const auto port = tunnels.open("unit", "target", make);
        QVERIFY(port.ok());
        QCOMPARE(*tunnels.open("unit", "target", make), *port);
        const auto lines = [&] {
            QFile file(count);
            return file.open(QIODevice::ReadOnly) ? file.readAll().count('x') : 0;
        };
        QTRY_COMPARE(lines(), 1);
        QTRY_VERIFY_WITH_TIMEOUT((tunnels.tend(), lines() >= 2), 10'000);
    }
};

QTEST_GUILESS_MAIN(ProvidersTest)
#include "test_providers.moc"
