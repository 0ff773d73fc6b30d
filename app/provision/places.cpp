// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/places.h"

#include <algorithm>

namespace vitfleet::app {
namespace {

using Units = std::vector<UnitRecord>;

/// What tells one place from another. Hosts of one ssh configuration are one place: their provider counts them.
std::string placeOf(const Profile& profile)
{
    std::string place = std::string(name(profile.provider)) + '\n';
    switch (profile.provider) {
    case ProviderKind::Slurm:
        return place + profile.slurm.login + '\n' + profile.sshConfig;
    case ProviderKind::Ssh:
        return place + profile.sshConfig;
    case ProviderKind::Kubernetes:
        return place + profile.kubernetes.context + '\n' + profile.kubernetes.nameSpace;
    default:
        return place;
    }
}

class ProviderOfPlaces : public Provider
{
public:
    explicit ProviderOfPlaces(ProviderContext context) : m_context(std::move(context)), m_home(&at(m_context.profile))
    {
    }

    FleetPlan plan(std::uint32_t nodes) const override { return m_home->plan(nodes); }
    bool endsFromTheTail() const override
    {
        return std::ranges::any_of(m_places, [](const auto& place) { return place.second->endsFromTheTail(); });
    }
    std::uint32_t capacity() const override { return m_home->capacity(); }
    std::uint32_t mostAtOnce() override { return m_home->mostAtOnce(); }
    Result<void> prepare(Units& units) override
    {
        for (UnitRecord& unit : units)
            unit.sshConfig = m_context.profile.sshConfig;
        return m_home->prepare(units);
    }
    Result<void> start(Units& units, const Units& others) override { return m_home->start(units, others); }

    Result<std::map<std::string, UnitStatus>> status(const Units& units) override
    {
        std::map<std::string, UnitStatus> found;
        const auto groups = grouped(units);
        for (const auto& [provider, group] : groups) {
            auto statuses = provider->status(group);
            if (statuses) {
                found.merge(*statuses);
                continue;
            }
            if (groups.size() == 1)
                return statuses.error();
            for (const UnitRecord& unit : group)
                found[unit.key()].reason = describe(statuses.error());
        }
        return found;
    }
    Result<void> stop(const Units& units) override
    {
        Result<void> outcome;
        for (const auto& [provider, group] : grouped(units)) {
            if (auto stopped = provider->stop(group); !stopped)
                outcome = stopped;
        }
        return outcome;
    }
    Result<std::string> reach(const UnitRecord& unit, const launch::Reply& reply) override
    {
        return at(unit).reach(unit, reply);
    }
    void tend() override
    {
        for (const auto& [place, provider] : m_places)
            provider->tend();
    }
    void leave(const UnitRecord& unit) override { at(unit).leave(unit); }
    Result<void> cleanUp(const Units& units) override
    {
        Result<void> outcome;
        for (const auto& [provider, group] : grouped(units)) {
            if (auto cleaned = provider->cleanUp(group); !cleaned)
                outcome = cleaned;
        }
        return outcome;
    }

private:
    Provider& at(const Profile& profile)
    {
        std::unique_ptr<Provider>& provider = m_places[placeOf(profile)];
        if (!provider)
            provider = makeProvider({profile, m_context.request, m_context.stop});
        return *provider;
    }
    Provider& at(const UnitRecord& unit) { return at(profileAt(m_context.profile, unit)); }
    std::map<Provider*, Units> grouped(const Units& units)
    {
        std::map<Provider*, Units> groups;
        for (const UnitRecord& unit : units)
            groups[&at(unit)].push_back(unit);
        return groups;
    }

    const ProviderContext m_context;
    std::map<std::string, std::unique_ptr<Provider>> m_places;
    Provider* const m_home; ///< where new ones are started
};

} // namespace

Profile profileAt(const Profile& settings, const UnitRecord& unit)
{
    Profile profile;
    if (settings.provider == unit.provider) {
        profile = settings;
    } else {
        profile.name = unit.profile;
        profile.provider = unit.provider;
        profile.timeoutSeconds = settings.timeoutSeconds;
        profile.sshConfig = settings.sshConfig;
        if (unit.provider == ProviderKind::Ssh)
            profile.ssh.hosts = {unit.site};
    }
    if (unit.sshConfig)
        profile.sshConfig = *unit.sshConfig;
    if (unit.provider == ProviderKind::Slurm) {
        profile.slurm.login = unit.site;
    } else if (unit.provider == ProviderKind::Kubernetes) {
        const std::size_t slash = unit.site.rfind('/'); // a context may have one in its name, a namespace may not
        profile.kubernetes.context = unit.site.substr(0, slash);
        profile.kubernetes.nameSpace = slash == std::string::npos ? std::string() : unit.site.substr(slash + 1);
    }
    return profile;
}

std::unique_ptr<Provider> makeProviderOfPlaces(ProviderContext context)
{
    return std::make_unique<ProviderOfPlaces>(std::move(context));
}

} // namespace vitfleet::app
