// SPDX-License-Identifier: GPL-3.0-or-later
// A machine whose commands and files are used: this one, or one over SSH. What is done there goes through fixed texts
// for a POSIX shell whose values are positional parameters, never part of the text.
#pragma once

#include "app/core/profiles/profile.h"
#include "app/provision/command.h"

#include <atomic>
#include <map>
#include <string>
#include <vector>

namespace vitfleet::app {

class Site
{
public:
    struct Options
    {
        std::string host;      ///< empty: this machine
        std::string sshConfig; ///< empty: OpenSSH's own
        std::chrono::milliseconds timeout = std::chrono::seconds(20);
        const std::atomic<bool>* stop = nullptr; ///< ends a call at once
    };
    explicit Site(Options options) : m_options(std::move(options)) {}

    bool isLocal() const { return m_options.host.empty(); }
    const std::string& host() const { return m_options.host; }

    /// What runs here to have `arguments` run there.
    std::vector<std::string> wrapped(const std::vector<std::string>& arguments) const;
    /// `ssh -N` with these forwards ("127.0.0.1:4000:node:5000"): OpenSSH's own configuration, agent and known_hosts.
    std::vector<std::string> tunnel(const std::vector<std::string>& forwards) const;

    Result<CommandOutput> run(const std::vector<std::string>& arguments, const std::string& input = {}) const;
    /// A status other than 0 is an error.
    Result<std::string> ask(const std::vector<std::string>& arguments, const std::string& input = {}) const;
    Result<std::string> shell(const std::string& text, const std::vector<std::string>& values,
                              const std::string& input = {}) const;
    /// With a file of this machine as its input and more time.
    Result<std::string> send(const std::string& text, const std::vector<std::string>& values,
                             const std::filesystem::path& file, std::chrono::milliseconds timeout) const;

    /// Makes a private folder, also its parents; its absolute name. A relative one is below the user's home.
    Result<std::string> makeFolder(const std::string& folder) const;
    /// Mode 0600, written beside and renamed.
    Result<void> writeFile(const std::string& file, const std::string& content) const;
    /// The agents' replies in a launch folder by their index; none where it is gone.
    Result<std::map<std::uint32_t, std::string>> readReplies(const std::string& folder) const;
    /// Only a folder that is named by an allocation: 32 hex digits.
    Result<void> removeFolder(const std::string& folder) const;

private:
    Options m_options;
};

/// 32 hex digits: what launch folders, jobs and pods of ours are named by.
bool isAllocation(std::string_view text);

} // namespace vitfleet::app
