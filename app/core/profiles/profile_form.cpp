// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/profiles/profile_form.h"

#include "app/core/profiles/profile_keys.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace vitfleet::app {
namespace {

using Kind = ProfileKey::Kind;

Error wrong(const std::string& what)
{
    return {ErrorCode::Settings, what};
}

std::string trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blank);
    return begin == text.npos ? std::string()
                              : std::string(text.substr(begin, text.find_last_not_of(blank) - begin + 1));
}

std::vector<std::string> filledLines(std::string_view text)
{
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (std::string line = trimmed(text.substr(begin, end - begin)); !line.empty())
            lines.push_back(std::move(line));
        begin = end + 1;
    }
    return lines;
}

/// A basic string of TOML.
std::string inQuotes(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            constexpr std::string_view digits = "0123456789ABCDEF";
            out += "\\u00";
            out += digits[static_cast<unsigned char>(c) >> 4U];
            out += digits[static_cast<unsigned char>(c) & 15U];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string out;
    for (const std::string& part : parts)
        out += (out.empty() ? "" : ", ") + part;
    return out;
}

/// What was typed, as the file has it. What is no number goes there as text, which the reader refuses.
std::string valueOf(Kind kind, const std::string& typed)
{
    const std::string text = trimmed(typed);
    switch (kind) {
    case Kind::Number:
    case Kind::Price:
        return text.find_first_not_of("0123456789.") == text.npos ? text : inQuotes(text);
    case Kind::Flag:
        return text == "true" || text == "false" ? text : inQuotes(text);
    case Kind::Texts: {
        std::vector<std::string> parts;
        for (const std::string& line : filledLines(text))
            parts.push_back(inQuotes(line));
        return "[" + joined(parts) + "]";
    }
    case Kind::Mappings: {
        std::vector<std::string> parts;
        for (const std::string& line : filledLines(text)) {
            const std::size_t sign = line.find('=');
            parts.push_back(inQuotes(trimmed(line.substr(0, sign))) + " = " +
                            inQuotes(sign == line.npos ? std::string() : trimmed(line.substr(sign + 1))));
        }
        return "{ " + joined(parts) + " }";
    }
    default:
        return inQuotes(text);
    }
}

Result<toml::table> parsed(const std::string& text)
{
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        return wrong("line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
    }
}

const std::string& fieldOf(const ProfileForm& form, const std::string& key)
{
    static const std::string none;
    const auto found = form.fields.find(key);
    return found == form.fields.end() ? none : found->second;
}

/// A text, and where its lines begin: TOML's regions are lines and columns, the latter in characters.
class Lines
{
public:
    explicit Lines(const std::string& text) : m_text(text)
    {
        m_begins.push_back(0);
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\n')
                m_begins.push_back(i + 1);
        }
    }
    std::size_t at(const toml::source_position& position) const
    {
        std::size_t offset = begin(position.line);
        for (std::size_t column = 1; column < position.column && offset < m_text.size(); ++column) {
            do
                ++offset;
            while (offset < m_text.size() && (static_cast<unsigned char>(m_text[offset]) & 0xC0U) == 0x80U);
        }
        return offset;
    }
    std::size_t begin(std::uint32_t line) const
    {
        return line == 0 || line > m_begins.size() ? m_text.size() : m_begins[line - 1];
    }
    /// Of the line after it.
    std::size_t end(std::uint32_t line) const { return begin(line + 1); }

private:
    const std::string& m_text;
    std::vector<std::size_t> m_begins;
};

struct Edit
{
    std::size_t begin, end;
    std::string text;
};

std::string applied(std::string text, std::vector<Edit> edits)
{
    std::ranges::stable_sort(edits, std::greater<>(), &Edit::begin);
    for (const Edit& edit : edits)
        text.replace(edit.begin, edit.end - edit.begin, edit.text);
    return text;
}

const toml::table* tableOf(const toml::table& file, const std::string& name)
{
    const toml::table* all = file["profile"].as_table();
    const toml::node* one = all ? all->get(name) : nullptr;
    return one ? one->as_table() : nullptr;
}

std::uint32_t lastLine(const toml::source_region& region)
{
    return region.end.line;
}

/// The line "[profile.NAME]".
std::uint32_t headerLine(const toml::table& table)
{
    return table.source().begin.line;
}

std::uint32_t lastLineOf(const toml::table& table)
{
    std::uint32_t last = headerLine(table);
    for (const auto& [key, node] : table)
        last = std::max(last, lastLine(node.source()));
    return last;
}

std::string newTable(const ProfileForm& form)
{
    std::string text = "[profile." + form.name + "]\nprovider = " + inQuotes(name(form.provider)) + "\n";
    for (const ProfileKey& key : profileKeys(form.provider)) {
        if (const std::string& typed = fieldOf(form, key.name); !trimmed(typed).empty())
            text += key.name + " = " + valueOf(key.kind, typed) + "\n";
    }
    return text;
}

/// What has to change where, from one form to the other.
std::vector<Edit> editsOf(const std::string& text, const toml::table& table, const ProfileForm& before,
                          const ProfileForm& after)
{
    const Lines lines(text);
    std::vector<Edit> edits;
    if (before.name != after.name) {
        const std::size_t begin = lines.begin(headerLine(table)), end = lines.end(headerLine(table));
        const std::size_t open = text.find('[', begin), close = text.find(']', begin);
        if (open < close && close < end)
            edits.push_back({open, close + 1, "[profile." + after.name + "]"});
    }
    const auto replace = [&](const toml::node& node, std::string value) {
        edits.push_back({lines.at(node.source().begin), lines.at(node.source().end), std::move(value)});
    };
    if (before.provider != after.provider)
        replace(*table.get("provider"), inQuotes(name(after.provider)));
    const std::vector<ProfileKey> keys = profileKeys(after.provider);
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        const auto known = std::ranges::find(keys, name, &ProfileKey::name);
        if (name == "provider")
            continue;
        const std::string typed = known == keys.end() ? std::string() : trimmed(fieldOf(after, name));
        if (typed == trimmed(fieldOf(before, name)) && known != keys.end())
            continue;
        if (typed.empty())
            edits.push_back({lines.begin(key.source().begin.line), lines.end(lastLine(node.source())), {}});
        else
            replace(node, valueOf(known->kind, typed));
    }
    std::string added;
    for (const ProfileKey& key : keys) {
        const std::string typed = trimmed(fieldOf(after, key.name));
        if (!table.contains(key.name) && !typed.empty())
            added += key.name + " = " + valueOf(key.kind, typed) + "\n";
    }
    if (!added.empty()) {
        const std::size_t at = lines.end(lastLineOf(table));
        const bool isCut = at > 0 && at == text.size() && text.back() != '\n';
        edits.push_back({at, at, (isCut ? "\n" : "") + added});
    }
    return edits;
}

/// The others of both texts, in their order.
bool sameOthers(std::vector<Profile> a, std::vector<Profile> b, const std::string& nameInA, const std::string& nameInB)
{
    std::erase_if(a, [&](const Profile& profile) { return profile.name == nameInA; });
    std::erase_if(b, [&](const Profile& profile) { return profile.name == nameInB; });
    return std::ranges::is_permutation(a, b);
}

Error notHere()
{
    return wrong(
        "this profile is written in a way that is not changed here (an inline table, dotted keys): change it in "
        "the file");
}

} // namespace

ProfileForm formOf(const Profile& profile)
{
    ProfileForm form{profile.name, profile.provider, {}};
    Profile given = profile, usual;
    usual.provider = profile.provider;
    const auto usualKeys = boundKeys(usual);
    const auto givenKeys = boundKeys(given);
    for (std::size_t i = 0; i < givenKeys.size(); ++i) {
        if (std::string text = givenKeys[i].show(); text != usualKeys[i].show())
            form.fields[givenKeys[i].key.name] = std::move(text);
    }
    return form;
}

ReadForm readForm(const ProfileForm& form)
{
    ReadForm read;
    read.profile.name = form.name;
    read.profile.provider = form.provider;
    const auto keys = boundKeys(read.profile);
    for (const BoundKey& bound : keys) {
        const std::string typed = trimmed(fieldOf(form, bound.key.name));
        if (typed.empty())
            continue;
        const auto table = parsed("value = " + valueOf(bound.key.kind, typed) + "\n");
        if (!table || !bound.read(*table->get("value")))
            read.problems.push_back({bound.key.name, wrong(bound.key.name + " has a wrong value")});
    }
    for (ProfileProblem& problem : problemsOf(read.profile)) {
        if (std::ranges::find(read.problems, problem.key, &ProfileProblem::key) == read.problems.end())
            read.problems.push_back(std::move(problem));
    }
    const auto rank = [&keys](const ProfileProblem& problem) {
        return std::ranges::find_if(keys, [&](const BoundKey& bound) { return bound.key.name == problem.key; }) -
               keys.begin();
    };
    std::ranges::stable_sort(read.problems, [&](const ProfileProblem& a, const ProfileProblem& b) {
        return std::pair(a.key != "name", rank(a)) < std::pair(b.key != "name", rank(b));
    });
    return read;
}

Result<std::string> withProfile(const std::string& text, const std::string& before, const ProfileForm& form)
{
    const ReadForm wanted = readForm(form);
    if (!wanted.problems.empty())
        return wanted.problems.front().error;
    const auto profiles = parseProfiles(text, "profiles.toml");
    if (!profiles)
        return profiles.error();
    const auto file = parsed(text);
    if (!file)
        return file.error();
    if (before != form.name && tableOf(*file, form.name))
        return wrong("there is a profile " + form.name + " already");
    std::string changed = text;
    if (before.empty()) {
        if (!changed.empty())
            changed += changed.back() == '\n' ? "\n" : "\n\n";
        changed += newTable(form);
    } else {
        const toml::table* table = tableOf(*file, before);
        const auto old = std::ranges::find(*profiles, before, &Profile::name);
        if (!table || old == profiles->end())
            return Error{ErrorCode::ProfileUnknown, before};
        changed = applied(text, editsOf(text, *table, formOf(*old), form));
    }
    // Whatever the file looked like: what comes out says exactly what was wanted, or it is not written.
    const auto result = parseProfiles(changed, "profiles.toml");
    if (!result || !sameOthers(*profiles, *result, before, form.name))
        return notHere();
    const auto now = std::ranges::find(*result, form.name, &Profile::name);
    return now != result->end() && *now == wanted.profile ? Result<std::string>(changed) : notHere();
}

Result<std::string> withoutProfile(const std::string& text, const std::string& name)
{
    const auto profiles = parseProfiles(text, "profiles.toml");
    if (!profiles)
        return profiles.error();
    const auto file = parsed(text);
    if (!file)
        return file.error();
    const toml::table* table = tableOf(*file, name);
    if (!table)
        return Error{ErrorCode::ProfileUnknown, name};
    const Lines lines(text);
    std::size_t end = lines.end(lastLineOf(*table));
    while (end < text.size() && text[end] == '\n') // and the empty lines below it
        ++end;
    const std::string changed = applied(text, {{lines.begin(headerLine(*table)), end, {}}});
    const auto result = parseProfiles(changed, "profiles.toml");
    const bool isGone = result && std::ranges::find(*result, name, &Profile::name) == result->end();
    return isGone && sameOthers(*profiles, *result, name, name) ? Result<std::string>(changed) : notHere();
}

} // namespace vitfleet::app
