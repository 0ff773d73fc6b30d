// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/site.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace vitfleet::app {
namespace {

constexpr std::string_view mark = "=== vitfleet ";
constexpr std::size_t allocationDigits = 32;

/// A file of this machine, as a shell would have it.
std::string fileHere(const std::string& path)
{
    const char* home = std::getenv("HOME");
    return isBelowHome(path) && home ? home + path.substr(1) : path;
}

/// Unknown hosts are refused and never asked about: BatchMode alone would leave that to the user's configuration,
/// which may be laxer.
std::vector<std::string> sshCommand(const Site::Options& options)
{
    std::vector<std::string> command = {"ssh"};
    if (!options.sshConfig.empty())
        command.insert(command.end(), {"-F", fileHere(options.sshConfig)});
    command.insert(command.end(),
                   {"-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=10", "-o",
                    "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", "-o", "LogLevel=ERROR"});
    return command;
}

std::string lastPart(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

} // namespace

bool isAllocation(std::string_view text)
{
    return text.size() == allocationDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::vector<std::string> Site::wrapped(const std::vector<std::string>& arguments) const
{
    if (isLocal())
        return arguments;
    std::vector<std::string> command = sshCommand(m_options);
    // The remote shell splits what ssh hands it: every word is quoted.
    std::string line;
    for (const std::string& argument : arguments)
        line += (line.empty() ? "" : " ") + shellQuoted(argument);
    command.insert(command.end(), {"--", m_options.host, line});
    return command;
}

std::vector<std::string> Site::tunnel(const std::vector<std::string>& forwards) const
{
    std::vector<std::string> command = sshCommand(m_options);
    command.insert(command.end(), {"-N", "-T", "-o", "ExitOnForwardFailure=yes", "-o", "ControlPath=none"});
    for (const std::string& forward : forwards)
        command.insert(command.end(), {"-L", forward});
    command.insert(command.end(), {"--", m_options.host});
    return command;
}

Result<CommandOutput> Site::run(const std::vector<std::string>& arguments, const std::string& input) const
{
    Command command;
    command.arguments = wrapped(arguments);
    command.input = input;
    command.timeout = m_options.timeout;
    return runCommand(command, m_options.stop);
}

Result<std::string> Site::ask(const std::vector<std::string>& arguments, const std::string& input) const
{
    auto output = run(arguments, input);
    if (!output)
        return output.error();
    if (output->status != 0)
        return refusal(isLocal() ? arguments.front() : "ssh " + m_options.host, *output);
    return std::move(output->output);
}

Result<std::string> Site::shell(const std::string& text, const std::vector<std::string>& values,
                                const std::string& input) const
{
    std::vector<std::string> arguments = {"sh", "-c", text, "vitfleet"};
    arguments.insert(arguments.end(), values.begin(), values.end());
    return ask(arguments, input);
}

Result<std::string> Site::send(const std::string& text, const std::vector<std::string>& values,
                               const std::filesystem::path& file, std::chrono::milliseconds timeout) const
{
    std::vector<std::string> arguments = {"sh", "-c", text, "vitfleet"};
    arguments.insert(arguments.end(), values.begin(), values.end());
    Command command;
    command.arguments = wrapped(arguments);
    command.inputFile = fileHere(file.string());
    command.timeout = timeout;
    return runOrRefuse(command, m_options.stop);
}

Result<std::string> Site::makeFolder(const std::string& folder) const
{
    // It begins at home, so that this is where a path that is not absolute lies; a "~" in quotes is none.
    const std::string below = folder.starts_with("~/") ? folder.substr(2) : folder;
    auto made = shell("cd && umask 077 && mkdir -p -- \"$1\" && cd -- \"$1\" && pwd -P", {below});
    if (!made)
        return made.error();
    while (!made->empty() && made->back() == '\n')
        made->pop_back();
    if (made->empty() || made->front() != '/')
        return Error{ErrorCode::ProviderRefused, "no folder " + folder};
    return made;
}

Result<void> Site::writeFile(const std::string& file, const std::string& content) const
{
    auto written = shell("umask 077 && cat >\"$1.new\" && mv -f -- \"$1.new\" \"$1\"", {file}, content);
    return written ? Result<void>() : written.error();
}

Result<std::map<std::uint32_t, std::string>> Site::readReplies(const std::string& folder) const
{
    // Whoever else could write there could put a key of their own in: only files of this user, in a private folder.
    auto text =
        shell("cd -- \"$1\" 2>/dev/null || exit 0\n"
              "for f in reply-*.json; do\n"
              "  [ -f \"$f\" ] && [ -O \"$f\" ] && [ ! -L \"$f\" ] && { echo \"=== vitfleet $f\"; cat -- \"$f\"; "
              "}\n"
              "done\nexit 0",
              {folder});
    if (!text)
        return text.error();
    std::map<std::uint32_t, std::string> replies;
    std::string* current = nullptr;
    for (std::size_t begin = 0; begin < text->size();) {
        const std::size_t end = std::min(text->find('\n', begin), text->size());
        const std::string_view line = std::string_view(*text).substr(begin, end - begin);
        begin = end + 1;
        if (line.substr(0, mark.size()) == mark) {
            constexpr std::string_view prefix = "reply-";
            const std::string_view file = line.substr(mark.size());
            std::uint32_t index = 0;
            const char* digits = file.data() + std::min(prefix.size(), file.size());
            const auto [last, error] = std::from_chars(digits, file.data() + file.size(), index);
            current = error == std::errc() && std::string_view(last, file.data() + file.size()) == ".json"
                          ? &replies[index]
                          : nullptr;
        } else if (current) {
            current->append(line).append("\n");
        }
    }
    return replies;
}

Result<void> Site::removeFolder(const std::string& folder) const
{
    if (!isAllocation(lastPart(folder)) || folder.front() != '/')
        return Error{ErrorCode::Internal, "not a launch folder: " + folder};
    auto removed = shell("rm -rf -- \"$1\"", {folder});
    return removed ? Result<void>() : removed.error();
}

} // namespace vitfleet::app
