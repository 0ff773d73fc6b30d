// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/digest/digest.h"

#include "shared/base/limits.h"
#include "shared/base/unique_fd.h"

#include <sodium.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <system_error>

namespace vitfleet::digest {
namespace {

/// libsodium picks its implementations and opens its random source once; without random numbers nothing may go on.
void needSodium()
{
    static const bool ready = sodium_init() >= 0;
    if (!ready)
        std::abort();
}

const unsigned char* raw(std::span<const std::byte> data)
{
    return reinterpret_cast<const unsigned char*>(data.data());
}

Error ioError(const std::filesystem::path& file, int error)
{
    const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::PathMissing
                           : error == EACCES || error == EPERM ? ErrorCode::PathDenied
                                                               : ErrorCode::NodeIo;
    return {code, file.string() + ": " + std::generic_category().message(error)};
}

} // namespace

struct Sha256Stream::Private
{
    crypto_hash_sha256_state state;
};

Sha256Stream::Sha256Stream() : d(std::make_unique<Private>())
{
    needSodium();
    crypto_hash_sha256_init(&d->state);
}

Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::add(std::span<const std::byte> data)
{
    crypto_hash_sha256_update(&d->state, raw(data), data.size());
}

Sha256 Sha256Stream::finish()
{
    Sha256 hash;
    crypto_hash_sha256_final(&d->state, hash.data());
    crypto_hash_sha256_init(&d->state);
    return hash;
}

Sha256 sha256(std::span<const std::byte> data)
{
    needSodium();
    Sha256 hash;
    crypto_hash_sha256(hash.data(), raw(data), data.size());
    return hash;
}

Result<Sha256> sha256OfFile(const std::filesystem::path& file)
{
    // O_NONBLOCK: a FIFO in the place of a file must not stop the caller.
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd)
        return ioError(file, errno);
    Sha256Stream stream;
    std::vector<std::byte> buffer(256 * 1024);
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got == 0)
            return stream.finish();
        if (got > 0)
            stream.add(std::span(buffer).first(static_cast<std::size_t>(got)));
        else if (errno != EINTR)
            return ioError(file, errno);
    }
}

HeadHash headHash(std::span<const std::byte> head)
{
    needSodium();
    HeadHash hash;
    const auto data = head.first(std::min(head.size(), limits::headHashBytes));
    crypto_generichash(hash.data(), hash.size(), raw(data), data.size(), nullptr, 0);
    return hash;
}

std::uint64_t checksum64(std::span<const std::byte> data)
{
    return XXH3_64bits(data.data(), data.size());
}

Sha256 modelDigest(std::vector<std::pair<std::string, Sha256>> files)
{
    std::ranges::sort(files);
    Sha256Stream stream;
    for (const auto& [name, hash] : files) {
        const std::string hex = toHex(hash);
        stream.add(std::as_bytes(std::span(name.c_str(), name.size() + 1))); // with its NUL
        stream.add(std::as_bytes(std::span(hex)));
        stream.add(std::as_bytes(std::span("\n", 1)));
    }
    return stream.finish();
}

std::string toHex(std::span<const std::uint8_t> bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

std::uint64_t randomU64()
{
    needSodium();
    std::uint64_t value = 0;
    randombytes_buf(&value, sizeof value);
    return value;
}

std::string randomHex(std::size_t bytes)
{
    needSodium();
    std::vector<std::uint8_t> buffer(bytes);
    randombytes_buf(buffer.data(), buffer.size());
    return toHex(buffer);
}

} // namespace vitfleet::digest
