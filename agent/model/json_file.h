// SPDX-License-Identifier: GPL-3.0-or-later
// JSON from files that nobody has checked: bounded in size and depth, and no key twice in one object (readers differ in
// which of two equal keys counts, so such a file could mean one thing here and another in transformers).
#pragma once

#include "shared/base/result.h"

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace vitfleet {

/// `name` and `invalid` are what errors are reported with.
Result<nlohmann::json> parseJsonObject(std::span<const char> text, const std::string& name, ErrorCode invalid);

/// ModelMissing where there is no such file, ModelTooLarge above limits::maxConfigBytes, else `invalid`.
Result<nlohmann::json> readJsonObject(const std::filesystem::path& file, ErrorCode invalid);

/// A string of the file for an error's detail: cut, quoted, control characters replaced.
std::string quoted(const std::string& text);

} // namespace vitfleet
