// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs and their words: commands with limits, profiles, Slurm's states, what never reaches a shell.
#include "app/core/advice.h"
#include "app/core/profiles/profile.h"
#include "app/provision/command.h"
#include "app/provision/provider.h"
#include "app/provision/site.h"
#include "app/provision/slurm_words.h"
#include "app/provision/tunnels.h"
#include "shared/transport/keys.h"

#include "stand_in_programs.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace std::chrono_literals;

namespace {

Profile slurmProfile()
{
    Profile profile;
    profile.name = "cluster";
    profile.provider = ProviderKind::Slurm;
    return profile;
}

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
        QCOMPARE(parse("not toml"), ErrorCode::Settings);
        QVERIFY(readProfiles(m_dir.filePath(QStringLiteral("absent.toml")).toStdString())->empty());
    }

    void slurmStates_data()
    {
        QTest::addColumn<QString>("state");
        QTest::addColumn<QString>("why");
        QTest::addColumn<int>("phase");
        QTest::addColumn<QString>("words");
        QTest::addColumn<bool>("byHand");
        const auto row = [](const char* state, const char* why, UnitStatus::Phase phase, const char* words,
                            bool byHand = false) {
            QTest::addRow("%s %s", state, why) << QString::fromLatin1(state) << QString::fromLatin1(why)
                                               << static_cast<int>(phase) << QString::fromLatin1(words) << byHand;
        };
        using Phase = UnitStatus::Phase;
        row("PENDING", "Resources", Phase::Pending, "waits for free nodes");
        row("PENDING", "Priority", Phase::Pending, "waits behind jobs of higher priority");
        row("PENDING", "QOSMaxJobsPerUserLimit", Phase::Pending,
            "waits: a limit of the account or the QoS is reached (QOSMaxJobsPerUserLimit)");
        row("PENDING", "ReqNodeNotAvail, UnavailableNodes:n[1-3]", Phase::Pending,
            "waits: a node that it needs is down, drained or reserved");
        row("PENDING", "SomethingNew", Phase::Pending, "waits (SomethingNew)");
        row("CONFIGURING", "None", Phase::Pending, "its node is being made ready");
        row("RUNNING", "None", Phase::Running, "on n1");
        row("COMPLETED", "None", Phase::Gone, "its agent has ended");
        row("CANCELLED", "None", Phase::Gone, "it was cancelled", true);
        row("CANCELLED by 1000", "", Phase::Gone, "it was cancelled", true);
        row("PREEMPTED", "None", Phase::Gone, "it was preempted");
        row("TIMEOUT", "TimeLimit", Phase::Gone, "it reached its time limit");
        row("NODE_FAIL", "NodeDown", Phase::Gone, "its node failed");
    }
    void slurmStates()
    {
        QFETCH(QString, state);
        QFETCH(QString, why);
        QFETCH(int, phase);
        QFETCH(QString, words);
        QFETCH(bool, byHand);
        const UnitStatus status = slurm::statusOf(state.toStdString(), why.toStdString(), "n1");
        QCOMPARE(static_cast<int>(status.phase), phase);
        QCOMPARE(QString::fromStdString(status.reason), words);
        QCOMPARE(status.byHand, byHand);
    }

    void theJobScriptHoldsNoKey()
    {
        Profile profile = slurmProfile();
        profile.slurm.partition = "gpu";
        profile.slurm.gpus = "a100:1";
        profile.slurm.modules = {"cuda/12"};
        profile.slurm.login = "login";
        launch::Request request;
        request.applicationKey = transport::KeyPair::generate().publicKey();
        const auto provider = makeSlurmProvider({profile, request, nullptr});
        const FleetPlan plan = provider->plan(4);
        QVERIFY(plan.script.find("#SBATCH --array=0-3\n") != std::string::npos);
        QVERIFY(plan.script.find("#SBATCH --partition=\"gpu\"\n") != std::string::npos);
        QVERIFY(plan.script.find("#SBATCH --signal=B:TERM@60\n") != std::string::npos);
        QVERIFY(plan.script.find("module load 'cuda/12'\n") != std::string::npos);
        QVERIFY(plan.script.find(request.applicationKey.toBase32()) == std::string::npos);
        QVERIFY(plan.commands.front().find("StrictHostKeyChecking=yes") != std::string::npos);
        QVERIFY(plan.commands.front().find("BatchMode=yes") != std::string::npos);
    }

    void aProviderThatHangsIsNotWaitedFor()
    {
        standIn("squeue", "sleep 1000\n");
        Profile profile = slurmProfile();
        profile.timeoutSeconds = 1;
        const auto provider = makeSlurmProvider({profile, {}, nullptr});
        UnitRecord unit;
        unit.allocation = std::string(32, 'a');
        const auto status = provider->status({unit});
        QCOMPARE(status.error().code, ErrorCode::ProviderTimeout);
        standIn("squeue", "echo 'squeue: error: Invalid authentication credential' >&2; exit 1\n");
        QCOMPARE(provider->status({unit}).error().code, ErrorCode::ProviderDenied);
        standIn("squeue", "echo 'garbage'; echo '1_0|other|0|RUNNING|None|n1'; exit 0\n");
        const auto foreign = provider->status({unit});
        QVERIFY(foreign.ok());
        QVERIFY(foreign->at(unit.key()).phase == UnitStatus::Phase::Gone);
    }

    /// Slurm's own limit of an array; it is asked once, and who does not tell has the usual one.
    void arraysAreAsLongAsSlurmAllows()
    {
        const QByteArray asked = m_dir.filePath(QStringLiteral("asked")).toUtf8();
        standIn("scontrol", "echo \"$@\" >>'" + asked +
                                "'\nprintf 'MaxArrayTasks = 7\\nMaxArraySize            = 300\\nMaxJobCount = 9\\n'\n");
        const auto provider = makeSlurmProvider({slurmProfile(), {}, nullptr});
        // Only looked at: nobody is asked.
        QCOMPARE(provider->plan(1001).commands.size(), std::size_t{1});
        QCOMPARE(provider->plan(1002).commands.size(), std::size_t{2});
        QVERIFY(provider->plan(1002).script.find("#SBATCH --array=0-1000\n") != std::string::npos);
        QVERIFY(!QFile::exists(QString::fromUtf8(asked)));
        QCOMPARE(provider->mostAtOnce(), 300U);
        QCOMPARE(provider->mostAtOnce(), 300U);
        QFile file(QString::fromUtf8(asked));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("show config\n"));
        QCOMPARE(provider->plan(601).commands.size(), std::size_t{3});
        for (const char* answer : {"exit 1\n", "echo nothing\n"}) {
            standIn("scontrol", answer);
            QCOMPARE(makeSlurmProvider({slurmProfile(), {}, nullptr})->mostAtOnce(), 1001U);
        }
        standIn("scontrol", "echo 'MaxArraySize = 0'\n"); // no arrays: one task each, and sbatch says what it thinks
        QCOMPARE(makeSlurmProvider({slurmProfile(), {}, nullptr})->mostAtOnce(), 1U);
    }

    /// A command line has room for some thousand numbers at most.
    void manyJobsAreCancelledInParts()
    {
        const QString said = m_dir.filePath(QStringLiteral("cancelled"));
        standIn("scancel", "echo $# >>'" + said.toUtf8() + "'\n");
        std::vector<UnitRecord> units(1201);
        for (std::uint32_t i = 0; i < units.size(); ++i)
            units[i].providerId = "17_" + std::to_string(i);
        QVERIFY(makeSlurmProvider({slurmProfile(), {}, nullptr})->stop(units).ok());
        QFile file(said);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("500\n500\n201\n"));
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

    void adviceFollowsItsModel()
    {
        AdviceInput input;
        input.items = 100'000;
        input.imagesPerSecondOfNode = 100;
        input.startSeconds = 20;
        input.chunkSeconds = 2;
        input.pricePerNodeHour = 3.6;
        const auto lines = advise(input, 8);
        QCOMPARE(lines.size(), std::size_t{8});
        QCOMPARE(lines[0].seconds, 1020.0); // no tail on one node
        QCOMPARE(lines[3].seconds, 20.0 + 250.0 + 1.0);
        QCOMPARE(lines[3].cost, 4 * 271.0 / 1000);
        QCOMPARE(recommended(lines), 8U);
        // Every node loads the model, all at the same time.
        input.loadSeconds = 5;
        QCOMPARE(advise(input, 8)[3].startSeconds, 25.0);
        QCOMPARE(advise(input, 8)[3].seconds, 276.0);
        input.loadSeconds = 0;
        // A link that carries 250 pictures a second: more than three nodes are of no use.
        input.bytesPerItem = 100'000;
        input.linkBytesPerSecond = 25e6;
        const auto limited = advise(input, 8);
        QVERIFY(limited[1].limit == Advice::Limit::None && limited[2].limit == Advice::Limit::Link);
        QCOMPARE(limited[7].imagesPerSecond, 250.0);
        QCOMPARE(recommended(limited), 3U);
        // The models of many nodes leave one link, too: at some point more nodes take longer.
        input.bytesPerItem = 0;
        input.modelBytes = 350e6;
        const auto many = advise(input, 64);
        QVERIFY(many[63].seconds > many[7].seconds);
        input.imagesPerSecondOfNode = 0;
        QVERIFY(advise(input, 8).empty());
        QCOMPARE(recommended({}), 0U);
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
