// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/keys.h"

#include "shared/base/scope.h"
#include "shared/digest/digest.h"
#include "shared/transport/base32.h"
#include "shared/transport/key_file_io.h"

#include <zmq.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <span>

namespace vitfleet::transport {
namespace {

constexpr std::size_t z85Bytes = 41; ///< of a key as libzmq writes it, with its NUL
constexpr std::string_view fileHeader = "# VitFleet key: whoever can read this file can act as this program.\n";
constexpr std::string_view fileField = "curve-secret-key ";

template <std::size_t size>
void wipe(std::array<std::uint8_t, size>& secret)
{
    ::explicit_bzero(secret.data(), secret.size());
}

void wipe(std::string& secret)
{
    ::explicit_bzero(secret.data(), secret.size());
}

/// The public half of a Curve25519 key pair.
PublicKey publicOf(const std::array<std::uint8_t, 32>& secret)
{
    char secretText[z85Bytes];
    char publicText[z85Bytes];
    PublicKey key;
    if (!::zmq_z85_encode(secretText, secret.data(), secret.size()) ||
        ::zmq_curve_public(publicText, secretText) != 0 || !::zmq_z85_decode(key.bytes.data(), publicText))
        std::abort(); // a libzmq without CURVE: nothing here may run
    ::explicit_bzero(secretText, sizeof secretText);
    return key;
}

} // namespace

std::string PublicKey::toBase32() const
{
    return transport::toBase32(bytes);
}

std::optional<PublicKey> PublicKey::fromBase32(std::string_view text)
{
    const auto decoded = transport::fromBase32(text);
    PublicKey key;
    if (!decoded || decoded->size() != key.bytes.size())
        return std::nullopt;
    std::ranges::copy(*decoded, key.bytes.begin());
    return key;
}

std::string PublicKey::fingerprint() const
{
    const digest::Sha256 hash = digest::sha256(std::as_bytes(std::span(bytes)));
    const std::string text = transport::toBase32(std::span(hash).first<20>());
    std::string groups;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        if (at != 0)
            groups += ' ';
        groups += text.substr(at, 4);
    }
    return groups;
}

KeyPair KeyPair::generate()
{
    char publicText[z85Bytes];
    char secretText[z85Bytes];
    KeyPair pair;
    if (::zmq_curve_keypair(publicText, secretText) != 0 || !::zmq_z85_decode(pair.m_secret.data(), secretText) ||
        !::zmq_z85_decode(pair.m_public.bytes.data(), publicText))
        std::abort(); // a libzmq without CURVE: nothing here may run
    ::explicit_bzero(secretText, sizeof secretText);
    return pair;
}

KeyPair::KeyPair(const KeyPair&) = default;

KeyPair::KeyPair(KeyPair&& other) noexcept : m_public(other.m_public), m_secret(other.m_secret)
{
    wipe(other.m_secret);
}

KeyPair& KeyPair::operator=(KeyPair&& other) noexcept
{
    if (this != &other) {
        m_public = other.m_public;
        m_secret = other.m_secret;
        wipe(other.m_secret);
    }
    return *this;
}

KeyPair::~KeyPair()
{
    wipe(m_secret);
}

Result<KeyPair> KeyPair::loadOrCreate(const std::filesystem::path& file)
{
    auto text = readKeyFile(file, Privacy::Secret);
    if (text && !*text) {
        if (const auto made = makePrivateFolder(folderOf(file)); !made)
            return made.error();
        KeyPair fresh = generate();
        std::string content(fileHeader);
        content.append("# public ").append(fresh.m_public.toBase32()).append("\n");
        content.append(fileField).append(transport::toBase32(fresh.m_secret)).append("\n");
        const Result<bool> created = createKeyFile(file, content);
        wipe(content);
        if (!created)
            return created.error();
        if (*created)
            return fresh;
        text = readKeyFile(file, Privacy::Secret); // another process was first
    }
    if (!text)
        return text.error();
    if (!*text)
        return {ErrorCode::KeyFile, file.string() + ": vanished"};
    std::string& content = **text;
    const ScopedAction cleanUp([&content] { wipe(content); });

    const std::size_t at = content.find("\n" + std::string(fileField));
    const std::size_t begin = at + 1 + fileField.size();
    const std::size_t end = at == std::string::npos ? at : content.find('\n', begin);
    if (end == std::string::npos)
        return {ErrorCode::KeyFile, file.string() + ": no key"};
    auto secret = transport::fromBase32(std::string_view(content).substr(begin, end - begin));
    KeyPair pair;
    if (!secret || secret->size() != pair.m_secret.size())
        return {ErrorCode::KeyFile, file.string() + ": no key"};
    std::ranges::copy(*secret, pair.m_secret.begin());
    ::explicit_bzero(secret->data(), secret->size());
    pair.m_public = publicOf(pair.m_secret);
    // The comment guards against a damaged secret, which would otherwise be a new identity without a word.
    if (content.find(pair.m_public.toBase32()) == std::string::npos)
        return {ErrorCode::KeyFile, file.string() + ": the secret key does not belong to the public one"};
    return pair;
}

namespace {

std::filesystem::path nextOf(const std::filesystem::path& file)
{
    std::filesystem::path next = file;
    next += ".next";
    return next;
}

} // namespace

Result<KeyPair> KeyPair::loadOrCreateNext(const std::filesystem::path& file)
{
    return loadOrCreate(nextOf(file));
}

Result<KeyPair> KeyPair::rotate(const std::filesystem::path& file)
{
    const auto next = nextOf(file);
    const auto text = readKeyFile(next, Privacy::Secret);
    if (!text)
        return text.error();
    if (!*text)
        return {ErrorCode::KeyFile, next.string() + ": there is no next key"};
    // Read before it is moved: a damaged key must not take the place of a good one.
    auto pair = loadOrCreate(next);
    if (!pair)
        return pair.error();
    if (const auto moved = moveKeyFile(next, file); !moved)
        return moved.error();
    return pair;
}

} // namespace vitfleet::transport
