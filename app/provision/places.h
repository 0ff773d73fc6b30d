// SPDX-License-Identifier: GPL-3.0-or-later
// One provider for each place that nodes of a profile are at. A profile may be given another login node, context or
// configuration of ssh while nodes of it run: they are asked for, reached and ended where they were started, for at the
// new place they would be found missing and forgotten.
#pragma once

#include "app/provision/provider.h"

#include <functional>

namespace vitfleet::app {

/// The profile as it was for this unit, as far as finding and ending it goes: its provider, login, context, namespace
/// and ssh's configuration are those of the record; everything else is as the settings are now.
Profile profileAt(const Profile& settings, const UnitRecord& unit);

/// Starts at the place of the profile; everything else goes to the places of the records. A place that does not answer
/// makes its units Unknown, and no others.
std::unique_ptr<Provider> makeProviderOfPlaces(ProviderContext context);

} // namespace vitfleet::app
