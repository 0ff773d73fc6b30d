// SPDX-License-Identifier: GPL-3.0-or-later
// vitfleet-agent: the daemon on each node.
#include "agent/bench/bench_command.h"
#include "agent/main/node_parts.h"
#include "agent/main/serve.h"

#include <cstdio>

namespace vitfleet::agent {
namespace {

int fail(const Error& error, int code)
{
    std::fprintf(stderr, "vitfleet-agent: %s\n", describe(error).c_str());
    return code;
}

int authorize(const CommandLine& line)
{
    const auto key = transport::PublicKey::fromBase32(line.key);
    if (!key)
        return fail({ErrorCode::Usage, "no key of an application: " + line.key}, usage);
    const auto config = configuration(line);
    if (!config.ok())
        return fail(config.error(), couldNotStart);
    if (auto added = transport::AuthorizedKeys::add(config->authorizedKeys, *key, line.comment); !added.ok())
        return fail(added.error(), failed);
    std::printf("admitted %s\nin %s\n", key->fingerprint().c_str(), config->authorizedKeys.c_str());
    return stoppedCleanly;
}

int revoke(const CommandLine& line)
{
    const auto key = transport::PublicKey::fromBase32(line.key);
    if (!key)
        return fail({ErrorCode::Usage, "no key of an application: " + line.key}, usage);
    const auto config = configuration(line);
    if (!config.ok())
        return fail(config.error(), couldNotStart);
    const auto removed = transport::AuthorizedKeys::remove(config->authorizedKeys, *key);
    if (!removed.ok())
        return fail(removed.error(), failed);
    if (!*removed)
        return fail({ErrorCode::NotEnrolled, key->fingerprint() + " is not in " + config->authorizedKeys.string()},
                    failed);
    std::printf("revoked %s\nin %s\n", key->fingerprint().c_str(), config->authorizedKeys.c_str());
    return stoppedCleanly;
}

int printKey(const CommandLine& line)
{
    const auto config = configuration(line);
    if (!config.ok())
        return fail(config.error(), couldNotStart);
    const auto keys = line.rotate ? transport::KeyPair::rotate(config->keyFile)
                      : line.next ? transport::KeyPair::loadOrCreateNext(config->keyFile)
                                  : transport::KeyPair::loadOrCreate(config->keyFile);
    if (!keys.ok())
        return fail(keys.error(), failed);
    std::printf("%s\nfingerprint: %s\n", keys->publicKey().toBase32().c_str(), keys->publicKey().fingerprint().c_str());
    return stoppedCleanly;
}

int bench(const CommandLine& line)
{
    const auto config = resolve(line.config);
    if (!config.ok())
        return fail(config.error(), couldNotStart);
    NodeParts parts(programFolder());
    const auto done = runBench(line.bench, config->settings, parts);
    if (done.ok())
        return stoppedCleanly;
    return fail(done.error(), done.error().code == ErrorCode::Usage ? usage : failed);
}

} // namespace
} // namespace vitfleet::agent

int main(int argc, char** argv)
{
    using namespace vitfleet::agent;
    const ParsedLine parsed = parseCommandLine(argc, argv);
    if (!parsed.line)
        return parsed.exitCode;
    switch (parsed.line->command) {
    case CommandLine::Command::Authorize:
        return authorize(*parsed.line);
    case CommandLine::Command::Revoke:
        return revoke(*parsed.line);
    case CommandLine::Command::Key:
        return printKey(*parsed.line);
    case CommandLine::Command::Bench:
        return bench(*parsed.line);
    default:
        return serve(*parsed.line);
    }
}
