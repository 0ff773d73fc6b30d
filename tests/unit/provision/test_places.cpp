// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes are asked for, reached and ended where they were started, whatever their profile says by now. The programs of
// the providers are stand-ins.
#include "app/provision/places.h"
#include "app/provision/scale_out.h"
#include "shared/transport/keys.h"

#include "stand_in_programs.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace vitfleet;
using namespace vitfleet::app;

namespace {

Profile named(const char* name, ProviderKind provider)
{
    Profile profile;
    profile.name = name;
    profile.provider = provider;
    return profile;
}

} // namespace

class PlacesTest : public QObject, private vitfleet::test::StandInPrograms
{
    Q_OBJECT

private:
    QByteArray read(const QString& name)
    {
        QFile file(m_dir.filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

private Q_SLOTS:
    /// The profile has another login node than its jobs were submitted from: each is asked for, and ended, at its own.
    void jobsStayWhereTheyWereStarted()
    {
        const QByteArray calls = m_dir.filePath(QStringLiteral("calls")).toUtf8();
        const std::string allocation(32, 'c');
        // ssh [options] -- HOST LINE. The cluster behind "old" has the job, the others have none.
        standIn("ssh", "while [ \"$1\" != -- ]; do [ \"$1\" = -F ] && config=$2; shift; done\n"
                       "echo \"$2 ${config:-none} $3\" >>'" +
                           calls +
                           "'\n"
                           "[ \"$2 $config\" = 'old /etc/old.config' ] || { [ \"$2\" = down ] && exit 255; exit 0; }\n"
                           "case \"$3\" in *squeue*) echo '17_0|vitfleet-" +
                           QByteArray::fromStdString(allocation) + "|0|RUNNING|None|n1' ;; esac\n");
        Profile profile = named("cluster", ProviderKind::Slurm);
        profile.slurm.login = "new";
        UnitRecord old;
        old.allocation = allocation;
        old.profile = profile.name;
        old.provider = ProviderKind::Slurm;
        old.site = "old";
        old.sshConfig = "/etc/old.config";
        old.providerId = "17_0";
        old.folder = "/launch/" + allocation;
        UnitRecord recent = old;
        recent.allocation = std::string(32, 'd');
        recent.site = "new";
        recent.sshConfig = std::string();
        const auto provider = makeProviderOfPlaces({profile, {}, nullptr});
        const auto statuses = provider->status({old, recent});
        QVERIFY(statuses.ok());
        QVERIFY(statuses->at(old.key()).phase == UnitStatus::Phase::Running);
        QVERIFY(statuses->at(recent.key()).phase == UnitStatus::Phase::Gone);
        // The same with what another process looks at, and without the profile.
        for (const auto& profiles : {std::vector<Profile>{profile}, std::vector<Profile>{}}) {
            const auto seen = lookAt(profiles, {old});
            QCOMPARE(seen.size(), std::size_t{1});
            QVERIFY(seen.front().units.front().state == UnitState::Starting);
        }
        QVERIFY(provider->stop({old, recent}).ok());
        const QByteArray said = read(QStringLiteral("calls"));
        QVERIFY2(said.contains("old /etc/old.config 'scancel' '17_0'"), said.constData());
        QVERIFY2(said.contains("new none 'scancel' '17_0'"), said.constData());
        // A place that does not answer takes nothing from the others, and nothing of its own is given up.
        UnitRecord unreachable = recent;
        unreachable.site = "down";
        const auto some = provider->status({old, unreachable});
        QVERIFY(some.ok());
        QVERIFY(some->at(old.key()).phase == UnitStatus::Phase::Running);
        QVERIFY(some->at(unreachable.key()).phase == UnitStatus::Phase::Unknown);
        QVERIFY(!some->at(unreachable.key()).reason.empty());
        // Even where the profile has become one of another kind.
        profile.provider = ProviderKind::Kubernetes;
        QVERIFY(makeProviderOfPlaces({profile, {}, nullptr})->status({old})->at(old.key()).phase ==
                UnitStatus::Phase::Running);
    }

    /// The file by which ssh knows a host belongs to the host; where an older version did not keep it, it is the
    /// profile's.
    void hostsAreKnownByTheirOwnConfiguration()
    {
        const QByteArray calls = m_dir.filePath(QStringLiteral("hosts")).toUtf8();
        standIn("ssh", "while [ \"$1\" != -- ]; do [ \"$1\" = -F ] && config=$2; shift; done\n"
                       "echo \"$2 ${config:-none}\" >>'" +
                           calls + "'\n");
        Profile profile = named("lab", ProviderKind::Ssh);
        profile.ssh.hosts = {"node-a"};
        profile.sshConfig = "/etc/new.config";
        UnitRecord unit;
        unit.allocation = std::string(32, 'e');
        unit.profile = "lab";
        unit.provider = ProviderKind::Ssh;
        unit.site = "node-b"; // not in the list any more
        unit.folder = "/launch/" + unit.allocation;
        UnitRecord older = unit;
        older.allocation = std::string(32, 'f');
        unit.sshConfig = "/etc/old.config";
        const auto provider = makeProviderOfPlaces({profile, {}, nullptr});
        QVERIFY(provider->stop({unit}).ok());
        QVERIFY(provider->stop({older}).ok());
        QCOMPARE(read(QStringLiteral("hosts")), QByteArray("node-b /etc/old.config\nnode-b /etc/new.config\n"));
    }

    /// What kubectl means by itself changes with `config use-context`: it is asked for once, and kept.
    void podsStayInTheirCluster()
    {
        const QByteArray calls = m_dir.filePath(QStringLiteral("kube")).toUtf8();
        standIn("kubectl", "echo \"$*\" >>'" + calls +
                               "'\ncase \"$*\" in\n"
                               "  'config current-context') echo arn:aws:eks:x:cluster/blue ;;\n"
                               "  *' config view '*) ;;\n"
                               "  *' get '*) echo '{\"items\":[]}' ;;\nesac\n");
        Profile profile = named("k8s", ProviderKind::Kubernetes);
        std::vector<UnitRecord> units(1);
        units[0].allocation = std::string(32, 'a');
        units[0].profile = "k8s";
        units[0].provider = ProviderKind::Kubernetes;
        QVERIFY(makeProviderOfPlaces({profile, {}, nullptr})->prepare(units).ok());
        QCOMPARE(units[0].site, std::string("arn:aws:eks:x:cluster/blue/default"));
        standIn("kubectl", "echo \"$*\" >>'" + calls + "'\necho '{\"items\":[]}'\n");
        QVERIFY(makeProviderOfPlaces({profile, {}, nullptr})->status(units).ok());
        QVERIFY2(read(QStringLiteral("kube"))
                     .contains("--context=arn:aws:eks:x:cluster/blue --namespace=default get statefulsets,pods"),
                 read(QStringLiteral("kube")).constData());
        standIn("kubectl", "echo 'error: current-context is not set' >&2; exit 1\n");
        const auto nowhere = makeProviderOfPlaces({profile, {}, nullptr})->prepare(units);
        QCOMPARE(nowhere.error().code, ErrorCode::ProviderRefused);
        QVERIFY(units.empty());
    }

    /// The real kubectl, where there is one, with a cluster that is down: it takes every call for one of its own, and
    /// the cluster refuses it.
    void kubectlTakesTheCalls()
    {
        QFile::remove(m_dir.filePath(QStringLiteral("bin/kubectl")));
        if (QStandardPaths::findExecutable(QStringLiteral("kubectl")).isEmpty())
            QSKIP("kubectl is not installed");
        QFile file(m_dir.filePath(QStringLiteral("kubeconfig")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("apiVersion: v1\nkind: Config\ncurrent-context: lab\n"
                   "clusters: [{name: c, cluster: {server: \"http://127.0.0.1:1\"}}]\n"
                   "contexts: [{name: lab, context: {cluster: c, namespace: pictures, user: me}}]\n"
                   "users: [{name: me, user: {}}]\n");
        file.close();
        qputenv("KUBECONFIG", file.fileName().toUtf8());
        Profile profile = named("k8s", ProviderKind::Kubernetes);
        profile.kubernetes.image = "example.org/agent:1";
        std::vector<UnitRecord> units(1);
        units[0].allocation = std::string(32, 'a');
        units[0].profile = "k8s";
        units[0].provider = ProviderKind::Kubernetes;
        const auto provider = makeKubernetesProvider({profile, {}, nullptr});
        QVERIFY(provider->prepare(units).ok());
        QCOMPARE(units[0].site, std::string("lab/pictures"));
        const auto isRefused = [](const Error& error) {
            return error.code == ErrorCode::ProviderRefused && error.detail.find("refused") != std::string::npos;
        };
        const auto started = provider->start(units, {});
        QVERIFY2(!started && isRefused(started.error()), started ? "" : describe(started.error()).c_str());
        const auto status = provider->status(units);
        QVERIFY2(!status && isRefused(status.error()), status ? "" : describe(status.error()).c_str());
        const auto stopped = provider->stop(units);
        QVERIFY2(!stopped && isRefused(stopped.error()), stopped ? "" : describe(stopped.error()).c_str());
        const auto cleaned = provider->cleanUp(units);
        QVERIFY2(!cleaned && isRefused(cleaned.error()), cleaned ? "" : describe(cleaned.error()).c_str());
        qunsetenv("KUBECONFIG");
    }

    /// A pod is asked for its reply once for each start of its agent, not at every look; until it is ready it is asked
    /// again, for what it has may be of the start before.
    void podsAreAskedOnce()
    {
        const QByteArray asked = m_dir.filePath(QStringLiteral("exec")).toUtf8();
        launch::Reply reply;
        reply.address.host = "127.0.0.1";
        reply.address.port = 7000;
        reply.address.key = transport::KeyPair::generate().publicKey();
        reply.pid = 1;
        UnitRecord unit;
        unit.allocation = std::string(32, 'a');
        unit.provider = ProviderKind::Kubernetes;
        unit.site = "lab/pictures";
        const std::string set = "vitfleet-" + unit.allocation;
        const auto cluster = [&](const QByteArray& container) {
            standIn("kubectl", "case \"$*\" in\n  *' get '*) cat <<'END'\n"
                               "{\"items\":[{\"kind\":\"StatefulSet\",\"metadata\":{\"name\":\"" +
                                   QByteArray::fromStdString(set) +
                                   "\"},\"spec\":{\"replicas\":1}},"
                                   "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"" +
                                   QByteArray::fromStdString(set) +
                                   "-0\",\"uid\":\"u1\"},\"status\":{\"phase\":\"Running\",\"containerStatuses\":[" +
                                   container + "]}}]}\nEND\n  ;;\n  *' exec '*) echo x >>'" + asked +
                                   "'; cat <<'END'\n" + QByteArray::fromStdString(launch::formatReply(reply)) +
                                   "END\n  ;;\nesac\n");
        };
        Profile profile = named("k8s", ProviderKind::Kubernetes);
        profile.kubernetes.context = "lab";
        profile.kubernetes.nameSpace = "pictures";
        const auto provider = makeKubernetesProvider({profile, {}, nullptr});
        const auto look = [&](int times) {
            for (int i = 0; i < times; ++i)
                QVERIFY(provider->status({unit})->at(unit.key()).reply.has_value());
        };
        const auto execs = [&] { return read(QStringLiteral("exec")).count('x'); };
        cluster("{\"restartCount\":0,\"ready\":false}");
        look(2);
        QCOMPARE(execs(), 2);
        cluster("{\"restartCount\":0,\"ready\":true}");
        look(5);
        QCOMPARE(execs(), 3);
        cluster("{\"restartCount\":1,\"ready\":true}");
        look(2);
        QCOMPARE(execs(), 4);
        provider->leave(unit);
        look(1);
        QCOMPARE(execs(), 5);
    }
};

QTEST_GUILESS_MAIN(PlacesTest)
#include "test_places.moc"
