// SPDX-License-Identifier: GPL-3.0-or-later
// The keys that an agent admits, and the keys that an application has pinned.
#include "shared/transport/key_file_io.h"
#include "shared/transport/keys.h"

#include "shared/base/utf8.h"

#include <algorithm>

namespace vitfleet::transport {
namespace {

constexpr std::size_t maxCommentBytes = 200;
constexpr std::string_view authorizedHeader = "# Applications that this agent admits: one key a line.\n";
constexpr std::string_view pinnedHeader = "# Keys of agents by address: HOST:PORT KEY.\n";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Calls `use` for each line that has more than a comment, with its number from 1; stops where it returns false.
template <typename Use>
bool forEachLine(std::string_view text, Use use)
{
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        line = trimmed(line.substr(0, line.find('#')));
        if (!line.empty() && !use(line, number))
            return false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

std::string withNewline(std::string text)
{
    if (!text.empty() && text.back() != '\n')
        text += '\n';
    return text;
}

Result<std::vector<PublicKey>> parseAuthorized(const std::filesystem::path& file, std::string_view text)
{
    std::vector<PublicKey> keys;
    std::size_t badLine = 0;
    forEachLine(text, [&](std::string_view line, std::size_t number) {
        const auto key = PublicKey::fromBase32(line);
        if (key)
            keys.push_back(*key);
        else
            badLine = number;
        return key.has_value();
    });
    // One damaged line spoils the file: whom it was meant to keep out or let in is not for us to guess.
    if (badLine != 0)
        return {ErrorCode::KeyFile, file.string() + ": line " + std::to_string(badLine)};
    return keys;
}

struct Pin
{
    std::string_view hostPort;
    std::optional<PublicKey> key;
};

Pin parsePin(std::string_view line)
{
    const std::size_t space = line.find_first_of(" \t");
    if (space == std::string_view::npos)
        return {line, std::nullopt};
    return {line.substr(0, space), PublicKey::fromBase32(trimmed(line.substr(space)))};
}

/// The keys of an address, in the order of their lines.
Result<std::vector<PublicKey>> findPins(const std::filesystem::path& file, std::string_view text,
                                        std::string_view hostPort)
{
    std::vector<PublicKey> found;
    std::size_t badLine = 0;
    forEachLine(text, [&](std::string_view line, std::size_t number) {
        const Pin pin = parsePin(line);
        if (!pin.key)
            badLine = number;
        else if (pin.hostPort == hostPort)
            found.push_back(*pin.key);
        return pin.key.has_value();
    });
    if (badLine != 0)
        return {ErrorCode::KeyFile, file.string() + ": line " + std::to_string(badLine)};
    return found;
}

/// The text without the lines of which `isMeant` says so; all others stay as they are.
template <typename IsMeant>
std::string withoutLines(std::string_view text, IsMeant isMeant)
{
    std::string kept;
    while (!text.empty()) {
        const std::size_t bytes = std::min(text.find('\n'), text.size() - 1) + 1;
        const std::string_view line = text.substr(0, bytes);
        if (!isMeant(trimmed(line.substr(0, std::min(line.find('#'), line.find('\n'))))))
            kept += line;
        text.remove_prefix(bytes);
    }
    return kept;
}

} // namespace

Result<std::vector<PublicKey>> AuthorizedKeys::load(const std::filesystem::path& file)
{
    const auto text = readKeyFile(file, Privacy::ReadOnly);
    if (!text)
        return text.error();
    return parseAuthorized(file, text->value_or(std::string()));
}

Result<void> AuthorizedKeys::add(const std::filesystem::path& file, const PublicKey& key, std::string_view comment)
{
    if (const auto made = makePrivateFolder(folderOf(file)); !made)
        return made;
    const Result<UniqueFd> lock = lockFolder(folderOf(file));
    if (!lock)
        return lock.error();
    const auto text = readKeyFile(file, Privacy::ReadOnly);
    if (!text)
        return text.error();
    const auto keys = parseAuthorized(file, text->value_or(std::string()));
    if (!keys)
        return keys.error();
    if (std::ranges::find(*keys, key) != keys->end())
        return {};
    std::string note = repairedText(comment);
    std::ranges::replace_if(
        note, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    std::string content = withNewline(text->value_or(std::string(authorizedHeader))) + key.toBase32();
    if (!note.empty())
        content.append(" # ").append(clippedText(note, maxCommentBytes));
    return replaceKeyFile(file, content + "\n");
}

Result<bool> AuthorizedKeys::remove(const std::filesystem::path& file, const PublicKey& key)
{
    const Result<UniqueFd> lock = lockFolder(folderOf(file));
    if (!lock)
        return lock.error();
    const auto text = readKeyFile(file, Privacy::ReadOnly);
    if (!text)
        return text.error();
    const auto keys = parseAuthorized(file, text->value_or(std::string()));
    if (!keys)
        return keys.error();
    if (std::ranges::find(*keys, key) == keys->end())
        return false;
    const std::string kept =
        withoutLines(**text, [&key](std::string_view line) { return PublicKey::fromBase32(line) == key; });
    if (const auto written = replaceKeyFile(file, kept); !written)
        return written.error();
    return true;
}

PinnedKeys::PinnedKeys(std::filesystem::path file) : m_file(std::move(file)) {}

Result<std::optional<PublicKey>> PinnedKeys::find(const std::string& hostPort) const
{
    const auto text = readKeyFile(m_file, Privacy::ReadOnly);
    if (!text)
        return text.error();
    const auto keys = findPins(m_file, text->value_or(std::string()), hostPort);
    if (!keys)
        return keys.error();
    return keys->empty() ? std::nullopt : std::optional(keys->front());
}

Result<std::optional<PublicKey>> PinnedKeys::findNext(const std::string& hostPort) const
{
    const auto text = readKeyFile(m_file, Privacy::ReadOnly);
    if (!text)
        return text.error();
    const auto keys = findPins(m_file, text->value_or(std::string()), hostPort);
    if (!keys)
        return keys.error();
    return keys->size() < 2 ? std::nullopt : std::optional(keys->back());
}

Result<void> PinnedKeys::pin(const std::string& hostPort, const PublicKey& key)
{
    const auto pinned = find(hostPort);
    if (!pinned)
        return pinned.error();
    if (*pinned && **pinned != key)
        return {ErrorCode::AgentKey, hostPort + " is pinned to " + (*pinned)->fingerprint()};
    return *pinned ? Result<void>() : write(hostPort, {key});
}

Result<void> PinnedKeys::replace(const std::string& hostPort, const PublicKey& key)
{
    return write(hostPort, {key});
}

Result<void> PinnedKeys::pinNext(const std::string& hostPort, const PublicKey& key)
{
    const auto pinned = find(hostPort);
    if (!pinned)
        return pinned.error();
    if (!*pinned)
        return {ErrorCode::NotPinned, hostPort};
    return write(hostPort, **pinned == key ? std::vector{key} : std::vector{**pinned, key});
}

/// These keys and no others are the address's from now on.
Result<void> PinnedKeys::write(const std::string& hostPort, const std::vector<PublicKey>& keys) const
{
    if (hostPort.empty() || hostPort.find_first_of(" \t\r\n#") != std::string::npos)
        return {ErrorCode::Address, hostPort};
    if (const auto made = makePrivateFolder(folderOf(m_file)); !made)
        return made;
    const Result<UniqueFd> lock = lockFolder(folderOf(m_file));
    if (!lock)
        return lock.error();
    const auto text = readKeyFile(m_file, Privacy::ReadOnly);
    if (!text)
        return text.error();
    if (const auto readable = findPins(m_file, text->value_or(std::string()), hostPort); !readable)
        return readable.error();
    std::string lines =
        withNewline(withoutLines(text->value_or(std::string(pinnedHeader)), [&hostPort](std::string_view line) {
            return !line.empty() && parsePin(line).hostPort == hostPort;
        }));
    for (const PublicKey& key : keys)
        lines += hostPort + " " + key.toBase32() + "\n";
    return replaceKeyFile(m_file, lines);
}

} // namespace vitfleet::transport
