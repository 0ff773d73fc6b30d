// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/profile_fleet.h"

#include "shared/base/limits.h"
#include "shared/base/log.h"
#include "shared/digest/digest.h"

#include <algorithm>
#include <fstream>
#include <pthread.h>
#include <tuple>

namespace vitfleet::app {
namespace {

using namespace std::chrono_literals;

constexpr auto drainPatience = 40s;      ///< limits::drainTimeout and what the agent's last words take
constexpr auto stopAgain = 45s;          ///< after which the provider is told once more
constexpr UnixMs endedShownMs = 600'000; ///< how long it is told why one has ended

UnixMs unixNow()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

ProfileFleet::ProfileFleet(Options options, const MakeProvider& makeProvider, const std::vector<UnitRecord>& found)
    : m_options(std::move(options)), m_provider(makeProvider(&m_stop))
{
    for (const UnitRecord& record : found) {
        Unit unit;
        unit.record = record;
        unit.started = unit.found = true;
        unit.since = record.createdAt;
        m_units.push_back(std::move(unit));
    }
    remember(); // told to nobody: whoever makes it asks for it next
    m_thread = std::thread([this] {
        pthread_setname_np(pthread_self(), "vf-profile");
        work();
    });
}

ProfileFleet::~ProfileFleet()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void ProfileFleet::resize(std::uint32_t nodes, bool keep)
{
    {
        const std::lock_guard lock(m_mutex);
        m_target = nodes;
        m_keep = keep;
        m_isLeaving = m_isSettled = false;
        m_isAsked = m_again = true;
        m_snapshot.target = nodes;
        m_snapshot.trouble = {ErrorCode::None, {}};
    }
    m_wake.notify_all();
}

void ProfileFleet::shrinkTo(std::uint32_t most)
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_isAsked || m_target <= most)
            return;
        m_target = m_snapshot.target = most;
        m_again = true;
    }
    m_wake.notify_all();
}

void ProfileFleet::settle()
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_isAsked) {
            m_target = static_cast<std::uint32_t>(
                std::ranges::count_if(m_snapshot.units, [](const UnitSnapshot& unit) { return unit.record.keep; }));
            m_isAsked = m_isSettled = m_again = true;
        }
    }
    m_wake.notify_all();
}

void ProfileFleet::release(bool alsoKept)
{
    {
        const std::lock_guard lock(m_mutex);
        const auto kept = static_cast<std::uint32_t>(
            std::ranges::count_if(m_snapshot.units, [](const UnitSnapshot& unit) { return unit.record.keep; }));
        // Never more than was wanted: some that were to be kept may be on their way out.
        m_target = alsoKept ? 0 : m_isAsked ? std::min(m_target, kept) : kept;
        m_isLeaving = !alsoKept;
        m_isSettled = false;
        m_isAsked = m_again = true;
    }
    m_wake.notify_all();
}

bool ProfileFleet::isReleased() const
{
    const std::lock_guard lock(m_mutex);
    return !m_again && std::ranges::all_of(m_snapshot.units, [](const UnitSnapshot& unit) { return unit.record.keep; });
}

bool ProfileFleet::isIdle() const
{
    const std::lock_guard lock(m_mutex);
    return !m_again && m_target == 0 && m_snapshot.target == 0 && m_snapshot.units.empty();
}

AllocationSnapshot ProfileFleet::snapshot() const
{
    const std::lock_guard lock(m_mutex);
    return m_snapshot;
}

void ProfileFleet::work()
{
    std::unique_lock lock(m_mutex);
    while (!m_stop) {
        if (!m_isAsked) {
            m_wake.wait(lock, [this] { return m_stop || m_isAsked; });
            continue;
        }
        const bool again = std::exchange(m_again, false);
        lock.unlock();
        if (again) {
            m_failures = 0;
            m_retryAt = {};
        }
        readRequest();
        poll();
        removeEnded();
        applyTarget();
        drainAndStop();
        publish();
        lock.lock();
        m_wake.wait_for(lock, m_options.interval, [this] { return m_stop || m_again || !m_joined.empty(); });
    }
}

/// Another process that may not write to the database asks for a count by a file of this name. Whoever leaves does not
/// take it: it would get nodes that nobody gives back, and the other one is told that nobody has heard it.
void ProfileFleet::readRequest()
{
    const std::lock_guard lock(m_mutex);
    if (m_options.requestFile.empty() || m_isLeaving)
        return;
    std::ifstream stream(m_options.requestFile);
    std::uint32_t nodes = 0;
    if (!(stream >> nodes))
        return;
    std::error_code ignored;
    std::filesystem::remove(m_options.requestFile, ignored);
    m_target = std::min(nodes, m_options.profile.maxNodes);
    m_isSettled = false;
    m_failures = 0;
    m_retryAt = {};
}

std::uint32_t ProfileFleet::wanted() const
{
    return static_cast<std::uint32_t>(std::ranges::count_if(
        m_units, [](const Unit& unit) { return !unit.leaving && unit.state != UnitState::Ended; }));
}

void ProfileFleet::applyTarget()
{
    std::uint32_t target = 0;
    {
        const std::lock_guard lock(m_mutex);
        target = m_target;
    }
    const std::uint32_t now = wanted();
    if (now > target)
        shrink(now - target);
    else if (now < target && Clock::now() >= m_retryAt)
        growBy(target - now);
}

/// In as many allocations as the provider needs for them; until one fails.
void ProfileFleet::growBy(std::uint32_t count)
{
    const std::uint32_t most = m_provider->mostAtOnce();
    const std::uint32_t before = m_failures;
    while (count > 0 && !m_stop && m_failures == before) {
        const std::uint32_t part = most > 0 ? std::min(most, count) : count;
        grow(part);
        count -= part;
    }
}

/// One allocation.
void ProfileFleet::grow(std::uint32_t count)
{
    bool keep = false;
    {
        const std::lock_guard lock(m_mutex);
        keep = m_keep;
    }
    std::vector<UnitRecord> records, others;
    const std::string allocation = digest::randomHex(16);
    for (std::uint32_t i = 0; i < count; ++i) {
        UnitRecord record;
        record.allocation = allocation;
        record.index = i;
        record.profile = m_options.profile.name;
        record.provider = m_options.profile.provider;
        record.keep = keep;
        record.createdAt = unixNow();
        records.push_back(std::move(record));
    }
    for (const Unit& unit : m_units)
        others.push_back(unit.record);
    const Result<void> prepared = m_provider->prepare(records);
    if (!prepared)
        failed(prepared.error(), records.empty() && isFinal(prepared.error().code));
    if (records.empty())
        return;
    // Before anything is started: whatever happens from here on, the next start finds it.
    if (auto stored = m_options.ledger->putUnits(records); !stored) {
        failed(stored.error(), true);
        return;
    }
    Result<void> started = m_provider->start(records, others);
    // Nothing was even looked at, and whoever may not ask cannot be asked what became of it either.
    if (!started &&
        (started.error().code == ErrorCode::ProviderMissing || started.error().code == ErrorCode::ProviderDenied) &&
        std::ranges::all_of(records, [](const UnitRecord& record) { return record.providerId.empty(); })) {
        if (auto cleaned = m_provider->cleanUp(records); !cleaned)
            log::warning("launch_folder_stays", {{"error", describe(cleaned.error())}});
        if (auto removed = m_options.ledger->removeUnits(records); !removed)
            log::warning("unit_ledger", {{"error", describe(removed.error())}});
        failed(started.error(), true);
        publish();
        return;
    }
    for (const UnitRecord& record : records) {
        Unit unit;
        unit.record = record;
        unit.started = true;
        unit.since = unixNow();
        unit.reason = "asked for";
        // It may have been started all the same (an answer that came too late): it is ended by its name.
        if (!started && record.providerId.empty()) {
            letGo(unit);
            // A slow provider may do it after nobody waits for its answer any more.
            if (started.error().code == ErrorCode::ProviderTimeout)
                unit.lookUntil = Clock::now() + std::chrono::seconds(m_options.profile.timeoutSeconds);
        }
        m_units.push_back(std::move(unit));
    }
    if (!started)
        failed(started.error(), isFinal(started.error().code));
    else
        note(m_options.profile.name + ": " + std::to_string(records.size()) + " asked for (" +
             records.front().providerId + (records.size() > 1 ? " to " + records.back().providerId : "") + ").");
    std::vector<UnitRecord> known;
    for (auto unit = m_units.end() - static_cast<std::ptrdiff_t>(records.size()); unit != m_units.end(); ++unit)
        known.push_back(unit->record);
    if (auto stored = m_options.ledger->putUnits(known); !stored)
        failed(stored.error(), true);
    publish();
}

/// What does not work yet first, then what came last; what is kept only where nothing else is left.
void ProfileFleet::shrink(std::uint32_t count)
{
    std::vector<Unit*> candidates;
    for (Unit& unit : m_units) {
        if (!unit.leaving && unit.state != UnitState::Ended)
            candidates.push_back(&unit);
    }
    const bool tail = m_provider->endsFromTheTail();
    std::ranges::stable_sort(candidates, [tail](const Unit* a, const Unit* b) {
        const auto rank = [tail](const Unit* unit) {
            return std::tuple(unit->record.keep, !tail && unit->state == UnitState::Running,
                              !tail && unit->state == UnitState::Starting, -unit->record.createdAt,
                              -static_cast<std::int64_t>(unit->record.index));
        };
        return rank(a) < rank(b);
    });
    for (Unit* unit : candidates) {
        if (count-- == 0)
            break;
        letGo(*unit);
        unit->drainUntil = Clock::now() + drainPatience;
        if (unit->hasNode)
            m_options.nodes.remove(unit->node);
        setState(*unit, UnitState::Stopping, unit->hasNode ? "finishes what it has begun" : "is given back");
    }
}

void ProfileFleet::drainAndStop()
{
    const auto now = Clock::now();
    std::vector<UnitRecord> stop;
    for (Unit& unit : m_units) {
        if (!unit.leaving || unit.state == UnitState::Ended)
            continue;
        if (unit.hasNode && now < unit.drainUntil && m_options.nodes.isThere(unit.node))
            continue;
        if (unit.stoppedAt == Clock::time_point() || now - unit.stoppedAt > stopAgain) {
            unit.stoppedAt = now;
            stop.push_back(unit.record);
        }
    }
    if (stop.empty())
        return;
    if (auto stopped = m_provider->stop(stop); !stopped) {
        m_trouble = stopped.error();
        for (Unit& unit : m_units) {
            if (unit.stoppedAt == now)
                unit.stoppedAt = now - stopAgain + 5s;
        }
    }
}

/// Tries again later, a few times; then the count falls to what there is, and the reason stays to be seen.
void ProfileFleet::failed(const Error& error, bool isLast)
{
    m_trouble = error;
    ++m_failures;
    log::warning("provider_failed",
                 {{"profile", m_options.profile.name}, {"error", describe(error)}, {"failures", m_failures}});
    m_retryAt = Clock::now() + m_options.firstRetry * (1 << std::min<std::uint32_t>(m_failures, 5));
    if (!isLast && m_failures < maxFailures)
        return;
    note(m_options.profile.name + ": no more nodes are asked for.", error);
    letGoOfTails();
    const std::uint32_t now = wanted();
    const std::lock_guard lock(m_mutex);
    m_target = std::min(m_target, now);
}

void ProfileFleet::setState(Unit& unit, UnitState state, std::string reason)
{
    if (unit.state != state)
        unit.since = unixNow();
    unit.state = state;
    unit.reason = std::move(reason);
}

void ProfileFleet::publish()
{
    remember();
    m_options.changed();
}

void ProfileFleet::remember()
{
    AllocationSnapshot snapshot;
    snapshot.profile = m_options.profile.name;
    snapshot.provider = m_options.profile.provider;
    for (const Unit& unit : m_units)
        snapshot.units.push_back({unit.record, unit.state, unit.reason, unit.since, unit.hasNode ? unit.node : NodeId(),
                                  unit.hasNode ? unit.nodeName : std::string()});
    std::erase_if(m_ended, [now = unixNow()](const UnitSnapshot& unit) { return now - unit.since > endedShownMs; });
    snapshot.ended = m_ended;
    snapshot.trouble = m_trouble;
    {
        const std::lock_guard lock(m_mutex);
        snapshot.target = m_target;
        m_snapshot = std::move(snapshot);
    }
}

void ProfileFleet::note(const std::string& text, Error error, const std::string& node)
{
    EventRecord event;
    event.kind = EventKind::Note;
    event.node = node;
    event.error = std::move(error);
    event.text = text;
    m_options.nodes.note(std::move(event));
}

} // namespace vitfleet::app
