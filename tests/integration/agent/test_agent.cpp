// SPDX-License-Identifier: GPL-3.0-or-later
// Real vitfleet-agent processes with the synthetic backend, over real sockets.
#include "agent/backends/synthetic/plan.h"
#include "agent_fixture.h"
#include "shared/digest/digest.h"

#include <QTest>

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace vitfleet;
using namespace vitfleet::test;
using namespace std::chrono_literals;
using protocol::TransferMode;
using std::string_literals::operator""s;
namespace fs = std::filesystem;

namespace {

std::string textOf(const fs::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

/// A grey 28 × 28 picture as IDX data sets are sent.
std::string greyPicture(char level)
{
    return "P5\n28 28\n255\n" + std::string(28 * 28, level);
}

std::string mapsOf(pid_t pid)
{
    return textOf("/proc/" + std::to_string(pid) + "/maps");
}

bool isHeavy(const std::string& libraries)
{
    for (const char* name : {"torch", "opencv", "libc10", "Qt"}) {
        if (libraries.find(name) != std::string::npos)
            return true;
    }
    return false;
}

} // namespace

class TestAgent : public AgentFixture
{
    Q_OBJECT

private Q_SLOTS:
    void init() { newFolder(); }
    void launchedAgentDoesARun();
    void picturesAreDecoded();
    void filesAreReadBelowTheirRoot();
    void modelComesByHintOrByWire();
    void plannedFaults();
    void sigtermLosesNothing();
    void sigtermWhileLoading();
    void sigtermWithoutOwner();
    void aReplicaThatHangsEndsTheAgent();
    void anItemThatEatsMemoryIsOneError();
    void closedChannelEndsTheAgent();
    void shutdownIsForLaunchedAgents();
    void nothingHeavyIsMapped();
    void commandLineErrors();
    void beatsTravelWithFewResults();
    void beatsDoNotWaitBehindManyResults();
    void throughput();
};

void TestAgent::launchedAgentDoesARun()
{
    const auto agent = launch();
    QVERIFY(agent);
    QCOMPARE(agent->reply().pid, std::int64_t(agent->pid()));
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(application);
    QCOMPARE(application->welcomes[0].name, "local-1"s);
    QCOMPARE(application->welcomes[0].pid, std::uint32_t(agent->pid()));
    QCOMPARE(application->welcomes[0].incarnation, application->welcomes[1].incarnation);
    QVERIFY(application->welcomes[0].memoryBytes > 0);

    QVERIFY(openRun(*application));
    QVERIFY(application->last<protocol::RunReady>()->synthetic);
    QCOMPARE(application->last<protocol::RunReady>()->labels, 10U);
    application->lease(1, TransferMode::Bytes, byteItems(0, 500));
    QVERIFY(loopUntil(m_loop, [&] { return application->results.size() == 500; }));
    for (const auto& [item, result] : application->results) {
        QCOMPARE(result.error, ErrorCode::None);
        QCOMPARE(result.top[0].label, synthetic::answerOf(item, 10).label);
    }
    QVERIFY(loopUntil(m_loop, [&] { return application->beat && application->beat->outboxItems == 500; }));
    application->commit(true);
    QVERIFY(loopUntil(m_loop, [&] { return application->beat->outboxItems == 0; }));
    QCOMPARE(application->beat->doneItems, std::uint64_t(500));
    QCOMPARE(application->beat->state, protocol::AgentState::Ready);
    QVERIFY(application->beat->imagesPerSecond > 0);
    QVERIFY(application->beat->rssBytes > 1'000'000);
    application->sendData(protocol::CloseRun{uid});
    QVERIFY(loopUntil(m_loop, [&] { return application->beat->state == protocol::AgentState::Idle; }));
}

void TestAgent::picturesAreDecoded()
{
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(openRun(*application, R"({"ms_per_item": 0})"));
    application->lease(1, TransferMode::Bytes, byteItems(0, 20, greyPicture(100)));
    application->lease(2, TransferMode::Bytes, byteItems(20, 1, "<html>no picture</html>"));
    // Too large for a list, so that the agent must ask for it; trailing bytes are none of the picture.
    auto large = byteItems(21, 1);
    const std::string content = "P5\n1200 1200\n255\n" + std::string(1200 * 1200, 'x');
    large[0].bytes = content.size();
    large[0].data.clear();
    application->supply = [&](const protocol::Message& message) {
        const auto offset = std::get<protocol::ItemRequest>(message).offset;
        const auto piece =
            bytesOf(content).subspan(offset).first(std::min(limits::maxPayloadBytes, content.size() - offset));
        return protocol::Bytes(piece.begin(), piece.end());
    };
    application->lease(3, TransferMode::Bytes, large);
    QVERIFY(loopUntil(m_loop, [&] { return application->results.size() == 22; }));
    QCOMPARE(application->results[5].error, ErrorCode::None);
    QVERIFY(application->results[5].decodeMicros > 0);
    QCOMPARE(application->results[20].error, ErrorCode::ImgFormat);
    QCOMPARE(application->results[21].error, ErrorCode::None);
}

void TestAgent::filesAreReadBelowTheirRoot()
{
    const fs::path data = folder() / "data";
    fs::create_directories(data / "set");
    std::ofstream(data / "set/a.txt") << "hello";
    std::ofstream(data / "secret.txt") << "secret";
    fs::create_symlink("../secret.txt", data / "set/link.txt");
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(openRun(*application, noDecode, data / "set"));
    application->sendData(protocol::ProbeFiles{uid, {{"a.txt", 5}, {"../secret.txt", 6}, {"link.txt", 6}}});
    QVERIFY(loopUntil(m_loop, [&] { return application->last<protocol::ProbeResult>() != nullptr; }));
    const auto probed = application->last<protocol::ProbeResult>()->files;
    QVERIFY(probed[0].found && !probed[1].found && !probed[2].found);
    QVERIFY(probed[0].hash == digest::headHash(bytesOf("hello"s)));

    std::vector<protocol::LeaseItem> items(5);
    const char* paths[] = {"a.txt", "a.txt", "../secret.txt", "link.txt", "missing.txt"};
    const char* contents[] = {"hello", "hullo", "secret", "secret", "x"};
    for (std::uint32_t i = 0; i < items.size(); ++i) {
        items[i].item = ItemId(i);
        items[i].path = paths[i];
        items[i].bytes = std::string(contents[i]).size();
        items[i].headHash = digest::headHash(bytesOf(std::string(contents[i])));
    }
    application->lease(1, TransferMode::Paths, items);
    QVERIFY(loopUntil(m_loop, [&] { return application->results.size() == items.size(); }));
    QCOMPARE(application->results[0].error, ErrorCode::None);
    QCOMPARE(application->results[1].error, ErrorCode::ItemChanged);
    QCOMPARE(application->results[2].error, ErrorCode::PathEscape);
    QCOMPARE(application->results[3].error, ErrorCode::PathEscape);
    QCOMPARE(application->results[4].error, ErrorCode::PathMissing);
}

void TestAgent::modelComesByHintOrByWire()
{
    const fs::path model = VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit";
    protocol::OpenRun open;
    open.runUid = uid;
    open.backend = "synthetic";
    open.backendOptions = noDecode;
    std::vector<std::string> contents;
    for (const char* name : {"config.json", "model.safetensors", "preprocessor_config.json"}) {
        contents.push_back(textOf(model / name));
        open.modelFiles.push_back({name, contents.back().size(), digest::sha256(bytesOf(contents.back()))});
    }
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    std::uint64_t supplied = 0;
    application->supply = [&](const protocol::Message& message) {
        const auto& request = std::get<protocol::ModelRequest>(message);
        const auto part = bytesOf(contents.at(request.file)).subspan(request.offset, request.bytes);
        supplied += part.size();
        return protocol::Bytes(part.begin(), part.end());
    };
    const auto readyFor = [&](const std::string& run) {
        const auto* ready = application->last<protocol::RunReady>();
        return ready && ready->runUid == run;
    };
    open.modelPathHint = model; // below no root of this agent's: not looked at
    application->sendData(open);
    QVERIFY(loopUntil(m_loop, [&] { return readyFor(uid); }));
    QCOMPARE(supplied, open.modelFiles[0].bytes + open.modelFiles[1].bytes + open.modelFiles[2].bytes);
    const auto digest = application->last<protocol::RunReady>()->modelSha256;

    fs::create_directories(folder() / "models");
    fs::copy(model, folder() / "models/m");
    fs::remove_all(folder() / "cache");
    open.runUid = std::string(32, 'b');
    open.modelPathHint = folder() / "models/m";
    application->sendData(open);
    QVERIFY(loopUntil(m_loop, [&] { return readyFor(open.runUid); }));
    QVERIFY(application->last<protocol::RunReady>()->modelSha256 == digest);
    QCOMPARE(supplied, open.modelFiles[0].bytes + open.modelFiles[1].bytes + open.modelFiles[2].bytes);
    QVERIFY(!fs::exists(folder() / "cache"));
}

void TestAgent::plannedFaults()
{
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(openRun(*application, R"({"decode": false, "fail_items": {"1": "fail", "2": "nan", "3": "crash"}})"));
    application->lease(1, TransferMode::Bytes, byteItems(0, 3));
    QVERIFY(loopUntil(m_loop, [&] { return application->results.size() == 3; }));
    QCOMPARE(application->results[0].error, ErrorCode::None);
    QCOMPARE(application->results[1].error, ErrorCode::BackendFailed);
    QCOMPARE(application->results[2].error, ErrorCode::BackendResult);
    application->lease(2, TransferMode::Bytes, byteItems(3, 1));
    QVERIFY(loopUntil(m_loop, [&] { return application->down.has_value(); }));
    QCOMPARE(agent->exitCode(5s), std::optional<int>(128 + SIGABRT));
}

void TestAgent::sigtermLosesNothing()
{
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(openRun(*application, R"({"ms_per_item": 5, "decode": false, "batch": 4})"));
    application->commit(true);
    application->lease(1, TransferMode::Bytes, byteItems(0, 400));
    QVERIFY(loopUntil(m_loop, [&] { return application->results.size() >= 20; }));
    const auto begin = std::chrono::steady_clock::now();
    agent->signal(SIGTERM);
    agent->signal(SIGTERM); // twice is once
    QVERIFY(loopUntil(m_loop, [&] { return application->last<protocol::Leaving>() != nullptr; }));
    using State = protocol::AgentState;
    QVERIFY(application->beat->state == State::Draining ||
            application->beat->state == State::Drained); // not in a second
    QCOMPARE(agent->exitCode(10s), std::optional<int>(0));
    QVERIFY(std::chrono::steady_clock::now() - begin < limits::drainTimeout);
    QCOMPARE(application->results.size() + application->revoked.size(), std::size_t(400));
    for (const auto& [item, result] : application->results)
        QVERIFY(!application->revoked.contains(item));
    QVERIFY(application->revoked.size() > 300);
    QCOMPARE(application->resultsReceived, application->results.size());
}

void TestAgent::sigtermWhileLoading()
{
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    application->openRun(uid, R"({"load_ms": 30000, "decode": false})");
    QVERIFY(loopUntil(m_loop, [&] { return application->beat->state == protocol::AgentState::LoadingModel; }));
    agent->signal(SIGTERM);
    QVERIFY(loopUntil(m_loop, [&] { return application->last<protocol::Leaving>() != nullptr; }));
    QCOMPARE(agent->exitCode(5s), std::optional<int>(0));
}

void TestAgent::sigtermWithoutOwner()
{
    const auto agent = launch();
    auto application = connect(agent->reply().address, m_alice);
    QVERIFY(openRun(*application, R"({"decode": false, "batch": 1, "fail_items": {"0": "hang"}})"));
    application->lease(1, TransferMode::Bytes, byteItems(0, 10));
    QVERIFY(loopUntil(m_loop, [&] { return application->beat->busy; }));
    application.reset(); // nobody is left to commit, and a replica hangs
    agent->signal(SIGTERM);
    QCOMPARE(agent->exitCode(10s), std::optional<int>(0));
}

/// Nothing else lets go of a replica that hangs: whoever started the agent starts it anew.
void TestAgent::aReplicaThatHangsEndsTheAgent()
{
    constexpr auto hanging = R"({"decode": false, "batch": 1, "fail_items": {"0": "hang"}})";
    std::vector<std::unique_ptr<AgentProcess>> agents;
    std::vector<std::unique_ptr<Application>> applications;
    const auto hang = [&](const std::string& options) {
        agents.push_back(launch());
        applications.push_back(connect(agents.back()->reply().address, m_alice));
        QVERIFY(openRun(*applications.back(), options));
        applications.back()->lease(1, TransferMode::Bytes, byteItems(0, 1000));
        QVERIFY(loopUntil(m_loop, [&] { return applications.back()->beat->busy; }));
    };
    // Its run goes on; it is closed, and the next one waits behind it; the whole process stood still, and goes on.
    hang(hanging);
    hang(hanging);
    applications[1]->sendData(protocol::CloseRun{uid});
    applications[1]->openRun(std::string(32, 'b'), noDecode);
    hang(R"({"decode": false, "batch": 1, "ms_per_item": 100})");
    agents[2]->signal(SIGSTOP);
    const auto begin = std::chrono::steady_clock::now();
    for (const std::size_t ended : {0, 1}) {
        QVERIFY(loopUntil(
            m_loop, [&] { return agents[ended]->exitCode(0ms).has_value(); }, 40s));
        QCOMPARE(agents[ended]->exitCode(0ms), std::optional<int>(1));
    }
    QVERIFY(std::chrono::steady_clock::now() - begin > limits::hungAfter); // the application notices first
    agents[2]->signal(SIGCONT);
    const auto before = applications[2]->results.size();
    QVERIFY(loopUntil(m_loop, [&] { return applications[2]->results.size() > before + 20; }));
    QVERIFY(!agents[2]->exitCode(0ms));
}

void TestAgent::anItemThatEatsMemoryIsOneError()
{
#ifdef __SANITIZE_ADDRESS__
    QSKIP("the sanitizer ends a process whose memory is at its limit");
#endif
    const auto agent = launch();
    rlimit limit{};
    QVERIFY(::getrlimit(RLIMIT_DATA, &limit) == 0);
    limit.rlim_cur = rlim_t{512} << 20;
    QVERIFY(::prlimit(agent->pid(), RLIMIT_DATA, &limit, nullptr) == 0);
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(openRun(*application, R"({"decode": false, "batch": 4, "fail_items": {"5": "memory"}})"));
    application->lease(1, TransferMode::Bytes, byteItems(0, 12));
    QVERIFY(loopUntil(m_loop, [&] { return application->results.size() == 12; }));
    for (const auto& [item, result] : application->results)
        QCOMPARE(result.error, item == 5 ? ErrorCode::BackendMemory : ErrorCode::None);
}

void TestAgent::closedChannelEndsTheAgent()
{
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(openRun(*application, R"({"batch": 1, "fail_items": {"0": "hang"}})"));
    application->lease(1, TransferMode::Bytes, byteItems(0, 10, greyPicture(1)));
    QVERIFY(loopUntil(m_loop, [&] { return application->beat->busy; }));
    agent->closeChannel();
    QCOMPARE(agent->exitCode(2s), std::optional<int>(0));
}

void TestAgent::shutdownIsForLaunchedAgents()
{
    const auto launched = launch();
    auto application = connect(launched->reply().address, m_alice);
    application->sendData(protocol::Shutdown{});
    QVERIFY(loopUntil(m_loop, [&] { return application->last<protocol::Leaving>() != nullptr; }));
    QCOMPARE(launched->exitCode(5s), std::optional<int>(0));

    const auto served = serve({&m_alice});
    application = connect(m_address, m_alice);
    application->sendData(protocol::Shutdown{});
    QVERIFY(openRun(*application)); // it goes on
    served->signal(SIGINT);
    QCOMPARE(served->exitCode(5s), std::optional<int>(0));
}

void TestAgent::nothingHeavyIsMapped()
{
    // The loader lists every library that a process opens.
    for (const char* option : {"--version", "--help"}) {
        AgentProcess process({option}, {"LD_DEBUG=files"});
        const std::string said = process.readAll();
        QCOMPARE(process.exitCode(10s), std::optional<int>(0));
        QVERIFY(said.find("libzmq") != std::string::npos);
        QVERIFY(!isHeavy(said));
    }
    const auto agent = launch();
    QVERIFY(mapsOf(agent->pid()).find("libzmq") != std::string::npos);
    QVERIFY(!isHeavy(mapsOf(agent->pid())));
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(openRun(*application, R"({"ms_per_item": 0})"));
    QVERIFY(!isHeavy(mapsOf(agent->pid()))); // decoding happens elsewhere
}

void TestAgent::commandLineErrors()
{
    const fs::path file = folder() / "agent.toml";
    std::ofstream(file) << "name = \"a\"\ncolour = 1\n";
    AgentProcess config({"serve", "--config", file});
    const std::string said = config.readAll();
    QCOMPARE(config.exitCode(10s), std::optional<int>(3));
    QVERIFY2(said.find("E_SETTINGS") != std::string::npos, said.c_str());
    QVERIFY2(said.find(file.string() + ":2: unknown key colour") != std::string::npos, said.c_str());
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                      {"serve", "--speed", "9"},
                                                      {"authorize"},
                                                      {"authorize", "nokey"},
                                                      {"serve", "--cpus", "x"}}) {
        AgentProcess process(arguments);
        const std::string complaint = process.readAll();
        QCOMPARE(process.exitCode(10s), std::optional<int>(2));
        QVERIFY(!complaint.empty());
    }
    AgentProcess key({"key", "--key", folder() / "k"});
    QVERIFY(transport::PublicKey::fromBase32(key.readLine()));
    fs::permissions(folder() / "k", fs::perms::others_read, fs::perm_options::add);
    AgentProcess open({"key", "--key", folder() / "k"});
    QVERIFY(open.readAll().find("E_KEY_PERMISSIONS") != std::string::npos);
    QCOMPARE(open.exitCode(10s), std::optional<int>(1));
}

void TestAgent::beatsTravelWithFewResults()
{
    const auto agent = launch();
    Application::Identity identity{m_alice};
    identity.takesBeatsWithResults = true;
    Application application(m_context, m_loop, agent->reply().address, identity);
    QVERIFY(loopUntil(m_loop, [&] { return application.isWelcome(); }));
    QVERIFY(openRun(application, R"({"ms_per_item": 100, "decode": false, "batch": 1})"));
    application.lease(1, TransferMode::Bytes, byteItems(0, 60));
    QVERIFY(loopUntil(m_loop, [&] { return application.beatsWithResults >= 1; }));
    const std::size_t before = application.beatsByThemselves;
    QVERIFY(loopUntil(m_loop, [&] { return application.beatsWithResults >= 4; }));
    QCOMPARE(application.beatsByThemselves, before);
    // Without results they go on.
    QVERIFY(loopUntil(m_loop, [&] { return application.results.size() == 60; }));
    QVERIFY(loopUntil(m_loop, [&] { return application.beatsByThemselves >= before + 2; }));
    // An application that does not take them so gets none.
    const auto other = connect(agent->reply().address, m_alice, 1);
    application.messages.clear();
    QVERIFY(other);
    QVERIFY(openRun(*other, R"({"ms_per_item": 100, "decode": false, "batch": 1})"));
    other->lease(2, TransferMode::Bytes, byteItems(60, 20));
    QVERIFY(loopUntil(m_loop, [&] { return other->results.size() >= 80; }));
    QCOMPARE(other->beatsWithResults, std::size_t(0));
}

/// On a slow link they would come too late.
void TestAgent::beatsDoNotWaitBehindManyResults()
{
    const auto agent = launch();
    Application::Identity identity{m_alice};
    identity.takesBeatsWithResults = true;
    Application application(m_context, m_loop, agent->reply().address, identity);
    application.commit(true);
    QVERIFY(loopUntil(m_loop, [&] { return application.isWelcome(); }));
    QVERIFY(openRun(application, R"({"ms_per_item": 1, "decode": false, "batch": 1})"));
    application.lease(1, TransferMode::Bytes, byteItems(0, 6000));
    QVERIFY(loopUntil(
        m_loop, [&] { return application.results.size() == 6000; }, 60s));
    QVERIFY(application.beatsByThemselves > 1);
    qInfo("%zu beats by themselves, %zu with results", application.beatsByThemselves, application.beatsWithResults);
    QVERIFY(application.beatsWithResults <= 1); // before there were many
}

/// Printed, not judged: how much one agent does besides computing.
void TestAgent::throughput()
{
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(loopUntil(m_loop, [&] { return application->beat && application->beat->sequence > 1; }));
    const double idleMiB = static_cast<double>(application->beat->rssBytes) / (1 << 20);
    QVERIFY(openRun(*application, R"({"ms_per_item": 0, "decode": false, "batch": 64})"));
    application->commit(true);
    constexpr std::uint32_t chunk = 4096;
    // Few under ctest; a figure needs seconds: VITFLEET_THROUGHPUT_CHUNKS=250.
    const auto chunks = std::max(qEnvironmentVariableIntValue("VITFLEET_THROUGHPUT_CHUNKS"), 5);
    const std::uint32_t count = static_cast<std::uint32_t>(chunks) * chunk;
    std::uint32_t leased = 0;
    const auto begin = std::chrono::steady_clock::now();
    QVERIFY(loopUntil(
        m_loop,
        [&] {
            while (leased < count && leased < application->results.size() + 2 * chunk) {
                application->lease(leased / chunk + 1, TransferMode::Bytes, byteItems(leased, chunk));
                leased += chunk;
            }
            return application->results.size() == count;
        },
        60s));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    QCOMPARE(application->resultsReceived, std::size_t(count)); // each once
    for (const auto& [item, result] : application->results)
        QVERIFY(result.error == ErrorCode::None && result.top[0].label == synthetic::answerOf(item, 10).label);
    agent->signal(SIGTERM);
    QVERIFY(loopUntil(m_loop, [&] { return application->last<protocol::Leaving>() != nullptr; }));
    rusage before{}, after{};
    ::getrusage(RUSAGE_CHILDREN, &before);
    QCOMPARE(agent->exitCode(10s), std::optional<int>(0));
    ::getrusage(RUSAGE_CHILDREN, &after);
    const auto seconds = [](const rusage& usage) {
        return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    };
    qInfo("idle agent %.1f MiB; %u items in %.2f s: %.0f items/s, %.2f us of the agent's CPU an item", idleMiB, count,
          took.count(), count / took.count(), (seconds(after) - seconds(before)) * 1e6 / count);
}

QTEST_GUILESS_MAIN(TestAgent)
#include "test_agent.moc"
