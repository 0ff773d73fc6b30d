// SPDX-License-Identifier: GPL-3.0-or-later
// Slurm's words and the job script, with stand-ins for its programs.
#include "app/core/profiles/profile.h"
#include "app/provision/provider.h"
#include "app/provision/slurm_words.h"
#include "shared/transport/keys.h"

#include "stand_in_programs.h"

#include <QFile>
#include <QTest>

using namespace vitfleet;
using namespace vitfleet::app;

namespace {

Profile slurmProfile()
{
    Profile profile;
    profile.name = "cluster";
    profile.provider = ProviderKind::Slurm;
    return profile;
}

} // namespace

class SlurmTest : public QObject, private vitfleet::test::StandInPrograms
{
    Q_OBJECT

private Q_SLOTS:
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
        QVERIFY(plan.script.find("module load 'cuda/12' ") != std::string::npos);
        QVERIFY(plan.script.find(request.applicationKey.toBase32()) == std::string::npos);
        QVERIFY(plan.commands.front().find("StrictHostKeyChecking=yes") != std::string::npos);
        QVERIFY(plan.commands.front().find("BatchMode=yes") != std::string::npos);
    }

    /// Modules come from start-up files of a login shell; a container sees its launch folder and the data, not to
    /// write.
    void modulesAndContainers()
    {
        Profile profile = slurmProfile();
        profile.folder = "/shared/launch";
        const auto script = [&] { return makeSlurmProvider({profile, {}, nullptr})->plan(1).script; };
        const auto has = [&](const char* line) { return script().find(line) != std::string::npos; };
        QVERIFY(script().starts_with("#!/bin/bash\n"));
        // Where this application was started need not be there.
        const std::string folder = "/shared/launch/" + std::string(32, '0');
        QVERIFY(has(("#SBATCH --chdir=\"" + folder + "\"\n").c_str()));
        profile.slurm.workingDirectory = "/scratch/me";
        profile.slurm.modules = {"cuda/12"};
        QVERIFY(script().starts_with("#!/bin/bash -l\n"));
        QVERIFY(has("module load 'cuda/12' || exit 1\n"));
        QVERIFY(has("#SBATCH --chdir=\"/scratch/me\"\n"));
        QVERIFY(has("\nexec 'vitfleet-agent' serve "));
        profile.slurm.container = "/images/vf.sif";
        profile.slurm.gpus = "1";
        profile.dataRoots = {"/shared/pictures of me"};
        profile.modelCache = "/shared/models";
        QVERIFY(has(("exec apptainer exec --nv --bind '" + folder +
                     "' --bind '/shared/pictures of me:/shared/pictures of me:ro' --bind '/shared/models' "
                     "'/images/vf.sif' 'vitfleet-agent' serve ")
                        .c_str()));
        QVERIFY(problemsOf(profile).empty());
        profile.dataRoots = {"/shared/a,b"};
        QCOMPARE(problemsOf(profile).front().error.code, ErrorCode::SlurmField);
        profile.dataRoots.clear();
        for (const char* bad : {"here", "/a\"b", "/a\nb"}) {
            profile.slurm.workingDirectory = bad;
            QCOMPARE(problemsOf(profile).size(), std::size_t{1});
            QCOMPARE(problemsOf(profile).front().key, std::string("work_dir"));
        }
    }

    /// A job that squeue has forgotten: the accounting says how it ended, where there is one.
    void theAccountingSaysHowAJobEnded()
    {
        const QByteArray asked = m_dir.filePath(QStringLiteral("sacct")).toUtf8();
        standIn("squeue", "exit 0\n");
        standIn("sacct", "echo \"sacct $*\" >>'" + asked + "'\necho 'CANCELLED by 1000'\n");
        const auto provider = makeSlurmProvider({slurmProfile(), {}, nullptr});
        UnitRecord unit;
        unit.allocation = std::string(32, 'a');
        unit.providerId = "17_3";
        const auto look = [&] { return provider->status({unit})->at(unit.key()); };
        QVERIFY(look().phase == UnitStatus::Phase::Gone && look().byHand);
        QCOMPARE(look().reason, std::string("it was cancelled"));
        QFile file(QString::fromUtf8(asked));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readLine(), QByteArray("sacct -n -P -X -j 17_3 -o State\n"));
        standIn("sacct", "printf 'FAILED\\nTIMEOUT\\n'\n"); // it was requeued before: the last one counts
        QCOMPARE(look().reason, std::string("it reached its time limit"));
        QVERIFY(!look().byHand);
        // A database that is behind, none at all, no program: it is gone all the same.
        for (const char* answer :
             {"echo RUNNING\n", "exit 0\n", "echo 'Slurm accounting storage is disabled' >&2; exit 1\n"}) {
            standIn("sacct", answer);
            QVERIFY(look().phase == UnitStatus::Phase::Gone && !look().byHand);
            QCOMPARE(look().reason, std::string("it is not in Slurm's queue any more"));
        }
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

    /// "~/" is the home of the user as whom the job runs: the job's shell expands it, and nothing else of the path.
    void homesAreTheJobs()
    {
        Profile profile = slurmProfile();
        profile.agent = "~/bin/vitfleet-agent";
        profile.slurm.container = "~/agent.sif";
        const std::string script = makeSlurmProvider({profile, {}, nullptr})->plan(1).script;
        QVERIFY2(script.find(" \"$HOME\"'/agent.sif' \"$HOME\"'/bin/vitfleet-agent' serve") != std::string::npos,
                 script.c_str());
    }
};

QTEST_GUILESS_MAIN(SlurmTest)
#include "test_slurm.moc"
