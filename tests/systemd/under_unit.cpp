// SPDX-License-Identifier: GPL-3.0-or-later
// under-unit UNIT COMMAND...: runs a command as near to a systemd unit's confinement as can be had without systemd: its
// system call filter (sets expanded by systemd-analyze), its address families, no new privileges, no capabilities, no
// namespaces. Mounts are the caller's business.
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

[[noreturn]] void fail(const std::string& what)
{
    std::cerr << "under-unit: " << what << "\n";
    std::exit(125);
}

/// A set's calls, sets within it included.
std::set<std::string> expand(const std::string& name)
{
    if (name[0] != '@')
        return {name};
    // Only names from a unit of ours get here, and only these characters.
    if (name.find_first_not_of("@abcdefghijklmnopqrstuvwxyz-") != std::string::npos)
        fail("a set named " + name);
    std::FILE* output = popen(("systemd-analyze syscall-filter " + name).c_str(), "r");
    if (!output)
        fail("systemd-analyze cannot be run");
    std::set<std::string> calls;
    char line[512];
    while (std::fgets(line, sizeof line, output)) {
        std::istringstream words(line);
        std::string word;
        // "    name"; the set's own name and "# what it is" stand at the beginning of theirs.
        if (line[0] != ' ' || !(words >> word) || word[0] == '#')
            continue;
        calls.merge(expand(word));
    }
    if (pclose(output) != 0 || calls.empty())
        fail("systemd-analyze does not know " + name);
    return calls;
}

struct Unit
{
    std::set<std::string> calls;
    std::vector<int> families;
};

Unit readUnit(const char* file)
{
    Unit unit;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
        const auto equals = line.find('=');
        std::istringstream words(equals == std::string::npos ? "" : line.substr(equals + 1));
        const std::string key = line.substr(0, equals);
        for (std::string word; words >> word;) {
            if (key == "RestrictAddressFamilies")
                unit.families.push_back(word == "AF_INET" ? AF_INET : word == "AF_INET6" ? AF_INET6 : AF_UNIX);
            if (key != "SystemCallFilter")
                continue;
            const bool removes = line[equals + 1] == '~';
            for (const auto& call : expand(word[0] == '~' ? word.substr(1) : word)) {
                if (removes)
                    unit.calls.erase(call);
                else
                    unit.calls.insert(call);
            }
        }
    }
    if (unit.calls.size() < 100 || unit.families.empty())
        fail(std::string(file) + " has no filters");
    return unit;
}

void dropCapabilities()
{
    for (int capability = 0; capability <= CAP_LAST_CAP; ++capability)
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

void loadFilter(const Unit& unit)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int error = 0;
    for (const auto& name : unit.calls) {
        const int call = seccomp_syscall_resolve_name(name.c_str());
        // As systemd does for RestrictNamespaces and RestrictAddressFamilies.
        if (call == __NR_SCMP_ERROR || name == "unshare" || name == "setns" || name == "socket")
            continue;
        if (name == "clone")
            error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_A0(SCMP_CMP_MASKED_EQ, 0x7e020000UL, 0));
        else
            error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    }
    for (const int family : unit.families)
        error |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                  SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family)));
    if (error != 0 || seccomp_load(filter) != 0)
        fail("the filter cannot be loaded");
    seccomp_release(filter);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3)
        fail("UNIT COMMAND...");
    const Unit unit = readUnit(argv[1]);
    dropCapabilities();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        fail("no_new_privs");
    loadFilter(unit);
    execv(argv[2], argv + 2);
    fail(std::string(argv[2]) + ": " + std::strerror(errno));
}
