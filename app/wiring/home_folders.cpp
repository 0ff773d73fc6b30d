// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wiring/home_folders.h"

#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace vitfleet::app {

namespace {

namespace fs = std::filesystem;

fs::path userHome()
{
    if (const char* home = std::getenv("HOME"); home && *home == '/')
        return home;
    const passwd* user = ::getpwuid(::getuid());
    return user && user->pw_dir ? fs::path(user->pw_dir) : fs::path("/");
}

/// The specification has relative paths ignored.
fs::path xdg(const char* variable, const char* otherwise)
{
    const char* given = std::getenv(variable);
    return (given && *given == '/' ? fs::path(given) : userHome() / otherwise) / "vitfleet";
}

} // namespace

HomeFolders homeFolders(const fs::path& given)
{
    fs::path home = given;
    if (const char* variable = std::getenv("VITFLEET_HOME"); home.empty() && variable)
        home = variable;
    if (!home.empty()) {
        home = fs::absolute(home);
        return {home / "application.key", home / "agents.keys",   home / "vitfleet.db", home / "agents",
                home / "models",          home / "profiles.toml", home / "requests"};
    }
    const fs::path config = xdg("XDG_CONFIG_HOME", ".config");
    return {config / "application.key",
            config / "agents.keys",
            xdg("XDG_DATA_HOME", ".local/share") / "vitfleet.db",
            xdg("XDG_CACHE_HOME", ".cache") / "agents",
            {},
            config / "profiles.toml",
            xdg("XDG_DATA_HOME", ".local/share") / "requests"};
}

} // namespace vitfleet::app
