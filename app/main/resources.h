// SPDX-License-Identifier: GPL-3.0-or-later
// Where the demo's pictures and model lie.
#pragma once

#include <filesystem>
#include <optional>

namespace vitfleet::app {

struct DemoFiles
{
    std::filesystem::path images; ///< of the IDX pair
    std::filesystem::path model;  ///< directory
};

/// Looks in $VITFLEET_RESOURCES, then beside the installed program (`../share/vitfleet`), then in the source tree that
/// it was built from. `program`: this one.
std::optional<DemoFiles> findDemoFiles(const std::filesystem::path& program);

} // namespace vitfleet::app
