// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/scale_out.h"

#include "app/provision/local_provisioner.h"
#include "app/provision/places.h"
#include "app/provision/profile_fleet.h"
#include "shared/base/log.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

namespace vitfleet::app {
namespace {

using namespace std::chrono_literals;

launch::Request requestOf(const Profile& profile, const transport::PublicKey& key)
{
    launch::Request request;
    request.applicationKey = key;
    request.name = profile.name;
    request.listen = profile.listen;
    request.dataRoots = profile.dataRoots;
    request.modelRoots = profile.modelRoots;
    request.modelCache = profile.modelCache;
    request.device = profile.device;
    request.replicas = profile.replicas;
    request.decoders = profile.decoders;
    request.idleExitSeconds = profile.idleMinutes * 60;
    return request;
}

const Profile* find(const std::vector<Profile>& profiles, const std::string& name)
{
    const auto found = std::ranges::find(profiles, name, &Profile::name);
    return found == profiles.end() ? nullptr : &*found;
}

std::map<std::string, std::vector<UnitRecord>> byProfile(const std::vector<UnitRecord>& units)
{
    std::map<std::string, std::vector<UnitRecord>> groups;
    for (const UnitRecord& unit : units)
        groups[unit.profile].push_back(unit);
    return groups;
}

class ScaleOutOfProfiles : public ScaleOut
{
public:
    explicit ScaleOutOfProfiles(ScaleOutOptions options) : m_options(std::move(options)) { adopt(); }
    ~ScaleOutOfProfiles() override
    {
        {
            const std::lock_guard lock(m_callbackMutex);
            m_callbacks.clear();
        }
        // Out of their threads' sight first: one of them may be looking at all.
        std::map<std::string, std::unique_ptr<ProfileFleet>> fleets;
        {
            const std::lock_guard lock(m_mutex);
            fleets.swap(m_fleets);
        }
    }

    Result<std::vector<Profile>> profiles() const override { return readProfiles(m_options.profiles); }
    Result<std::string> settings() const override { return readProfileText(m_options.profiles); }
    Result<void> setSettings(const std::string& before, const std::string& after) override;
    Result<FleetPlan> plan(const std::string& profile, std::uint32_t nodes) const override;
    Result<FleetPlan> planOf(const Profile& profile, std::uint32_t nodes) const override;
    Result<void> resize(const std::string& profile, std::uint32_t nodes, bool keep) override;
    Result<void> release(const std::string& profile) override;
    void shrinkTo(const std::string& profile, std::uint32_t most) override;
    void settle() override;
    void beginRelease() override;
    bool isReleased() const override;
    bool releaseAll(std::chrono::milliseconds timeout) override;
    std::shared_ptr<const ScaleOutSnapshot> snapshot() const override;
    Subscription subscribe(std::function<void(std::shared_ptr<const ScaleOutSnapshot>)> callback) override;

private:
    void adopt();
    Result<Profile> profile(const std::string& name) const;
    Profile completed(Profile profile) const;
    ProfileFleet& fleet(const Profile& profile, const std::vector<UnitRecord>& found);
    ProfileFleet::Nodes nodes() const;
    std::shared_ptr<const ScaleOutSnapshot> snapshotNow() const; ///< with m_mutex held
    void changed();

    const ScaleOutOptions m_options;
    mutable std::mutex m_mutex; ///< guards m_fleets
    std::map<std::string, std::unique_ptr<ProfileFleet>> m_fleets;

    std::mutex m_callbackMutex; ///< held during callbacks
    std::condition_variable m_wake;
    std::uint64_t m_changes = 0;
    std::map<std::uint64_t, std::function<void(std::shared_ptr<const ScaleOutSnapshot>)>> m_callbacks;
    std::uint64_t m_lastCallback = 0;
};

void ScaleOutOfProfiles::adopt()
{
    if (!m_options.ledger)
        return;
    const auto units = m_options.ledger->units();
    if (!units) {
        log::warning("unit_ledger", {{"error", describe(units.error())}});
        return;
    }
    const auto known = profiles();
    for (const auto& [name, group] : byProfile(*units)) {
        const Profile* settings = known ? find(*known, name) : nullptr;
        log::info("units_found", {{"profile", name}, {"count", group.size()}});
        // Without settings any more: enough to find them and to end them.
        fleet(settings ? completed(*settings) : profileAt({}, group.front()), group);
    }
}

Result<Profile> ScaleOutOfProfiles::profile(const std::string& name) const
{
    auto all = profiles();
    if (!all)
        return all.error();
    const Profile* found = find(*all, name);
    if (!found)
        return Error{ErrorCode::ProfileUnknown, name + " in " + m_options.profiles.string()};
    return completed(*found);
}

/// With this machine's own agent, where it is meant and not named.
Profile ScaleOutOfProfiles::completed(Profile profile) const
{
    const SlurmOptions& slurm = profile.slurm; // a container has its own agent
    const bool isHere = profile.provider == ProviderKind::Local ||
                        (profile.provider == ProviderKind::Slurm && slurm.login.empty() && slurm.container.empty());
    if (isHere && profile.agent.empty())
        profile.agent = localAgentProgram(m_options.agentProgram).string();
    return profile;
}

Result<void> ScaleOutOfProfiles::setSettings(const std::string& before, const std::string& after)
{
    if (auto readable = parseProfiles(after, m_options.profiles); !readable)
        return readable.error();
    const auto now = settings();
    if (!now)
        return now.error();
    if (*now != before)
        return Error{ErrorCode::Settings, m_options.profiles.string() + " has been changed meanwhile: open it again"};
    return writeProfileText(m_options.profiles, after);
}

Result<FleetPlan> ScaleOutOfProfiles::plan(const std::string& name, std::uint32_t count) const
{
    const auto settings = profile(name);
    return settings ? planOf(*settings, count) : settings.error();
}

Result<FleetPlan> ScaleOutOfProfiles::planOf(const Profile& given, std::uint32_t count) const
{
    const Profile settings = completed(given);
    const auto provider = makeProvider({settings, requestOf(settings, m_options.applicationKey), nullptr});
    std::uint32_t most = settings.maxNodes;
    if (provider->capacity() > 0)
        most = std::min(most, provider->capacity());
    if (count > most)
        return Error{ErrorCode::TooManyNodes, settings.name + ": " + std::to_string(most)};
    FleetPlan plan = provider->plan(count);
    plan.profile = settings;
    plan.nodes = count;
    plan.costPerHour = settings.pricePerNodeHour * count;
    return plan;
}

ProfileFleet::Nodes ScaleOutOfProfiles::nodes() const
{
    Engine* engine = m_options.engine;
    return {
        [engine](LaunchedNode node, std::function<void(Result<NodeId>)> done) {
            engine->addLaunchedNode(std::move(node), std::move(done));
        },
        [engine](NodeId node, Error reason) { engine->endLaunchedNode(node, std::move(reason)); },
        [engine](NodeId node) { engine->removeNode(node, Engine::When::Now); },
        [engine](NodeId node) {
            const auto snapshot = engine->snapshot();
            return std::ranges::any_of(snapshot->nodes, [node](const NodeSnapshot& each) { return each.id == node; });
        },
        [engine](EventRecord event) { engine->note(std::move(event)); },
        [engine](NodeId node) {
            const auto snapshot = engine->snapshot();
            return std::ranges::any_of(snapshot->nodes, [node](const NodeSnapshot& each) {
                return each.id == node && (each.labelledEver > 0 || each.errors > 0);
            });
        },
        [engine](NodeId node) -> Error {
            const auto snapshot = engine->snapshot();
            const auto found = std::ranges::find(snapshot->nodes, node, &NodeSnapshot::id);
            if (found == snapshot->nodes.end())
                return {ErrorCode::None, {}};
            if (found->state == NodeState::Connecting)
                return {ErrorCode::Unreachable, "its agent runs, and cannot be reached at " + found->address};
            return found->state == NodeState::Refused ? found->reason : Error{ErrorCode::None, {}};
        },
    };
}

/// With m_mutex held, or before there is another thread. A fleet without nodes takes the settings as they are now.
ProfileFleet& ScaleOutOfProfiles::fleet(const Profile& profile, const std::vector<UnitRecord>& found)
{
    std::unique_ptr<ProfileFleet>& fleet = m_fleets[profile.name];
    if (fleet && !(fleet->profile() == profile) && fleet->isIdle())
        fleet.reset();
    if (!fleet) {
        ProfileFleet::Options options;
        options.profile = profile;
        options.nodes = nodes();
        options.ledger = m_options.ledger;
        options.requestFile = m_options.requests / (profile.name + ".nodes");
        options.changed = [this] { changed(); };
        const auto make = [this, profile](const std::atomic<bool>* stop) {
            return makeProviderOfPlaces({profile, requestOf(profile, m_options.applicationKey), stop});
        };
        fleet = std::make_unique<ProfileFleet>(std::move(options), make, found);
    }
    return *fleet;
}

Result<void> ScaleOutOfProfiles::resize(const std::string& name, std::uint32_t count, bool keep)
{
    if (!m_options.ledger)
        return Error{ErrorCode::DbReadOnly, "nodes are asked for only by the process that has the database"};
    const auto checked = plan(name, count);
    if (!checked)
        return checked.error();
    const std::lock_guard lock(m_mutex);
    fleet(checked->profile, {}).resize(count, keep);
    return {};
}

Result<void> ScaleOutOfProfiles::release(const std::string& name)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_fleets.find(name);
    if (found == m_fleets.end()) {
        const auto settings = profile(name);
        return settings ? Result<void>() : settings.error();
    }
    found->second->release(true);
    return {};
}

void ScaleOutOfProfiles::settle()
{
    const std::lock_guard lock(m_mutex);
    for (const auto& [name, fleet] : m_fleets)
        fleet->settle();
}

void ScaleOutOfProfiles::shrinkTo(const std::string& name, std::uint32_t most)
{
    const std::lock_guard lock(m_mutex);
    if (const auto found = m_fleets.find(name); found != m_fleets.end())
        found->second->shrinkTo(most);
}

void ScaleOutOfProfiles::beginRelease()
{
    const std::lock_guard lock(m_mutex);
    for (const auto& [name, fleet] : m_fleets)
        fleet->release(false);
}

bool ScaleOutOfProfiles::isReleased() const
{
    const std::lock_guard lock(m_mutex);
    return std::ranges::all_of(m_fleets, [](const auto& entry) { return entry.second->isReleased(); });
}

bool ScaleOutOfProfiles::releaseAll(std::chrono::milliseconds timeout)
{
    beginRelease();
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (!isReleased()) {
        std::unique_lock lock(m_callbackMutex);
        const std::uint64_t seen = m_changes;
        const bool news = m_wake.wait_until(lock, std::min(deadline, std::chrono::steady_clock::now() + 1s),
                                            [&] { return m_changes != seen; });
        if (!news && std::chrono::steady_clock::now() >= deadline)
            return false;
    }
    return true;
}

std::shared_ptr<const ScaleOutSnapshot> ScaleOutOfProfiles::snapshot() const
{
    const std::lock_guard lock(m_mutex);
    return snapshotNow();
}

std::shared_ptr<const ScaleOutSnapshot> ScaleOutOfProfiles::snapshotNow() const
{
    auto snapshot = std::make_shared<ScaleOutSnapshot>();
    for (const auto& [name, fleet] : m_fleets)
        snapshot->allocations.push_back(fleet->snapshot());
    return snapshot;
}

Subscription ScaleOutOfProfiles::subscribe(std::function<void(std::shared_ptr<const ScaleOutSnapshot>)> callback)
{
    std::uint64_t id = 0;
    {
        const std::lock_guard lock(m_callbackMutex);
        id = ++m_lastCallback;
        m_callbacks.emplace(id, std::move(callback));
    }
    return Subscription([this, id] {
        const std::lock_guard lock(m_callbackMutex);
        m_callbacks.erase(id);
    });
}

/// In a fleet's thread; also while m_mutex is held, where a fleet is being made: a snapshot is taken only for somebody.
void ScaleOutOfProfiles::changed()
{
    std::shared_ptr<const ScaleOutSnapshot> current;
    {
        const std::lock_guard lock(m_callbackMutex);
        ++m_changes;
        m_wake.notify_all();
        if (m_callbacks.empty())
            return;
    }
    {
        // Never waited for: whoever holds it may be waiting for this thread to end.
        const std::unique_lock fleets(m_mutex, std::try_to_lock);
        if (!fleets)
            return; // and changes something, and tells
        current = snapshotNow();
    }
    const std::lock_guard lock(m_callbackMutex);
    for (const auto& [id, callback] : m_callbacks)
        callback(current);
}

} // namespace

std::unique_ptr<ScaleOut> makeScaleOut(ScaleOutOptions options)
{
    return std::make_unique<ScaleOutOfProfiles>(std::move(options));
}

std::vector<AllocationSnapshot> lookAt(const std::vector<Profile>& profiles, const std::vector<UnitRecord>& units)
{
    std::vector<AllocationSnapshot> allocations;
    for (const auto& [name, group] : byProfile(units)) {
        const Profile* settings = find(profiles, name);
        const Profile profile = settings ? *settings : profileAt({}, group.front());
        AllocationSnapshot allocation;
        allocation.profile = name;
        allocation.provider = group.front().provider;
        allocation.target = static_cast<std::uint32_t>(group.size());
        const auto provider = makeProviderOfPlaces({profile, {}, nullptr});
        const auto statuses = provider->status(group);
        if (!statuses)
            allocation.trouble = statuses.error();
        for (const UnitRecord& unit : group) {
            UnitSnapshot snapshot{unit, UnitState::Requested, "not known", unit.createdAt, NodeId(), {}};
            if (statuses && statuses->contains(unit.key())) {
                const UnitStatus& status = statuses->at(unit.key());
                using Phase = UnitStatus::Phase;
                const Phase phase = status.phase;
                snapshot.reason = status.reason;
                snapshot.state = phase == Phase::Pending   ? UnitState::Pending
                                 : phase == Phase::Gone    ? UnitState::Ended
                                 : phase == Phase::Running ? (status.reply ? UnitState::Running : UnitState::Starting)
                                                           : UnitState::Requested;
                if (!status.providerId.empty())
                    snapshot.record.providerId = status.providerId;
            }
            allocation.units.push_back(std::move(snapshot));
        }
        allocations.push_back(std::move(allocation));
    }
    return allocations;
}

} // namespace vitfleet::app
