// SPDX-License-Identifier: GPL-3.0-or-later
// Only one process writes to a database, and a second one is told which.
#pragma once

#include "shared/base/result.h"
#include "shared/base/unique_fd.h"

#include <filesystem>
#include <string>

namespace vitfleet::app::sqlite {

/// A lock on FILE-lock beside the database, held until destroyed or until the process ends, however it ends. An open
/// file description's lock (OFD), since a POSIX lock would be lost with any descriptor of the file that is closed and
/// would not keep out this very process.
class WriteLock
{
public:
    /// DbBusy with the process that holds it, DbNetworkFs where that runs on another host than `host`; DbReadOnly,
    /// DbFull or DbOpen where the file cannot be made or locked.
    static Result<WriteLock> take(const std::filesystem::path& database, const std::string& host);

    /// Some process, this one or another, holds the lock now. False where there is no such file or it cannot be read.
    static bool isHeld(const std::filesystem::path& database);

private:
    explicit WriteLock(UniqueFd fd) : m_fd(std::move(fd)) {}
    UniqueFd m_fd;
};

} // namespace vitfleet::app::sqlite
