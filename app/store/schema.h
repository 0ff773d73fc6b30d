// SPDX-License-Identifier: GPL-3.0-or-later
// The tables, and how a file of an older version becomes one of this version.
#pragma once

#include "shared/base/result.h"

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <span>

namespace vitfleet::app::sqlite {

inline constexpr std::int32_t applicationId = 0x56697446; ///< "VitF", at offset 68 of the file

/// One step: from version `to` - 1 to version `to`.
struct Migration
{
    int to = 0;
    const char* sql = nullptr;
};

std::span<const Migration> migrations();
int newestVersion();

enum class Purpose : unsigned char
{
    Invalid = 0,
    Read,
    Write
};

/// Is this our file, and of a version that we know? DbFormat, DbForeign, DbNewer. For reading alone an empty file is
/// none (DbFormat) and one of an older version must first be opened for writing (DbReadOnly).
Result<void> checkIdentity(SQLite::Database& db, Purpose purpose);

/// Takes the steps that are missing, each in a transaction of its own together with its number: a process that is
/// killed between two of them leaves a valid file of the version in between. Throws SQLite::Exception.
void migrate(SQLite::Database& db, std::span<const Migration> steps);

} // namespace vitfleet::app::sqlite
