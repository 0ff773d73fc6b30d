// SPDX-License-Identifier: GPL-3.0-or-later
// A profile as fields that a person fills in, checked by what reads the file, and written back into the file's text:
// comments, order, layout and every other profile stay as they are.
#pragma once

#include "app/core/profiles/profile.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::app {

/// One key of a profile's table.
struct ProfileKey
{
    enum class Kind : std::uint8_t
    {
        Text = 0,
        Number,
        Price,
        Flag,     ///< "true" or "false"
        Texts,    ///< one a line
        Mappings, ///< one a line: OURS = THEIRS
        Choice,
    };
    std::string name;
    Kind kind = Kind::Text;
    bool isCommon = false;            ///< every provider has it
    std::string usual;                ///< as it is without the key
    std::vector<std::string> choices; ///< of a Choice
};

/// Those of a provider, its own first; without `provider`.
std::vector<ProfileKey> profileKeys(ProviderKind provider);

struct ProfileForm
{
    std::string name;
    ProviderKind provider = ProviderKind::Local;
    std::map<std::string, std::string> fields; ///< by key, as typed; an absent or empty one has its usual value
    bool operator==(const ProfileForm&) const = default;
};

ProfileForm formOf(const Profile& profile);
/// The profile that it describes, and what is wrong with it, in the order of the fields. Fields that cannot be read
/// have their usual value.
struct ReadForm
{
    Profile profile;
    std::vector<ProfileProblem> problems;
};
ReadForm readForm(const ProfileForm& form);

/// The file's text with this profile in it: in the place of `before`, or at its end where that is empty. Values of keys
/// that are the same stay as they were written. E_SETTINGS where the text or the form is wrong, a profile has that name
/// already, or the profile is written in a way (an inline table, dotted keys) that is not changed here.
Result<std::string> withProfile(const std::string& text, const std::string& before, const ProfileForm& form);
/// Without it; the comments above it stay.
Result<std::string> withoutProfile(const std::string& text, const std::string& name);

} // namespace vitfleet::app
