// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes of profiles that come, wait and fail as the test says; what is asked for is written down.
#pragma once

#include "app/core/scale_out.h"

#include <QStringList>

#include <mutex>

namespace vitfleet::test {

class ScriptedScaleOut : public app::ScaleOut
{
public:
    Result<std::vector<app::Profile>> profiles() const override
    {
        const std::scoped_lock lock(m_mutex);
        if (auto read = app::parseProfiles(m_settings, "profiles.toml"); !read)
            return read.error();
        return m_profiles;
    }
    Result<std::string> settings() const override
    {
        const std::scoped_lock lock(m_mutex);
        return m_settings;
    }
    Result<void> setSettings(const std::string& before, const std::string& after) override
    {
        const std::scoped_lock lock(m_mutex);
        if (before != m_settings)
            return Error{ErrorCode::Settings, "changed meanwhile"};
        auto profiles = app::parseProfiles(after, "profiles.toml");
        if (!profiles)
            return profiles.error();
        m_settings = after;
        m_profiles = std::move(*profiles);
        return {};
    }
    Result<app::FleetPlan> planOf(const app::Profile& profile, std::uint32_t nodes) const override
    {
        if (nodes > profile.maxNodes)
            return Error{ErrorCode::TooManyNodes, profile.name};
        return app::FleetPlan{profile,
                              nodes,
                              {"sbatch --array=0-" + std::to_string(nodes - 1)},
                              "#SBATCH --partition=" + profile.slurm.partition,
                              profile.pricePerNodeHour * nodes};
    }
    Result<app::FleetPlan> plan(const std::string& profile, std::uint32_t nodes) const override
    {
        const std::scoped_lock lock(m_mutex);
        for (const app::Profile& known : m_profiles) {
            if (known.name == profile)
                return app::FleetPlan{known, nodes, {"sbatch --array=0-" + std::to_string(nodes - 1)}, "#!/bin/sh", 0};
        }
        return Error{ErrorCode::ProfileUnknown, profile};
    }
    Result<void> resize(const std::string& profile, std::uint32_t nodes, bool) override
    {
        const std::scoped_lock lock(m_mutex);
        m_asked << QStringLiteral("resize %1 %2").arg(QString::fromStdString(profile)).arg(nodes);
        if (m_refusal.code != ErrorCode::None)
            return m_refusal;
        return {};
    }
    Result<void> release(const std::string& profile) override
    {
        const std::scoped_lock lock(m_mutex);
        m_asked << QStringLiteral("release %1").arg(QString::fromStdString(profile));
        return {};
    }
    void shrinkTo(const std::string& profile, std::uint32_t most) override
    {
        const std::scoped_lock lock(m_mutex);
        m_asked << QStringLiteral("shrink %1 %2").arg(QString::fromStdString(profile)).arg(most);
    }
    void settle() override {}
    void beginRelease() override
    {
        const std::scoped_lock lock(m_mutex);
        m_asked << QStringLiteral("release what does not stay");
    }
    bool isReleased() const override { return m_snapshot->allocations.empty(); }
    bool releaseAll(std::chrono::milliseconds) override { return true; }
    std::shared_ptr<const app::ScaleOutSnapshot> snapshot() const override { return m_snapshot; }
    Subscription subscribe(std::function<void(std::shared_ptr<const app::ScaleOutSnapshot>)> callback) override
    {
        m_callbacks.push_back(std::move(callback));
        m_callbacks.back()(m_snapshot);
        return {};
    }

    // For the test.
    void setProfiles(std::vector<app::Profile> profiles)
    {
        const std::scoped_lock lock(m_mutex);
        m_profiles = std::move(profiles);
    }
    void breakSettings(const std::string& text)
    {
        const std::scoped_lock lock(m_mutex);
        m_settings = text;
    }
    void refuse(const Error& error)
    {
        const std::scoped_lock lock(m_mutex);
        m_refusal = error;
    }
    QStringList asked() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_asked;
    }
    void show(app::ScaleOutSnapshot snapshot)
    {
        m_snapshot = std::make_shared<const app::ScaleOutSnapshot>(std::move(snapshot));
        for (const auto& callback : m_callbacks)
            callback(m_snapshot);
    }

private:
    mutable std::mutex m_mutex; ///< the window asks in the thread of its questions
    std::vector<app::Profile> m_profiles;
    std::string m_settings;
    Error m_refusal{ErrorCode::None, {}};
    QStringList m_asked;
    std::shared_ptr<const app::ScaleOutSnapshot> m_snapshot = std::make_shared<app::ScaleOutSnapshot>();
    std::vector<std::function<void(std::shared_ptr<const app::ScaleOutSnapshot>)>> m_callbacks;
};

/// Four nodes of a Slurm profile: one works, one starts, two wait for resources.
app::ScaleOutSnapshot waitingAllocation();
app::Profile slurmProfile();

} // namespace vitfleet::test
