// SPDX-License-Identifier: GPL-3.0-or-later
// What an agent is told, and what it finds out about its node.
#include "agent/host/cpu_set.h"
#include "agent/host/host_facts.h"
#include "agent/host/usage.h"
#include "agent/main/config.h"
#include "shared/launch/launch.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>

using namespace vitfleet;
using namespace vitfleet::agent;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using std::string_literals::operator""s;

namespace {

void write(const fs::path& file, const std::string& text)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

} // namespace

class TestConfig : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyKey();
    void wrongFiles_data();
    void wrongFiles();
    void commandLineWins();
    void defaults();
    void wrongValues();
    void listenAddresses();
    void launchRequestsSurvive();
    void launchRequestsAreChecked();
    void launchRepliesSurvive();
    void cpuLists();
    void agentsThatShareANodeAreNotPinned();
    void cpuCaps();
    void cgroupQuotas();
    void slurmCounts();
    void statsOfProcesses();
    void usageOfThisProcess();
};

void TestConfig::everyKey()
{
    const auto config = parseConfig(R"(
        listen = "0.0.0.0:1234"
        name = "node 7"
        data_roots = ["/data", "pictures"]
        model_roots = ["/models"]
        model_cache = "cache"
        device = "cuda:1"
        replicas = 3
        cpus = "0-2,5"
        decoders = 2
        key = "agent.key"
        authorized_keys = "/etc/keys"
        log_level = "debug"
    )",
                                    "/etc/vitfleet/agent.toml");
    QVERIFY2(config.ok(), config.ok() ? "" : config.error().detail.c_str());
    const auto resolved = resolve(*config);
    QVERIFY(resolved.ok());
    QCOMPARE(resolved->listen.host, "0.0.0.0"s);
    QCOMPARE(resolved->listen.port, std::uint16_t(1234));
    QCOMPARE(resolved->settings.identity.name, "node 7"s);
    QCOMPARE(resolved->settings.dataRoots.at(1), fs::path("/etc/vitfleet/pictures"));
    QCOMPARE(resolved->settings.modelRoots.at(0), fs::path("/models"));
    QCOMPARE(resolved->settings.modelCache, fs::path("/etc/vitfleet/cache"));
    QCOMPARE(resolved->settings.device, "cuda:1"s);
    QCOMPARE(resolved->settings.replicas, 3U);
    QCOMPARE(resolved->settings.cpus, (std::vector<int>{0, 1, 2, 5}));
    QCOMPARE(resolved->settings.identity.cores, 4U);
    QCOMPARE(resolved->settings.decoders, 2U);
    QCOMPARE(resolved->keyFile, fs::path("/etc/vitfleet/agent.key"));
    QCOMPARE(resolved->authorizedKeys, fs::path("/etc/keys"));
    QCOMPARE(resolved->logLevel, "debug"s);
}

void TestConfig::wrongFiles_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("no TOML") << QByteArray("name = \"a\"\nlisten = \n") << QByteArray("f.toml:2: ");
    QTest::newRow("unknown key") << QByteArray("\n\ncolour = 1\n") << QByteArray("f.toml:3: unknown key colour");
    QTest::newRow("unknown table") << QByteArray("[server]\n") << QByteArray("f.toml:1: unknown key server");
    QTest::newRow("wrong kind") << QByteArray("name = 1\n") << QByteArray("f.toml:1: name has a wrong value");
    QTest::newRow("roots") << QByteArray("data_roots = \"/a\"\n") << QByteArray("f.toml:1: data_roots");
    QTest::newRow("a root") << QByteArray("data_roots = [1]\n") << QByteArray("f.toml:1: data_roots");
    QTest::newRow("replicas") << QByteArray("replicas = -1\n") << QByteArray("f.toml:1: replicas");
    QTest::newRow("replicas above") << QByteArray("replicas = 4097\n") << QByteArray("f.toml:1: replicas");
    QTest::newRow("cpus") << QByteArray("cpus = \"3-1\"\n") << QByteArray("f.toml:1: cpus");
    QTest::newRow("cpu list") << QByteArray("cpus = [0, -1]\n") << QByteArray("f.toml:1: cpus");
}

void TestConfig::wrongFiles()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, said);
    const auto config = parseConfig(text.toStdString(), "f.toml");
    QVERIFY(!config.ok());
    QCOMPARE(config.error().code, ErrorCode::Settings);
    QVERIFY2(config.error().detail.find(said.toStdString()) == 0, config.error().detail.c_str());
}

void TestConfig::commandLineWins()
{
    Config config = *parseConfig("name = \"file\"\ndevice = \"cpu\"", "f.toml");
    Config line;
    line.name = "line";
    config.overlay(line);
    QCOMPARE(*config.name, "line"s);
    QCOMPARE(*config.device, "cpu"s);
    QCOMPARE(readConfig("/nowhere/f.toml").error().code, ErrorCode::Settings);
    QCOMPARE(readConfig("/dev/zero").error().code, ErrorCode::Settings);
    QCOMPARE(readConfig("/").error().code, ErrorCode::Settings);
    const QTemporaryDir folder;
    const std::string large = folder.filePath(QStringLiteral("large.toml")).toStdString();
    for (const std::size_t excess : {0U, 1U}) {
        std::ofstream(large) << "#" << std::string(maxSettingsBytes - 1 + excess, 'x');
        QCOMPARE(readConfig(large).ok(), excess == 0);
    }
}

void TestConfig::defaults()
{
    qputenv("STATE_DIRECTORY", "/var/lib/vitfleet:/other");
    qputenv("CACHE_DIRECTORY", "/var/cache/vitfleet");
    const auto resolved = resolve(Config());
    qunsetenv("STATE_DIRECTORY");
    qunsetenv("CACHE_DIRECTORY");
    QVERIFY(resolved.ok());
    QCOMPARE(resolved->listen.host, "*"s);
    QCOMPARE(resolved->listen.port, defaultPort);
    QCOMPARE(resolved->keyFile, fs::path("/var/lib/vitfleet/agent.key"));
    QCOMPARE(resolved->settings.modelCache, fs::path("/var/cache/vitfleet/models"));
    QCOMPARE(resolved->settings.device, "auto"s);
    QVERIFY(!resolved->settings.cpus.empty() ||
            resolved->settings.replicas > 0); // the latter where a quota shares the node
    QVERIFY(resolved->settings.decoders >= 1);
    QVERIFY(!resolved->settings.identity.name.empty());
    QVERIFY(resolved->settings.identity.memoryBytes > 0);
    qputenv("XDG_CONFIG_HOME", "/home/u/.config");
    QCOMPARE(defaultStateFolder(), fs::path("/home/u/.config/vitfleet-agent"));
    qunsetenv("XDG_CONFIG_HOME");
}

void TestConfig::wrongValues()
{
    const auto codeOf = [](auto change) {
        Config config;
        change(config);
        const auto resolved = resolve(config);
        return resolved.ok() ? ErrorCode::None : resolved.error().code;
    };
    QCOMPARE(codeOf([](Config& config) { config.device = "gpu"; }), ErrorCode::Settings);
    QCOMPARE(codeOf([](Config& config) { config.device = "cuda:x"; }), ErrorCode::Settings);
    QCOMPARE(codeOf([](Config& config) { config.logLevel = "loud"; }), ErrorCode::Settings);
    QCOMPARE(codeOf([](Config& config) { config.name = std::string(129, 'x'); }), ErrorCode::Settings);
    QCOMPARE(codeOf([](Config& config) { config.dataRoots = {"relative"}; }), ErrorCode::Settings);
    QCOMPARE(codeOf([](Config& config) { config.listen = "nowhere"; }), ErrorCode::Settings);
    QCOMPARE(codeOf([](Config& config) { config.cpus.emplace(); }), ErrorCode::None); // one unpinned replica
}

void TestConfig::listenAddresses()
{
    QCOMPARE(parseListen("*:1")->host, "*"s);
    QCOMPARE(parseListen("[::1]:65535")->host, "::1"s);
    QCOMPARE(parseListen("host:0")->port, std::uint16_t(0));
    for (const char* wrong : {"", ":1", "host", "host:", "host:65536", "host:1x", "host:-1", "::1:5", "[]:1"})
        QVERIFY2(!parseListen(wrong).ok(), wrong);
}

void TestConfig::launchRequestsSurvive()
{
    launch::Request request;
    request.applicationKey = transport::KeyPair::generate().publicKey();
    request.parentPid = 4711;
    request.name = "local-1";
    request.dataRoots = {"/data with \"quotes\"", "/ünïcode"};
    request.modelRoots = {"/m"};
    request.modelCache = "/cache";
    request.device = "cpu";
    request.cpus = std::vector<int>{0, 3};
    request.replicas = 1;
    request.decoders = 2;
    request.logLevel = "warning";
    const std::string line = launch::formatRequest(request);
    QCOMPARE(std::count(line.begin(), line.end(), '\n'), 1);
    QVERIFY(*launch::parseRequest(line) == request);
    request.cpus.reset();
    QVERIFY(*launch::parseRequest(launch::formatRequest(request)) == request);
    request.cpus.emplace();
    QVERIFY(*launch::parseRequest(launch::formatRequest(request)) == request);

    const auto resolved = resolve(configOf(request));
    QVERIFY(resolved.ok());
    QCOMPARE(resolved->listen.host, "127.0.0.1"s);
    QCOMPARE(resolved->listen.port, std::uint16_t(0));
    QVERIFY(resolved->settings.cpus.empty());
    QCOMPARE(resolved->settings.decoders, 2U);
}

void TestConfig::launchRequestsAreChecked()
{
    launch::Request request;
    request.parentPid = 1;
    const std::string good = launch::formatRequest(request);
    QVERIFY(launch::parseRequest(good).ok());
    const auto refused = [&](const std::string& from, const std::string& to) {
        std::string line = good;
        const auto at = line.find(from);
        if (at == std::string::npos)
            return false;
        const auto parsed = launch::parseRequest(line.replace(at, from.size(), to));
        return !parsed.ok() && parsed.error().code == ErrorCode::Settings;
    };
    QVERIFY(refused("\"parent_pid\":1", "\"parent_pid\":0"));
    QVERIFY(refused("\"parent_pid\":1", "\"other\":1"));
    QVERIFY(refused("\"device\":\"auto\"", "\"device\":1"));
    QVERIFY(refused("\"data_roots\":[]", "\"data_roots\":[1]"));
    QVERIFY(refused("\"replicas\":0", "\"replicas\":-1"));
    QVERIFY(refused("\"replicas\":0", "\"replicas\":4294967296"));
    QVERIFY(refused("\"application_key\":\"", "\"application_key\":\"!"));
    QVERIFY(!launch::parseRequest("").ok());
    QVERIFY(!launch::parseRequest("[]").ok());
    QVERIFY(!launch::parseRequest(good + std::string(launch::maxLineBytes, ' ')).ok());
    std::string future = good;
    QVERIFY(launch::parseRequest(future.replace(0, 1, "{\"future\":1,")).ok());
}

void TestConfig::launchRepliesSurvive()
{
    launch::Reply reply;
    reply.address = {"127.0.0.1", 5555, transport::KeyPair::generate().publicKey()};
    reply.pid = 17;
    QVERIFY(*launch::parseReply(launch::formatReply(reply)) == reply);
    const Error error{ErrorCode::Listen, "taken"};
    QVERIFY(launch::parseReply(launch::formatReply(error)).error() == error);
    for (const char* wrong : {"", "{}", "[]", "{\"error\":1}", "{\"address\":\"127.0.0.1:5\",\"pid\":1}", "hello\n"})
        QCOMPARE(launch::parseReply(wrong).error().code, ErrorCode::AgentStart);
}

void TestConfig::cpuLists()
{
    QCOMPARE(*host::parseCpuList("0-3,5"), (std::vector<int>{0, 1, 2, 3, 5}));
    QCOMPARE(*host::parseCpuList(" 2 , 1, 2"), (std::vector<int>{1, 2}));
    for (const char* wrong : {"", "a", "1-", "-1", "3-1", "1,,2", "0-4096", "99999999999999999999"})
        QVERIFY2(!host::parseCpuList(wrong).ok(), wrong);
    QVERIFY(!host::affinityCpus().empty());
}

/// Whoever uses less than a node shares it: two that were pinned might meet on one core.
void TestConfig::agentsThatShareANodeAreNotPinned()
{
    const std::size_t cores = host::affinityCpus().size();
    if (cores < 2)
        QSKIP("one core");
    Config config;
    config.replicas = 1;
    auto resolved = resolve(config);
    QVERIFY(resolved.ok());
    QVERIFY(resolved->settings.cpus.empty());
    QCOMPARE(resolved->settings.replicas, 1U);
    config.cpus = std::vector<int>{1}; // told which one
    resolved = resolve(config);
    QCOMPARE(resolved->settings.cpus, std::vector<int>{1});
    config = {};
    qputenv("SLURM_CPUS_ON_NODE", "1");
    resolved = resolve(config);
    qunsetenv("SLURM_CPUS_ON_NODE");
    QVERIFY(resolved->settings.cpus.empty());
    QCOMPARE(resolved->settings.replicas, 1U);
}

void TestConfig::cpuCaps()
{
    const std::vector<int> cpus = {0, 1, 2, 3, 4, 5, 6};
    QCOMPARE(host::cappedCpus(cpus, std::nullopt, 9), cpus);
    QCOMPARE(host::cappedCpus(cpus, 7, 9), cpus);
    QCOMPARE(host::cappedCpus(cpus, 3, 0), (std::vector<int>{0, 1, 2}));
    QCOMPARE(host::cappedCpus(cpus, 3, 1), (std::vector<int>{3, 4, 5}));
    QCOMPARE(host::cappedCpus(cpus, 3, 2), (std::vector<int>{0, 1, 2}));
}

void TestConfig::cgroupQuotas()
{
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    QVERIFY(!host::cgroupQuotaCpus(root));
    write(root / "proc/self/cgroup", "0::/a/b\n");
    write(root / "sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    QVERIFY(!host::cgroupQuotaCpus(root));
    write(root / "sys/fs/cgroup/a/cpu.max", "250000 100000\n"); // the group above counts too
    QCOMPARE(host::cgroupQuotaCpus(root), std::optional<std::uint32_t>(2));
    write(root / "sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
    QCOMPARE(host::cgroupQuotaCpus(root), std::optional<std::uint32_t>(1));
    write(root / "proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/x\n");
    write(root / "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "-1\n");
    write(root / "sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
    QVERIFY(!host::cgroupQuotaCpus(root));
    write(root / "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "400000\n");
    QCOMPARE(host::cgroupQuotaCpus(root), std::optional<std::uint32_t>(4));
}

void TestConfig::slurmCounts()
{
    QCOMPARE(host::slurmCpus("12"), std::optional<std::uint32_t>(12));
    for (const char* none : {static_cast<const char*>(nullptr), "", "0", "x", "4(x2)"})
        QVERIFY(!host::slurmCpus(none));
}

void TestConfig::statsOfProcesses()
{
    const std::string stat = "17 (a) b) R 1 2 3 4 5 6 7 8 9 10 100 23 0 0 20 0 1 0\n";
    QCOMPARE(host::ticksOfStat(stat), std::optional<std::uint64_t>(123));
    QVERIFY(!host::ticksOfStat("17 (a"));
    QVERIFY(!host::ticksOfStat("17 (a) R 1"));
}

void TestConfig::usageOfThisProcess()
{
    host::UsageMeter meter;
    const auto begin = std::chrono::steady_clock::now();
    QCOMPARE(meter.sample({}, begin).cpuPercent, 0.0F);
    volatile unsigned spin = 0;
    while (std::chrono::steady_clock::now() - begin < 60ms)
        spin = spin + 1;
    const auto usage = meter.sample({999'999'999}, std::chrono::steady_clock::now());
    QVERIFY(usage.cpuPercent > 5.0F);
    QVERIFY(usage.rssBytes > 1'000'000);
    QVERIFY(usage.memoryAvailableBytes > usage.rssBytes);
    const auto facts = host::readHostFacts();
    QVERIFY(!facts.name.empty() && !facts.cpuModel.empty());
    QVERIFY(facts.gpu.empty() != facts.gpuReason.empty());
}

QTEST_APPLESS_MAIN(TestConfig)
#include "test_config.moc"
