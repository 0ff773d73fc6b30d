// SPDX-License-Identifier: GPL-3.0-or-later
// The reading side: a read-only connection of its own.
#pragma once

#include "app/core/store.h"
#include "app/store/database.h"

#include <filesystem>
#include <memory>

namespace vitfleet::app::sqlite {

Result<std::unique_ptr<StoreReader>> makeReader(const std::filesystem::path& file, Sharing sharing);

} // namespace vitfleet::app::sqlite
