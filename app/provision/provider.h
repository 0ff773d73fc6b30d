// SPDX-License-Identifier: GPL-3.0-or-later
// What the four kinds of places have in common: start units, look at them, end them. Called in one thread of the fleet
// that they belong to; every call may take as long as the profile's time limit.
#pragma once

#include "app/core/scale_out.h"
#include "shared/launch/launch.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

/// What the provider says of one unit.
struct UnitStatus
{
    enum class Phase : std::uint8_t
    {
        Invalid = 0,
        Unknown, ///< the provider could not be asked, or has not heard of it yet
        Pending,
        Running,
        Gone, ///< ended, and will not start again under this id
    } phase = Phase::Unknown;
    std::string providerId; ///< where it is known by now
    std::string reason;     ///< in words
    bool byHand = false;    ///< a person ended it: not to be replaced
    std::optional<launch::Reply> reply;
    Error failure{ErrorCode::None, {}}; ///< the agent could not start: its own words
};

struct ProviderContext
{
    Profile profile;
    launch::Request request;                 ///< for the agents: key and settings
    const std::atomic<bool>* stop = nullptr; ///< the application ends: no call goes on
};

class Provider
{
public:
    virtual ~Provider() = default;
    /// Commands and script, without doing anything.
    virtual FleetPlan plan(std::uint32_t nodes) const = 0;
    /// Only the highest indexes of an allocation can be ended, and the newest allocation is the first to shrink.
    virtual bool endsFromTheTail() const { return false; }
    /// How many it could start at most; 0: no limit of its own.
    virtual std::uint32_t capacity() const { return 0; }
    /// How many one start() takes at most; 0: any number. May ask the provider, once.
    virtual std::uint32_t mostAtOnce() { return 0; }

    /// Fills in `site` and `folder` of units that are about to be started, so that the ledger has them. Makes nothing
    /// but the launch folder.
    virtual Result<void> prepare(std::vector<UnitRecord>& units) = 0;
    /// Starts them and fills in `providerId` where it is known at once. `others`: what runs already. A unit that failed
    /// is named by the error; the others may have been started.
    virtual Result<void> start(std::vector<UnitRecord>& units, const std::vector<UnitRecord>& others) = 0;
    /// By UnitRecord::key(). Units of an earlier process are found by their allocation alone.
    virtual Result<std::map<std::string, UnitStatus>> status(const std::vector<UnitRecord>& units) = 0;
    /// Ends them: they drain, and are killed by the provider where they take too long. Returns at once; those that are
    /// gone already are no error.
    virtual Result<void> stop(const std::vector<UnitRecord>& units) = 0;
    /// The address at which this machine reaches an agent: opens a tunnel where that is needed.
    virtual Result<std::string> reach(const UnitRecord& unit, const launch::Reply& reply) = 0;
    /// Looks after what reach() has opened; the units whose way is broken and was not repaired.
    virtual void tend() {}
    /// Closes what reach() has opened for it.
    virtual void leave(const UnitRecord& unit) = 0;
    /// Everything of this allocation has ended: its launch folder goes.
    virtual Result<void> cleanUp(const std::vector<UnitRecord>& units) = 0;
};

std::unique_ptr<Provider> makeProvider(ProviderContext context);
std::unique_ptr<Provider> makeSlurmProvider(ProviderContext context);
/// Also local processes, where the profile says so.
std::unique_ptr<Provider> makeHostProvider(ProviderContext context);
std::unique_ptr<Provider> makeKubernetesProvider(ProviderContext context);

} // namespace vitfleet::app
