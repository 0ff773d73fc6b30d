// SPDX-License-Identifier: GPL-3.0-or-later
// The keys that an agent admits.
#include "shared/transport/key_file_io.h"
#include "shared/transport/key_lines.h"
#include "shared/transport/keys.h"

#include "shared/base/utf8.h"

#include <algorithm>

namespace vitfleet::transport {
namespace {

constexpr std::size_t maxCommentBytes = 200;
constexpr std::string_view authorizedHeader = "# Applications that this agent admits: one key a line.\n";

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

} // namespace vitfleet::transport
