// SPDX-License-Identifier: GPL-3.0-or-later
// The keys that an application has pinned. A fleet of a thousand asks for them a thousand times at each start, so that
// the file is read once and looked at from then on.
#include "shared/transport/key_file_io.h"
#include "shared/transport/key_lines.h"
#include "shared/transport/keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <unordered_map>
#include <unordered_set>

namespace vitfleet::transport {
namespace {

constexpr std::string_view header = "# Keys of agents by address: HOST:PORT KEY.\n";
/// File systems count time in ticks of up to 10 ms: a second change within the same one would leave no trace.
constexpr std::int64_t timestampTickNs = 20'000'000;

std::int64_t nanoseconds(const timespec& time)
{
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// What changes whenever a file's content or mode does.
struct Identity
{
    dev_t device = 0;
    ino_t inode = 0;
    off_t bytes = 0;
    std::int64_t modified = 0, changed = 0; ///< ns
    bool operator==(const Identity&) const = default;

    /// Old enough for the next change to show.
    bool isSettled() const
    {
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        return nanoseconds(now) - changed > timestampTickNs;
    }
};

/// Nothing where the file cannot be opened, which is then for readKeyFile() to judge.
std::optional<Identity> identityOf(const std::filesystem::path& file)
{
    // Opened, because a network file system asks its server then.
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status = {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        return std::nullopt;
    return Identity{status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
                    nanoseconds(status.st_ctim)};
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

} // namespace

struct PinnedKeys::Read
{
    std::optional<Identity> identity; ///< nothing: not to be used again
    std::string text;
    std::unordered_map<std::string, std::vector<PublicKey>> keys; ///< by HOST:PORT, in the order of their lines

    const std::vector<PublicKey>* find(const std::string& hostPort) const
    {
        const auto found = keys.find(hostPort);
        return found == keys.end() ? nullptr : &found->second;
    }
};

PinnedKeys::PinnedKeys(std::filesystem::path file) : m_file(std::move(file)) {}

PinnedKeys::~PinnedKeys() = default;

Result<const PinnedKeys::Read*> PinnedKeys::read() const
{
    const auto before = identityOf(m_file);
    if (m_read && before && m_read->identity == before)
        return m_read.get();
    m_read.reset();
    auto text = readKeyFile(m_file, Privacy::ReadOnly);
    if (!text)
        return text.error();
    auto next = std::make_unique<Read>();
    if (before && before->isSettled() && identityOf(m_file) == before)
        next->identity = before;
    next->text = text->value_or(std::string(header));
    std::size_t badLine = 0;
    forEachLine(next->text, [&](std::string_view line, std::size_t number) {
        const Pin pin = parsePin(line);
        if (pin.key)
            next->keys[std::string(pin.hostPort)].push_back(*pin.key);
        else
            badLine = number;
        return pin.key.has_value();
    });
    if (badLine != 0)
        return {ErrorCode::KeyFile, m_file.string() + ": line " + std::to_string(badLine)};
    m_read = std::move(next);
    return m_read.get();
}

Result<std::optional<PublicKey>> PinnedKeys::find(const std::string& hostPort) const
{
    const auto known = read();
    if (!known)
        return known.error();
    const auto* keys = (*known)->find(hostPort);
    return keys ? std::optional(keys->front()) : std::nullopt;
}

Result<std::optional<PublicKey>> PinnedKeys::findNext(const std::string& hostPort) const
{
    const auto known = read();
    if (!known)
        return known.error();
    const auto* keys = (*known)->find(hostPort);
    return keys && keys->size() > 1 ? std::optional(keys->back()) : std::nullopt;
}

Result<void> PinnedKeys::pin(const std::string& hostPort, const PublicKey& key)
{
    return pinAll({{hostPort, key}});
}

Result<void> PinnedKeys::pinAll(const std::vector<Wanted>& wanted)
{
    if (wanted.empty())
        return {};
    const auto known = read();
    if (!known)
        return known.error();
    std::unordered_map<std::string, PublicKey> added;
    std::vector<Wanted> lines;
    for (const Wanted& pin : wanted) {
        const auto* keys = (*known)->find(pin.hostPort);
        if (!keys && added.try_emplace(pin.hostPort, pin.key).second)
            lines.push_back(pin);
        const PublicKey& pinned = keys ? keys->front() : added.at(pin.hostPort);
        if (pinned != pin.key)
            return {ErrorCode::AgentKey, pin.hostPort + " is pinned to " + pinned.fingerprint()};
    }
    return lines.empty() ? Result<void>() : write(lines, Existing::Stay);
}

Result<void> PinnedKeys::replace(const std::string& hostPort, const PublicKey& key)
{
    return write({{hostPort, key}}, Existing::Go);
}

Result<void> PinnedKeys::pinNext(const std::string& hostPort, const PublicKey& key)
{
    const auto pinned = find(hostPort);
    if (!pinned)
        return pinned.error();
    if (!*pinned)
        return {ErrorCode::NotPinned, hostPort};
    std::vector<Wanted> lines = {{hostPort, **pinned}};
    if (**pinned != key)
        lines.push_back({hostPort, key});
    return write(lines, Existing::Go);
}

Result<void> PinnedKeys::write(const std::vector<Wanted>& lines, Existing existing) const
{
    std::unordered_set<std::string> hostPorts;
    for (const Wanted& line : lines) {
        if (line.hostPort.empty() || line.hostPort.find_first_of(" \t\r\n#") != std::string::npos)
            return {ErrorCode::Address, line.hostPort};
        hostPorts.insert(line.hostPort);
    }
    if (const auto made = makePrivateFolder(folderOf(m_file)); !made)
        return made;
    const Result<UniqueFd> lock = lockFolder(folderOf(m_file));
    if (!lock)
        return lock.error();
    const auto known = read();
    if (!known)
        return known.error();
    std::string text = (*known)->text;
    if (existing == Existing::Go) {
        text = withoutLines(text, [&hostPorts](std::string_view line) {
            return !line.empty() && hostPorts.contains(std::string(parsePin(line).hostPort));
        });
    }
    text = withNewline(std::move(text));
    for (const Wanted& line : lines) {
        // Another process may have been quicker.
        const auto* keys = existing == Existing::Stay ? (*known)->find(line.hostPort) : nullptr;
        if (keys && keys->front() != line.key)
            return {ErrorCode::AgentKey, line.hostPort + " is pinned to " + keys->front().fingerprint()};
        if (!keys)
            text += line.hostPort + " " + line.key.toBase32() + "\n";
    }
    return replaceKeyFile(m_file, text);
}

} // namespace vitfleet::transport
