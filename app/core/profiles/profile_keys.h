// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of a profile's table, each with the member that it fills: what the file's reader and the form share.
// Includes toml++, so only for the files beside it.
#pragma once

#include "app/core/profiles/profile_form.h"

#include <toml++/toml.h>

#include <functional>
#include <string>
#include <vector>

namespace vitfleet::app {

struct BoundKey
{
    ProfileKey key;
    std::function<bool(const toml::node&)> read; ///< into the member; false: a value of another kind
    std::function<std::string()> show;           ///< the member as a person types it
};

/// Those of the profile's provider, in the order in which docs/profiles.md and the form have them; without `provider`.
std::vector<BoundKey> boundKeys(Profile& profile);
/// Into Profile::provider.
bool readProvider(const toml::node& node, Profile& profile);

} // namespace vitfleet::app
