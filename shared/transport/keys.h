// SPDX-License-Identifier: GPL-3.0-or-later
// CURVE keys (libzmq's CurveZMQ, RFC 26), key files and address lines.
#pragma once

#include "shared/base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::transport {

struct PublicKey
{
    std::array<std::uint8_t, 32> bytes{};
    auto operator<=>(const PublicKey&) const = default;

    /// 52 characters of RFC 4648 base32 without padding, lower case.
    std::string toBase32() const;
    static std::optional<PublicKey> fromBase32(std::string_view text);
    /// For people to compare: eight groups of four base32 characters of the key's hash.
    std::string fingerprint() const;
};

/// A key pair whose secret half is wiped on destruction.
class KeyPair
{
public:
    static KeyPair generate();
    /// Reads the file, or makes it (mode 0600, in a folder of mode 0700, written and renamed, never half).
    /// KeyPermissions where others can read it, KeyFile where it is damaged.
    static Result<KeyPair> loadOrCreate(const std::filesystem::path& file);

    /// Rotation, first step: the key that will follow, made on the first call and kept beside `file` until then. The
    /// key in `file` goes on to be this program's.
    static Result<KeyPair> loadOrCreateNext(const std::filesystem::path& file);
    /// Rotation, second step: the next key takes the place of the one in `file`, which is gone then. KeyFile where
    /// there is no next key. Programs that run go on with the key that they have read.
    static Result<KeyPair> rotate(const std::filesystem::path& file);

    KeyPair(KeyPair&&) noexcept;
    KeyPair& operator=(KeyPair&&) noexcept;
    KeyPair(const KeyPair&);
    KeyPair& operator=(const KeyPair&) = delete;
    ~KeyPair();

    const PublicKey& publicKey() const { return m_public; }
    const std::array<std::uint8_t, 32>& secretBytes() const { return m_secret; }

private:
    KeyPair() = default;
    PublicKey m_public;
    std::array<std::uint8_t, 32> m_secret{};
};

/// HOST:PORT or HOST:PORT/KEY; IPv6 hosts in brackets. Address where it is neither.
struct AgentAddress
{
    std::string host;
    std::uint16_t port = 0;
    std::optional<PublicKey> key;

    static Result<AgentAddress> parse(std::string_view text);
    std::string endpoint() const; ///< "tcp://HOST:PORT"
    std::string hostPort() const; ///< "HOST:PORT"
    std::string line() const;     ///< "HOST:PORT/KEY", without the key where it is unknown
    bool operator==(const AgentAddress&) const = default;
};

/// The file of keys that an agent admits: one base32 key a line, `#` comments, mode 0600.
class AuthorizedKeys
{
public:
    static Result<std::vector<PublicKey>> load(const std::filesystem::path& file);
    static Result<void> add(const std::filesystem::path& file, const PublicKey& key, std::string_view comment);
    /// Takes every line with this key out, and leaves the others and their comments as they are. False: it was not
    /// there.
    static Result<bool> remove(const std::filesystem::path& file, const PublicKey& key);
};

/// The application's pinned agent keys by HOST:PORT: "HOST:PORT KEY" a line, mode 0600. While an agent's key is being
/// rotated a second line of the same address has the key that follows. Only these functions change the file, and only
/// pin() is called without a person having asked for it. What was read is kept until the file changes. One thread.
class PinnedKeys
{
public:
    struct Wanted
    {
        std::string hostPort;
        PublicKey key;
    };

    explicit PinnedKeys(std::filesystem::path file);
    ~PinnedKeys();
    PinnedKeys(const PinnedKeys&) = delete;
    PinnedKeys& operator=(const PinnedKeys&) = delete;
    Result<std::optional<PublicKey>> find(const std::string& hostPort) const;
    /// The key that will follow, where one was announced.
    Result<std::optional<PublicKey>> findNext(const std::string& hostPort) const;
    /// Pins a key; AgentKey where another one is pinned already.
    Result<void> pin(const std::string& hostPort, const PublicKey& key);
    /// Pins all of them by writing the file once, or none: AgentKey, where one address has another key already.
    Result<void> pinAll(const std::vector<Wanted>& wanted);
    /// A person says that this is the agent's key from now on, whatever was pinned.
    Result<void> replace(const std::string& hostPort, const PublicKey& key);
    /// A person says that the agent will have this key. NotPinned where it has none so far.
    Result<void> pinNext(const std::string& hostPort, const PublicKey& key);

private:
    struct Read;
    /// What becomes of the lines that these addresses have.
    enum class Existing : std::uint8_t
    {
        Invalid = 0,
        Stay,
        Go
    };
    Result<const Read*> read() const;
    Result<void> write(const std::vector<Wanted>& lines, Existing existing) const;

    const std::filesystem::path m_file;
    mutable std::unique_ptr<Read> m_read; ///< what the file had when it was last read
};

} // namespace vitfleet::transport
