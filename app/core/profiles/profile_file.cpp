// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/profiles/profile_keys.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace vitfleet::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t maxFileBytes = 1024 * 1024;

Error wrong(const fs::path& file, const toml::source_region& where, const std::string& what)
{
    return {ErrorCode::Settings, file.string() + ":" + std::to_string(where.begin.line) + ": " + what};
}

Result<Profile> readProfile(const std::string& profileName, const toml::table& table, const fs::path& file)
{
    Profile profile;
    profile.name = profileName;
    // The provider decides which other keys there are.
    if (const toml::node* provider = table.get("provider"); !provider || !readProvider(*provider, profile))
        return wrong(file, table.source(), "provider is local, ssh, slurm or kubernetes");
    const auto keys = boundKeys(profile);
    for (const auto& [key, node] : table) {
        if (key.str() == "provider")
            continue;
        const auto known =
            std::ranges::find_if(keys, [&name = key](const BoundKey& bound) { return bound.key.name == name.str(); });
        if (known == keys.end())
            return wrong(file, key.source(),
                         "unknown key " + std::string(key.str()) + " for provider " +
                             std::string(name(profile.provider)));
        if (!known->read(node))
            return wrong(file, node.source(), std::string(key.str()) + " has a wrong value");
    }
    if (const auto problems = problemsOf(profile); !problems.empty()) {
        const ProfileProblem& first = problems.front();
        const toml::node* node = table.get(first.key);
        Error error = wrong(file, node ? node->source() : table.source(), first.error.detail);
        error.code = first.error.code;
        return error;
    }
    return profile;
}

} // namespace

Result<std::vector<Profile>> parseProfiles(std::string_view content, const fs::path& file)
{
    toml::table table;
    try {
        // Debian's library has only the parser that throws.
        table = toml::parse(content, file.string());
    } catch (const toml::parse_error& error) {
        return wrong(file, error.source(), std::string(error.description()));
    }
    std::vector<Profile> profiles;
    for (const auto& [key, node] : table) {
        const toml::table* all = node.as_table();
        if (key.str() != "profile" || !all)
            return wrong(file, key.source(), "a profile is a table [profile.NAME]");
        for (const auto& [profileName, entry] : *all) {
            const toml::table* one = entry.as_table();
            if (!one)
                return wrong(file, profileName.source(), "a profile is a table [profile.NAME]");
            auto profile = readProfile(std::string(profileName.str()), *one, file);
            if (!profile)
                return profile.error();
            profiles.push_back(std::move(*profile));
        }
    }
    return profiles;
}

Result<std::string> readProfileText(const fs::path& file)
{
    std::error_code error;
    if (!fs::exists(file, error))
        return std::string();
    if (fs::file_size(file, error) > maxFileBytes)
        return Error{ErrorCode::Settings, file.string() + " is too large"};
    std::ifstream stream(file, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream)
        return Error{ErrorCode::Settings, file.string() + " cannot be read"};
    return content;
}

Result<std::vector<Profile>> readProfiles(const fs::path& file)
{
    const auto content = readProfileText(file);
    return content ? parseProfiles(*content, file) : content.error();
}

Result<void> writeProfileText(const fs::path& name, const std::string& text)
{
    std::error_code error;
    fs::path file = fs::weakly_canonical(name, error);
    if (error)
        file = name;
    fs::create_directories(file.parent_path(), error);
    fs::path beside = file;
    beside += ".new";
    {
        std::ofstream stream(beside, std::ios::binary | std::ios::trunc);
        stream << text;
        if (!stream.flush())
            return Error{ErrorCode::Settings, beside.string() + " cannot be written"};
    }
    if (const auto status = fs::status(file, error); fs::exists(status))
        fs::permissions(beside, status.permissions(), error);
    fs::rename(beside, file, error);
    if (error)
        return Error{ErrorCode::Settings, file.string() + ": " + error.message()};
    return {};
}

} // namespace vitfleet::app
