// SPDX-License-Identifier: GPL-3.0-or-later
// Local agents: started, told, ended, and never outliving the application.
#include "app/provision/local_provisioner.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <condition_variable>
#include <csignal>
#include <fstream>
#include <future>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace std::chrono_literals;

namespace {

bool isAlive(std::int64_t pid)
{
    return ::kill(static_cast<pid_t>(pid), 0) == 0;
}

/// Children of this process are zombies until the provisioner reaps them; others vanish when init does.
bool isGone(std::int64_t pid)
{
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    if (!std::getline(stat, text))
        return true;
    const auto end = text.rfind(')');
    return end != std::string::npos && end + 2 < text.size() && (text[end + 2] == 'Z' || text[end + 2] == 'X');
}

} // namespace

class TestProvision : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    std::unique_ptr<Provisioner> m_provisioner;

    LocalProvisionerOptions options() const
    {
        LocalProvisionerOptions options;
        options.agentProgram = FAKE_AGENT;
        options.logFolder = m_folder.path().toStdString() + "/logs";
        options.applicationKey.bytes.fill(7);
        options.startTimeout = 30s;
        options.drainTimeout = 10s;
        return options;
    }
    Result<StartedAgent> start(const std::string& name, std::vector<int> cpus = {})
    {
        LocalAgentRequest request;
        request.name = name;
        request.device = "cpu";
        request.dataRoots = {"/data"};
        request.cpus = std::move(cpus);
        std::promise<Result<StartedAgent>> started;
        m_provisioner->start(request, [&](Result<StartedAgent> agent) { started.set_value(std::move(agent)); });
        return started.get_future().get();
    }
    static std::string contentOf(const std::string& file)
    {
        std::ifstream stream(file);
        std::ostringstream content;
        content << stream.rdbuf();
        return content.str();
    }
    void expectFailure(const std::string& name, const std::string& reason)
    {
        const auto agent = start(name);
        QVERIFY(!agent);
        QCOMPARE(agent.error().code, ErrorCode::AgentStart);
        QVERIFY2(agent.error().detail.find(reason) != std::string::npos, agent.error().detail.c_str());
        QVERIFY2(agent.error().detail.find(name) != std::string::npos, agent.error().detail.c_str());
    }

private Q_SLOTS:
    void init() { m_provisioner = makeLocalProvisioner(options()); }
    void cleanup() { m_provisioner.reset(); }

    void startsAndTells()
    {
        const auto agent = start("local-1", {2, 5});
        QVERIFY(agent);
        QCOMPARE(agent->name, std::string("local-1"));
        QVERIFY(isAlive(agent->pid));
        QVERIFY(agent->addressLine.starts_with("127.0.0.1:4711/"));
        QCOMPARE(contentOf(agent->logFile),
                 std::string("device=cpu parent=1 root=/data cpus=2,5, session=1 open= blocked=0\n"));
        const auto shared = start("local-2");
        QVERIFY(contentOf(shared->logFile).find("cpus= ") != std::string::npos); // empty, not absent
    }

    void signalsOfTheApplicationAreItsOwn()
    {
        sigset_t term, before;
        ::sigemptyset(&term);
        ::sigaddset(&term, SIGTERM);
        m_provisioner.reset();
        ::pthread_sigmask(SIG_BLOCK, &term, &before);
        m_provisioner = makeLocalProvisioner(options()); // its thread blocks SIGTERM, too
        const auto agent = start("local-1");
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        QVERIFY(contentOf(agent->logFile).find("blocked=0") != std::string::npos);
    }

    void saysWhyAnAgentDidNotStart()
    {
        expectFailure("dies", "exit status 3");
        expectFailure("dies-2", "first line | cannot find \\x1b[31mlibsomething");
        expectFailure("garbage", "E_AGENT_START");
        expectFailure("endless", "too long");
        expectFailure("refuses", "E_LISTEN");
        expectFailure("other", "another process");
        m_provisioner.reset();
        auto missing = options();
        missing.agentProgram = "/no/such/agent";
        m_provisioner = makeLocalProvisioner(missing);
        expectFailure("local-1", "/no/such/agent");
        missing.agentProgram = "/bin/true"; // ends without a word
        m_provisioner = makeLocalProvisioner(missing);
        expectFailure("local-1", "exit status 0");
        m_provisioner->stopAll();
    }

    void givesUpOnASilentAgent()
    {
        auto hasty = options();
        hasty.startTimeout = 100ms;
        m_provisioner = makeLocalProvisioner(hasty);
        expectFailure("silent", "no answer");
        m_provisioner->stopAll(); // and it was ended
    }

    void oneOfEachName()
    {
        QVERIFY(start("local-1"));
        expectFailure("local-1", "runs already");
        m_provisioner->stopAll();
        QVERIFY(start("local-1"));
    }

    void namesCannotLeaveTheLogFolder()
    {
        const auto agent = start("../../x y");
        QVERIFY(agent);
        QVERIFY(agent->logFile.ends_with("/______x_y.log"));
    }

    void oneThatIsBeingStoppedEndsFirst()
    {
        auto hasty = options();
        hasty.drainTimeout = 100ms;
        m_provisioner = makeLocalProvisioner(hasty);
        const auto first = start("deaf"); // to SIGTERM
        m_provisioner->stop("deaf");
        const auto second = start("deaf");
        QVERIFY(second);
        QVERIFY(second->pid != first->pid);
        QVERIFY(!isAlive(first->pid) && isAlive(second->pid));
        m_provisioner->stopAll();
        QVERIFY(!isAlive(second->pid));
    }

    void stopsQuietly()
    {
        std::set<std::string> exited;
        m_provisioner->onExited([&](const std::string& name, const std::string&) { exited.insert(name); });
        const auto first = start("local-1"), second = start("local-2");
        m_provisioner->stop("local-1");
        QTRY_VERIFY(!isAlive(first->pid));
        QVERIFY(isAlive(second->pid));
        m_provisioner->stop("nobody");
        m_provisioner->stopAll();
        QVERIFY(!isAlive(second->pid));
        QVERIFY(exited.empty());
    }

    void killsWhatDoesNotStop()
    {
        auto hasty = options();
        hasty.drainTimeout = 100ms;
        m_provisioner = makeLocalProvisioner(hasty);
        const auto agent = start("deaf");
        m_provisioner->stopAll();
        QVERIFY(!isAlive(agent->pid));
    }

    void tellsWhoEndedByItself()
    {
        std::mutex mutex;
        std::condition_variable changed;
        std::map<std::string, std::string> exited;
        m_provisioner->onExited([&](const std::string& name, const std::string& reason) {
            std::lock_guard lock(mutex);
            exited[name] = reason;
            changed.notify_all();
        });
        QVERIFY(start("brief"));
        QVERIFY(start("local-1"));
        QVERIFY(m_provisioner->kill("local-1"));
        QVERIFY(!m_provisioner->kill("nobody"));
        std::unique_lock lock(mutex);
        QVERIFY(changed.wait_for(lock, 30s, [&] { return exited.size() == 2; }));
        QCOMPARE(exited["brief"], std::string("exit status 5"));
        QVERIFY(exited["local-1"].starts_with("signal 9"));
        lock.unlock();
        QVERIFY(start("local-1")); // its name is free again
    }

    void outliveTheThreadThatAskedForThem()
    {
        Result<StartedAgent> agent(ErrorCode::Internal);
        std::thread([&] { agent = start("local-1"); }).join();
        QVERIFY(agent);
        QVERIFY(start("local-2")); // a round trip later
        QVERIFY(isAlive(agent->pid) && !isGone(agent->pid));
    }

    void doNotOutliveAKilledApplication()
    {
        QProcess parent;
        parent.start(QStringLiteral(PROVISION_PARENT),
                     {QStringLiteral(FAKE_AGENT), m_folder.path(), QStringLiteral("local-1"), QStringLiteral("deaf")});
        QVERIFY(parent.waitForStarted());
        QByteArray output;
        while (output.count('\n') < 2) {
            QVERIFY(parent.waitForReadyRead());
            output += parent.readAllStandardOutput();
        }
        const auto pids = output.trimmed().split('\n');
        QVERIFY(isAlive(pids[0].toLongLong()) && isAlive(pids[1].toLongLong()));
        parent.kill();
        QVERIFY(parent.waitForFinished());
        QTRY_VERIFY(isGone(pids[0].toLongLong()));
        QTRY_VERIFY(isGone(pids[1].toLongLong())); // hears neither SIGTERM nor the end of its channel
    }

    void theRealAgentSpeaksTheSame()
    {
#ifdef REAL_AGENT
        auto real = options();
        real.agentProgram = REAL_AGENT;
        m_provisioner = makeLocalProvisioner(real);
        const auto agent = start("local-1");
        QVERIFY2(agent, agent ? "" : agent.error().detail.c_str());
        const auto address = transport::AgentAddress::parse(agent->addressLine);
        QVERIFY(address && address->key && address->port != 0);
        QCOMPARE(address->host, std::string("127.0.0.1"));
        m_provisioner->stopAll();
        QVERIFY(!isAlive(agent->pid));
        QVERIFY(contentOf(agent->logFile).find("stopped") != std::string::npos); // in good order
#else
        QSKIP("vitfleet-agent is not part of this build");
#endif
    }

    void dealsDisjointCores()
    {
        using Sets = std::vector<std::vector<int>>;
        QCOMPARE(dealCores({0, 1, 2, 3}, 2), (Sets{{0, 1}, {2, 3}}));
        QCOMPARE(dealCores({1, 3, 5, 7, 9}, 2), (Sets{{1, 3, 5}, {7, 9}}));
        QCOMPARE(dealCores({4, 6}, 2), (Sets{{4}, {6}}));
        QCOMPARE(dealCores({4, 6}, 3), (Sets{{}, {}, {}}));
        QCOMPARE(dealCores({4, 6}, 0), Sets{});
        std::set<int> seen;
        for (const auto& cores : coresOfAgents(1))
            for (const int core : cores)
                QVERIFY(seen.insert(core).second);
        QVERIFY(!seen.empty());
        QCOMPARE(coresOfAgents(100'000).front().size(), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TestProvision)
#include "test_provision.moc"
