// SPDX-License-Identifier: GPL-3.0-or-later
// The store over one SQLite file. SQLite stays inside app/store.
#pragma once

#include "app/core/store.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace vitfleet::app {

enum class OpenMode : std::uint8_t
{
    Invalid = 0,
    ReadWrite, ///< makes the file where there is none; only one process at a time
    ReadOnly,  ///< also while another process writes; writer() refuses everything with DbReadOnly
};

struct StoreOptions
{
    /// statfs(2)'s f_type of the folder; for tests. Empty: ask the kernel.
    std::function<std::int64_t(const std::filesystem::path& folder)> fileSystemType;
    /// This machine's name; for tests. Empty: ask the kernel.
    std::string hostName;
};

/// Opens or makes a database. DbOpen, DbFormat, DbForeign, DbNewer, DbReadOnly, DbBusy (detail names the process),
/// DbCorrupt, DbFull, DbNetworkFs (a process on another host holds it). On a network file system, where a write-ahead
/// log does not work across hosts, a rollback journal is used and the file is held for this process alone: other
/// processes cannot even read it meanwhile (DbBusy), and Store::notice() says so.
Result<std::unique_ptr<Store>> openStore(const std::filesystem::path& file, OpenMode mode, StoreOptions options = {});

/// A process has the database open for writing, and only such a one can have a run that goes on.
bool isOpenForWriting(const std::filesystem::path& file);

/// SQLite's own check of the whole file (PRAGMA quick_check), beside a writer too. DbCorrupt with its first finding,
/// otherwise as openStore.
Result<void> checkDatabase(const std::filesystem::path& file);

} // namespace vitfleet::app
