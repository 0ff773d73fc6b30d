// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs: sbatch, ssh, kubectl. Never through a shell of this machine, always with a time limit.
#pragma once

#include "shared/base/result.h"
#include "shared/base/unique_fd.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vitfleet::app {

struct Command
{
    std::vector<std::string> arguments; ///< the program first; looked up in PATH
    std::string input;                  ///< for its standard input
    std::filesystem::path inputFile;    ///< or this file
    std::chrono::milliseconds timeout = std::chrono::seconds(20);
};

struct CommandOutput
{
    int status = 0;             ///< exit status; 128 + N after signal N
    std::string output, errors; ///< cut at maxCommandBytes
};

inline constexpr std::size_t maxCommandBytes = std::size_t{4} << 20; ///< of each stream; the rest is thrown away

/// Runs it to its end. ProviderMissing where there is no such program, ProviderTimeout (it is killed, with all that it
/// started) after its limit or once `*stop` is set. Any status is an answer.
Result<CommandOutput> runCommand(const Command& command, const std::atomic<bool>* stop = nullptr);
/// The same, and a status other than 0 is ProviderDenied or ProviderRefused with its last words.
Result<std::string> runOrRefuse(const Command& command, const std::atomic<bool>* stop = nullptr);
/// What kind of refusal these words are.
Error refusal(const std::string& program, const CommandOutput& output);

/// For messages: arguments as a person would type them.
std::string shown(const std::vector<std::string>& arguments);
/// One word of a command line for a POSIX shell, whatever it holds: for what ssh hands to the remote one.
std::string shellQuoted(const std::string& word);
/// The same for a path; "~/x" is below the home of the user whose shell reads it.
std::string shellQuotedPath(const std::string& path);

/// A program that runs beside this one (a tunnel); ends with it, or with the thread that started it.
class BackgroundCommand
{
public:
    BackgroundCommand() = default;
    ~BackgroundCommand() { stop(); }
    BackgroundCommand(BackgroundCommand&& other) noexcept;
    BackgroundCommand& operator=(BackgroundCommand&& other) noexcept;

    static Result<BackgroundCommand> start(const std::vector<std::string>& arguments);
    /// To be asked now and then: it takes in what was said meanwhile, for whoever says much to nobody waits for ever.
    bool isRunning();
    /// The last of what it wrote to its standard error.
    std::string lastWords();
    void stop();

private:
    void listen();

    pid_t m_pid = 0;
    UniqueFd m_errors;
    std::string m_said; ///< its end
};

} // namespace vitfleet::app
