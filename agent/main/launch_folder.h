// SPDX-License-Identifier: GPL-3.0-or-later
// The agent's end of a launch folder (shared/launch): where a batch system, SSH or Kubernetes starts it, the request
// and the reply are files that only this user can write.
#pragma once

#include "shared/base/result.h"
#include "shared/launch/launch.h"

#include <cstdint>
#include <filesystem>

namespace vitfleet::agent {

class LaunchFolder
{
public:
    LaunchFolder(std::filesystem::path folder, std::uint32_t index) : m_folder(std::move(folder)), m_index(index) {}

    /// Settings where there is none; KeyPermissions where others can write it: it says whom to admit.
    Result<launch::Request> readRequest() const;
    /// Written with mode 0600 and renamed into place. On a folder that cannot be written (a Secret of Kubernetes) it
    /// goes to $VITFLEET_REPLY_FOLDER instead.
    Result<void> reply(const Result<launch::Reply>& reply) const;

private:
    std::filesystem::path m_folder;
    std::uint32_t m_index;
};

} // namespace vitfleet::agent
