// SPDX-License-Identifier: GPL-3.0-or-later
// Hashes. libsodium and xxHash stay inside digest.cpp.
#pragma once

#include "shared/base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitfleet::digest {

using Sha256 = std::array<std::uint8_t, 32>;
using HeadHash = std::array<std::uint8_t, 16>;

/// SHA-256 (FIPS 180-4) of data that arrive in pieces.
class Sha256Stream
{
public:
    Sha256Stream();
    ~Sha256Stream();
    Sha256Stream(Sha256Stream&&) noexcept;
    Sha256Stream& operator=(Sha256Stream&&) noexcept;
    void add(std::span<const std::byte> data);
    Sha256 finish();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

Sha256 sha256(std::span<const std::byte> data);
/// Reads the whole file. PathMissing, PathDenied or NodeIo.
Result<Sha256> sha256OfFile(const std::filesystem::path& file);

/// BLAKE2b-128 (RFC 7693) of at most the first limits::headHashBytes of a file.
HeadHash headHash(std::span<const std::byte> head);

/// XXH3, 64 bits: against accidents, not against forgery (CURVE authenticates what is on the wire).
std::uint64_t checksum64(std::span<const std::byte> data);

/// One hash for a model: SHA-256 over "name\0hex\n" of its files sorted by name.
Sha256 modelDigest(std::vector<std::pair<std::string, Sha256>> files);

std::string toHex(std::span<const std::uint8_t> bytes);
/// Cryptographically random.
std::uint64_t randomU64();
std::string randomHex(std::size_t bytes);

} // namespace vitfleet::digest
