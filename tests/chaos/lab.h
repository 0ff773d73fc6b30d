// SPDX-License-Identifier: GPL-3.0-or-later
// One application and its agents, as real processes, each in its own folder and, where possible, network.
#pragma once

#include "shared/transport/keys.h"
#include "tests/chaos/network.h"
#include "tests/chaos/process.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vitfleet::chaos {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

/// A line of the application, and when the harness saw it.
struct Line
{
    Clock::time_point at;
    Json json;

    std::string event() const { return json.value("event", ""); }
    std::string text(const char* key) const;
    std::string errorCode() const;
};

/// What the database says about a run, read by SQL of our own.
struct Inspection
{
    std::uint64_t rows = 0, lost = 0, doubled = 0;
    std::uint64_t wrong = 0;                ///< labelled otherwise than the synthetic backend labels
    std::map<std::uint32_t, int> errorRows; ///< item to error number
    bool intact = false;                    ///< quick_check
    std::set<std::uint32_t> items;
    std::map<std::string, std::uint64_t> byNode, wrongByNode;
    std::string problem;

    bool isExact() const { return intact && problem.empty() && lost == 0 && doubled == 0 && wrong == 0; }
    std::string summary() const;
};
/// `file` is copied with its log first, so that looking changes nothing.
Inspection inspect(const std::filesystem::path& file, std::uint32_t planned);

class Lab
{
public:
    struct Options
    {
        unsigned agents = 4;
        std::uint32_t items = 10'000;
        std::string plan = R"({"ms_per_item": 3})"; ///< of the synthetic backend
        std::vector<std::string> runOptions;        ///< of `vitfleet-cli run`
        std::map<unsigned, unsigned> replicas;      ///< of single agents; the others have one
        bool restarts = false; ///< as a service manager would: an agent that ends otherwise than by `stopAgent`
        std::string application = VITFLEET_BIN_DIR "/vitfleet-cli";
        std::vector<std::string> environment;      ///< of the application
        std::vector<std::string> agentEnvironment; ///< of the agents
        std::uint64_t agentDataBytes = 0;          ///< the most that each may take; 0: no limit
    };
    Lab(Network& network, Options options);
    ~Lab();

    const Options& options() const { return m_options; }
    Network& network() { return m_network; }
    std::filesystem::path folder() const { return m_folder; }
    /// In a folder of its own, for a file system to be mounted there.
    std::filesystem::path database() const { return m_folder / "database" / "run.db"; }
    const transport::KeyPair& applicationKey() const { return m_applicationKey; }
    /// The folder stays, for a look at its logs.
    void keepFolder() { m_keep = true; }

    // Agents
    void startAgent(unsigned index);
    void signalAgent(unsigned index, int number);
    /// Not to be restarted until startAgent().
    void stopAgent(unsigned index, int number);
    bool agentRuns(unsigned index);
    std::optional<int> waitAgent(unsigned index, std::chrono::milliseconds limit);
    pid_t agentPid(unsigned index) const;
    std::string addressLine(unsigned index);
    /// Another process with the key of agent `index`, on `host`, until the lab ends. Its address line.
    std::string startClone(unsigned index, unsigned host, std::uint16_t port);
    static std::string nodeName(unsigned index) { return "node-" + std::to_string(index + 1); }

    // Application
    void startRun(const std::vector<std::string>& environment = {});
    void resumeRun(const std::vector<std::string>& environment = {});
    void killApplication();
    void signalApplication(int number) { m_application->signal(number); }
    pid_t applicationPid() const { return m_application->pid(); }
    std::optional<int> applicationExit() { return m_application->exitCode(); }
    /// Another address for the application than the agents'; replaces all of them where not empty.
    void setAgentLines(std::vector<std::string> lines) { m_agentLines = std::move(lines); }

    /// Instead of the demo's pictures.
    void setData(std::filesystem::path data) { m_data = std::move(data); }

    /// Reads lines, restarts agents, and calls `until` after each look; false where `limit` passes or, unless `until`
    /// is true by then, the application ends.
    bool pump(const std::function<bool()>& until, std::chrono::milliseconds limit);
    void pumpFor(std::chrono::milliseconds time);
    /// Until the application ends: its exit code, or nothing.
    std::optional<int> finish(std::chrono::milliseconds limit);
    const std::vector<Line>& lines() const { return m_lines; }
    /// The first such line since `from` (an index of lines()).
    const Line* find(const std::string& event, const std::string& node, std::size_t from = 0) const;
    const Json& progress() const { return m_progress; }
    std::uint64_t done() const { return m_progress.value("done", std::uint64_t{0}); }
    /// A field of a node in the last progress line, by the node's name.
    std::uint64_t ofNode(const std::string& node, const char* key) const;
    /// What the counters in the database say that a node has committed, at this moment.
    std::uint64_t committedOf(const std::string& node) const;
    std::uint64_t committed() const;
    /// The one number that `sql` selects from the database; 0 where it cannot be asked.
    std::uint64_t askNumber(const std::string& sql) const;

    Inspection inspection() const { return inspect(database(), m_options.items); }
    /// Exit code of `vitfleet-cli verify`.
    int verify();
    std::string tail(const std::string& log, std::size_t lines = 15) const;

private:
    struct Agent
    {
        std::unique_ptr<Process> process;
        std::uint16_t port = 0;
        bool wanted = false;
        Clock::time_point endedAt{};
    };
    Process::Start agentStart(unsigned index, unsigned host, std::uint16_t port, const std::string& log);
    void startApplication(std::vector<std::string> arguments, const std::vector<std::string>& environment);
    void look();

    Network& m_network;
    Options m_options;
    std::filesystem::path m_folder;
    std::filesystem::path m_data;
    bool m_keep = false;
    transport::KeyPair m_applicationKey;
    std::vector<Agent> m_agents;
    std::vector<std::unique_ptr<Process>> m_clones;
    std::vector<std::string> m_agentLines;
    std::unique_ptr<Process> m_application;
    std::vector<Line> m_lines;
    Json m_progress = Json::object();
    std::int64_t m_run = 0;
};

} // namespace vitfleet::chaos
