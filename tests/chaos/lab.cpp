// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/lab.h"

#include <poll.h>
#include <signal.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace vitfleet::chaos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto restartAfter = 500ms;
constexpr auto lookInterval = 5ms;
const std::string model = VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit";
const std::string pictures = VITFLEET_SOURCE_DIR "/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz";

template <typename T>
T valueOf(Result<T> result)
{
    if (!result)
        throw std::runtime_error(describe(result.error()));
    return *std::move(result);
}

fs::path makeFolder()
{
    std::string name = (fs::temp_directory_path() / "vitfleet-chaos-XXXXXX").string();
    if (!::mkdtemp(name.data()))
        throw std::runtime_error("no folder can be made below " + fs::temp_directory_path().string());
    return name;
}

/// A free port of this machine, for an agent that must keep it over restarts.
std::uint16_t freePort(unsigned index)
{
    return static_cast<std::uint16_t>(20'000 + (static_cast<unsigned>(::getpid()) * 16 + index) % 12'000);
}

} // namespace

std::string Line::text(const char* key) const
{
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string Line::errorCode() const
{
    const auto error = json.find("error");
    return error != json.end() && error->is_object() ? error->value("code", "") : std::string();
}

Lab::Lab(Network& network, Options options)
    : m_network(network), m_options(std::move(options)), m_folder(makeFolder()),
      m_applicationKey(valueOf(transport::KeyPair::loadOrCreate(m_folder / "home" / "application.key"))),
      m_agents(m_options.agents)
{
    fs::create_directory(database().parent_path());
    for (unsigned i = 0; i < m_options.agents; ++i) {
        const fs::path folder = m_folder / nodeName(i);
        fs::create_directory(folder);
        m_agents[i].port = freePort(i);
        if (auto added = transport::AuthorizedKeys::add(folder / "authorized_keys", m_applicationKey.publicKey(), "");
            !added)
            throw std::runtime_error(describe(added.error()));
    }
}

Lab::~Lab()
{
    m_application.reset();
    m_agents.clear();
    m_clones.clear();
    std::error_code ignored;
    if (!m_keep)
        fs::remove_all(m_folder, ignored);
}

std::string Lab::addressLine(unsigned index)
{
    const auto key = valueOf(transport::KeyPair::loadOrCreate(m_folder / nodeName(index) / "agent.key"));
    return m_network.address(index, m_agents.at(index).port) + "/" + key.publicKey().toBase32();
}

Process::Start Lab::agentStart(unsigned index, unsigned host, std::uint16_t port, const std::string& log)
{
    const fs::path folder = m_folder / nodeName(index);
    const auto replicas = m_options.replicas.find(index);
    Process::Start start;
    start.arguments = {VITFLEET_BIN_DIR "/vitfleet-agent", "serve"};
    const std::map<std::string, std::string> options = {
        {"--listen", m_network.listenHost(host) + ":" + std::to_string(port)},
        {"--name", nodeName(index)},
        {"--key", (folder / "agent.key").string()},
        {"--authorized-keys", (folder / "authorized_keys").string()},
        {"--model-root", model},
        {"--model-cache", (folder / "models").string()},
        {"--replicas", std::to_string(replicas == m_options.replicas.end() ? 1 : replicas->second)},
        {"--decoders", "1"}};
    for (const auto& [option, value] : options) {
        start.arguments.push_back(option);
        start.arguments.push_back(value);
    }
    start.environment = m_options.agentEnvironment;
    start.dataBytes = m_options.agentDataBytes;
    start.log = folder / log;
    start.networkNamespace = m_network.space(host);
    return start;
}

void Lab::startAgent(unsigned index)
{
    Agent& agent = m_agents.at(index);
    agent.process.reset(); // its port must be free
    agent.process = std::make_unique<Process>(agentStart(index, index, agent.port, "log"));
    agent.wanted = true;
    agent.endedAt = {};
}

std::string Lab::startClone(unsigned index, unsigned host, std::uint16_t port)
{
    const auto key = valueOf(transport::KeyPair::loadOrCreate(m_folder / nodeName(index) / "agent.key"));
    m_clones.push_back(std::make_unique<Process>(agentStart(index, host, port, "clone.log")));
    return m_network.listenHost(host) + ":" + std::to_string(port) + "/" + key.publicKey().toBase32();
}

void Lab::signalAgent(unsigned index, int number)
{
    m_agents.at(index).process->signal(number);
}

void Lab::stopAgent(unsigned index, int number)
{
    m_agents.at(index).wanted = false;
    signalAgent(index, number);
}

bool Lab::agentRuns(unsigned index)
{
    Agent& agent = m_agents.at(index);
    return agent.process && !agent.process->exitCode();
}

std::optional<int> Lab::waitAgent(unsigned index, std::chrono::milliseconds limit)
{
    // Not by Process::wait alone: the application's output must be read meanwhile.
    pump([&] { return !agentRuns(index); }, limit);
    return m_agents.at(index).process->exitCode();
}

pid_t Lab::agentPid(unsigned index) const
{
    return m_agents.at(index).process->pid();
}

void Lab::startRun(const std::vector<std::string>& environment)
{
    for (unsigned i = 0; i < m_options.agents; ++i) {
        if (!m_agents[i].process)
            startAgent(i);
    }
    std::vector<std::string> arguments = {"run",
                                          "--data",
                                          m_data.empty() ? pictures : m_data.string(),
                                          "--model",
                                          model,
                                          "--limit",
                                          std::to_string(m_options.items),
                                          "--backend",
                                          "synthetic",
                                          "--backend-options",
                                          m_options.plan};
    std::vector<std::string> addresses = m_agentLines;
    for (unsigned i = 0; addresses.empty() && i < m_options.agents; ++i)
        m_agentLines.push_back(addressLine(i));
    for (const std::string& address : m_agentLines) {
        arguments.emplace_back("--agent");
        arguments.push_back(address);
    }
    arguments.insert(arguments.end(), m_options.runOptions.begin(), m_options.runOptions.end());
    startApplication(std::move(arguments), environment);
}

void Lab::resumeRun(const std::vector<std::string>& environment)
{
    // It may have been killed between storing the run and telling its number; `vitfleet-cli runs` would have it.
    if (m_run == 0)
        m_run = static_cast<std::int64_t>(askNumber("SELECT max(id) FROM run"));
    if (m_run == 0)
        return startRun(environment);
    startApplication({"resume", std::to_string(m_run)}, environment);
}

void Lab::startApplication(std::vector<std::string> arguments, const std::vector<std::string>& environment)
{
    Process::Start start;
    start.arguments = {m_options.application, "--home", (m_folder / "home").string()};
    start.arguments.insert(start.arguments.end(), arguments.begin(), arguments.end());
    for (const char* more : {"--json", "--db"})
        start.arguments.emplace_back(more);
    start.arguments.push_back(database().string());
    start.environment = m_options.environment;
    start.environment.insert(start.environment.end(), environment.begin(), environment.end());
    start.log = m_folder / "application.log";
    start.lines = true;
    m_progress = Json::object();
    m_application = std::make_unique<Process>(start);
}

void Lab::killApplication()
{
    m_application->signal(SIGKILL);
    m_application->wait(10s);
    look();
}

void Lab::look()
{
    const auto now = Clock::now();
    while (auto text = m_application ? m_application->nextLine() : std::nullopt) {
        Json json = Json::parse(*text, nullptr, false);
        if (!json.is_object())
            continue;
        const std::string event = json.value("event", "");
        if (event == "run")
            m_run = json.value("run", std::int64_t{0});
        if (event == "progress")
            m_progress = json;
        else
            m_lines.push_back({now, std::move(json)});
    }
    for (unsigned i = 0; i < m_agents.size(); ++i) {
        Agent& agent = m_agents[i];
        if (!m_options.restarts || !agent.wanted || !agent.process || !agent.process->exitCode())
            continue;
        if (agent.endedAt == Clock::time_point{})
            agent.endedAt = now;
        else if (now - agent.endedAt > restartAfter)
            startAgent(i);
    }
}

bool Lab::pump(const std::function<bool()>& until, std::chrono::milliseconds limit)
{
    const auto deadline = Clock::now() + limit;
    for (;;) {
        const bool ended = !m_application || m_application->exitCode();
        look();
        if (until())
            return true;
        if (ended || Clock::now() >= deadline)
            return false;
        pollfd output{m_application->output(), POLLIN, 0};
        ::poll(&output, 1, static_cast<int>(lookInterval.count()));
    }
}

void Lab::pumpFor(std::chrono::milliseconds time)
{
    const auto deadline = Clock::now() + time;
    pump([&] { return Clock::now() >= deadline; }, time + 1s);
}

std::optional<int> Lab::finish(std::chrono::milliseconds limit)
{
    pump([] { return false; }, limit);
    return m_application->exitCode();
}

const Line* Lab::find(const std::string& event, const std::string& node, std::size_t from) const
{
    for (std::size_t i = from; i < m_lines.size(); ++i) {
        if (m_lines[i].event() == event && (node.empty() || m_lines[i].text("node") == node))
            return &m_lines[i];
    }
    return nullptr;
}

std::uint64_t Lab::ofNode(const std::string& node, const char* key) const
{
    for (const Json& entry : m_progress.value("nodes", Json::array())) {
        if (entry.value("name", "") == node)
            return entry.value(key, std::uint64_t{0});
    }
    return 0;
}

std::uint64_t Lab::askNumber(const std::string& sql) const
{
    sqlite3* db = nullptr;
    std::uint64_t value = 0;
    if (::sqlite3_open_v2(database().c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK) {
        ::sqlite3_busy_timeout(db, 1000);
        ::sqlite3_exec(
            db, sql.c_str(),
            [](void* out, int, char** values, char**) {
                *static_cast<std::uint64_t*>(out) = values[0] ? std::strtoull(values[0], nullptr, 10) : 0;
                return 0;
            },
            &value, nullptr);
    }
    ::sqlite3_close(db);
    return value;
}

std::uint64_t Lab::committedOf(const std::string& node) const
{
    return askNumber("SELECT t.labelled + t.errors FROM node n JOIN node_rows t ON t.node=n.id WHERE n.name='" + node +
                     "'");
}

std::uint64_t Lab::committed() const
{
    return askNumber("SELECT labelled + errors FROM run");
}

int Lab::verify()
{
    Process::Start start;
    start.arguments = {VITFLEET_BIN_DIR "/vitfleet-cli", "verify", database().string()};
    start.log = m_folder / "verify.log";
    return Process(start).wait(60s).value_or(-1);
}

std::string Lab::tail(const std::string& log, std::size_t lines) const
{
    std::ifstream file(m_folder / log);
    std::deque<std::string> last;
    for (std::string line; std::getline(file, line);) {
        last.push_back(line);
        if (last.size() > lines)
            last.pop_front();
    }
    std::string text;
    for (const std::string& line : last)
        text += "    " + line + "\n";
    return text;
}

} // namespace vitfleet::chaos
