// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes from elsewhere: a node count of a profile becomes agents that a provider (Slurm, SSH hosts, Kubernetes, local
// processes) starts, and that the engine then uses like any other. app/provision implements it; the window and the
// command line speak to it through this class alone.
#pragma once

#include "app/core/profiles/profile.h"
#include "app/core/records.h"
#include "shared/base/scope.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

/// One line of the ledger: a node that was asked for. It is stored before anything is started, and removed once the
/// provider no longer knows of it, so that a killed application finds or releases its nodes at its next start.
struct UnitRecord
{
    std::string allocation; ///< 32 random hex digits: the name of its launch folder, job, pods or systemd units
    std::uint32_t index = 0;
    std::string profile;
    ProviderKind provider = ProviderKind::Invalid;
    std::string providerId; ///< "17_2", "node-a:4711", a pod's name; empty until the provider has said it
    std::string site;       ///< where it is: login host, host, or CONTEXT/NAMESPACE; empty: this machine
    /// The configuration file by which ssh knows that host; empty: OpenSSH's own. Nothing in rows of older versions,
    /// which did not keep it: then it is the profile's.
    std::optional<std::string> sshConfig;
    std::string folder; ///< launch folder, as that site names it
    bool keep = false;  ///< stays until it is released by hand; else it ends with the application
    UnixMs createdAt = 0;
    std::string key() const { return allocation + "/" + std::to_string(index); }
    bool operator==(const UnitRecord&) const = default;
};

/// Keeps the ledger. Durable when a call returns.
class UnitLedger
{
public:
    virtual ~UnitLedger() = default;
    virtual Result<std::vector<UnitRecord>> units() = 0;
    virtual Result<void> putUnits(const std::vector<UnitRecord>& units) = 0;
    virtual Result<void> removeUnits(const std::vector<UnitRecord>& units) = 0;
};

enum class UnitState : std::uint8_t
{
    Invalid = 0,
    Requested, ///< in the ledger; the provider has not answered yet
    Pending,   ///< the provider has it in its queue: `reason` says why it waits
    Starting,  ///< runs, but its agent has not written its address yet
    Running,   ///< its agent is a node of the engine's
    Stopping,
    Ended,
};
std::string_view name(UnitState state);

struct UnitSnapshot
{
    UnitRecord record;
    UnitState state = UnitState::Requested;
    std::string reason; ///< in words
    UnixMs since = 0;   ///< of the state
    NodeId node;        ///< once it is one of the engine's
    std::string nodeName;
};

struct AllocationSnapshot
{
    std::string profile;
    ProviderKind provider = ProviderKind::Invalid;
    std::uint32_t target = 0;
    std::vector<UnitSnapshot> units;
    /// The last that have ended without having been given back, and why; the newest first. None of them is in `units`.
    std::vector<UnitSnapshot> ended;
    Error trouble{ErrorCode::None, {}}; ///< what the provider said last, where that was an error
    std::uint32_t count(UnitState state) const;
};

struct ScaleOutSnapshot
{
    std::vector<AllocationSnapshot> allocations;
    const AllocationSnapshot* find(std::string_view profile) const;
};

/// What would happen, without doing it.
struct FleetPlan
{
    Profile profile;
    std::uint32_t nodes = 0;
    std::vector<std::string> commands; ///< one a line, as a person would type them
    std::string script;                ///< job script or manifest; empty: none
    double costPerHour = 0;
};

class ScaleOut
{
public:
    virtual ~ScaleOut() = default;
    /// Of the settings file, read anew. E_SETTINGS, E_HOST_NAME, E_SLURM_FIELD.
    virtual Result<std::vector<Profile>> profiles() const = 0;
    /// PROFILE_UNKNOWN, TooManyNodes.
    virtual Result<FleetPlan> plan(const std::string& profile, std::uint32_t nodes) const = 0;
    /// Grows or shrinks to `nodes`; returns at once, the snapshot tells what comes of it. `keep`: what is started stays
    /// after this application has ended.
    virtual Result<void> resize(const std::string& profile, std::uint32_t nodes, bool keep) = 0;
    /// Gives every node of the profile back, also those that are kept.
    virtual Result<void> release(const std::string& profile) = 0;
    /// Gives back what is more than `most`: what works last, and what is kept only where nothing else is left. Never
    /// asks for any. Also where the settings do not have the profile any more.
    virtual void shrinkTo(const std::string& profile, std::uint32_t most) = 0;
    /// Nodes of an earlier process that are not kept, and that nobody has asked for since, are given back.
    virtual void settle() = 0;
    /// Begins to give back what is not kept, for the application is about to end; returns at once.
    virtual void beginRelease() = 0;
    /// Nothing is there any more but what is kept.
    virtual bool isReleased() const = 0;
    /// Both: waits until it is gone or `timeout` has passed; false then. What is left is in the ledger, for the next
    /// start.
    virtual bool releaseAll(std::chrono::milliseconds timeout) = 0;

    virtual std::shared_ptr<const ScaleOutSnapshot> snapshot() const = 0;
    /// In a thread of the provider's, on every change.
    virtual Subscription subscribe(std::function<void(std::shared_ptr<const ScaleOutSnapshot>)> callback) = 0;

    /// The settings file's text; empty where there is none.
    virtual Result<std::string> settings() const = 0;
    /// Writes it anew (beside, and renamed) where it still is `before` and can be read. Nodes that were asked for keep
    /// the settings that they were asked for with. E_SETTINGS.
    virtual Result<void> setSettings(const std::string& before, const std::string& after) = 0;
    /// For one that need not be in the file. TooManyNodes.
    virtual Result<FleetPlan> planOf(const Profile& profile, std::uint32_t nodes) const = 0;
};

} // namespace vitfleet::app
