// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet of one profile with a provider, an engine and a ledger that are scripts.
#include "app/provision/profile_fleet.h"
#include "shared/transport/keys.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <mutex>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace std::chrono_literals;

namespace {

class MemoryLedger : public UnitLedger
{
public:
    Result<std::vector<UnitRecord>> units() override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<UnitRecord> all;
        for (const auto& [key, unit] : m_units)
            all.push_back(unit);
        return all;
    }
    Result<void> putUnits(const std::vector<UnitRecord>& units) override
    {
        const std::lock_guard lock(m_mutex);
        for (const UnitRecord& unit : units)
            m_units[unit.key()] = unit;
        return {};
    }
    Result<void> removeUnits(const std::vector<UnitRecord>& units) override
    {
        const std::lock_guard lock(m_mutex);
        for (const UnitRecord& unit : units)
            m_units.erase(unit.key());
        return {};
    }
    std::size_t size()
    {
        const std::lock_guard lock(m_mutex);
        return m_units.size();
    }

private:
    std::mutex m_mutex;
    std::map<std::string, UnitRecord> m_units;
};

/// What the test and the provider share: the provider itself lives in the fleet.
struct World
{
    std::mutex mutex;
    MemoryLedger ledger;
    std::map<std::string, UnitStatus> units;
    std::vector<std::string> stopped, cleaned;
    std::vector<std::size_t> ledgerAtStart; ///< how many units it had when start() was called
    Error startError{ErrorCode::None, {}};
    int starts = 0;
    std::uint32_t mostAtOnce = 0;
    int nextJob = 100;
    bool agentsWork = true; ///< otherwise they die before they have done anything
    Error addError{ErrorCode::None, {}};

    // The engine.
    std::map<std::uint32_t, LaunchedNode> nodes;
    std::vector<std::pair<std::uint32_t, std::string>> ended;
    std::vector<std::string> notes;
    std::uint32_t nextNode = 1;

    static launch::Reply reply(int number)
    {
        launch::Reply made;
        made.address.host = "127.0.0.1";
        made.address.port = static_cast<std::uint16_t>(number);
        made.address.key = transport::KeyPair::generate().publicKey();
        made.pid = number;
        return made;
    }
    std::size_t nodeCount()
    {
        const std::lock_guard lock(mutex);
        return nodes.size();
    }
    void setAll(UnitStatus::Phase phase, const std::string& reason)
    {
        const std::lock_guard lock(mutex);
        for (auto& [key, unit] : units) {
            unit.phase = phase;
            unit.reason = reason;
        }
    }
};

class ScriptedProvider : public Provider
{
public:
    explicit ScriptedProvider(World& world) : m_world(world) {}
    FleetPlan plan(std::uint32_t) const override { return {}; }
    std::uint32_t mostAtOnce() override
    {
        const std::lock_guard lock(m_world.mutex);
        return m_world.mostAtOnce;
    }
    Result<void> prepare(std::vector<UnitRecord>& units) override
    {
        for (UnitRecord& unit : units)
            unit.folder = "/launch/" + unit.allocation;
        return {};
    }
    Result<void> start(std::vector<UnitRecord>& units, const std::vector<UnitRecord>&) override
    {
        const std::size_t stored = m_world.ledger.size();
        const std::lock_guard lock(m_world.mutex);
        ++m_world.starts;
        m_world.ledgerAtStart.push_back(stored);
        if (m_world.startError.code != ErrorCode::None)
            return m_world.startError;
        for (UnitRecord& unit : units) {
            const int job = m_world.nextJob++;
            unit.providerId = std::to_string(job);
            UnitStatus status;
            status.phase = UnitStatus::Phase::Running;
            status.providerId = unit.providerId;
            status.reply = World::reply(job);
            m_world.units[unit.key()] = status;
        }
        return {};
    }
    Result<std::map<std::string, UnitStatus>> status(const std::vector<UnitRecord>& units) override
    {
        const std::lock_guard lock(m_world.mutex);
        std::map<std::string, UnitStatus> found;
        for (const UnitRecord& unit : units) {
            if (const auto known = m_world.units.find(unit.key()); known != m_world.units.end())
                found[unit.key()] = known->second;
            else
                found[unit.key()].phase = UnitStatus::Phase::Gone;
        }
        return found;
    }
    Result<void> stop(const std::vector<UnitRecord>& units) override
    {
        const std::lock_guard lock(m_world.mutex);
        for (const UnitRecord& unit : units) {
            m_world.stopped.push_back(unit.providerId);
            m_world.units.erase(unit.key());
        }
        return {};
    }
    Result<std::string> reach(const UnitRecord&, const launch::Reply& reply) override { return reply.address.line(); }
    void leave(const UnitRecord&) override {}
    Result<void> cleanUp(const std::vector<UnitRecord>& units) override
    {
        const std::lock_guard lock(m_world.mutex);
        m_world.cleaned.push_back(units.front().folder);
        return {};
    }

private:
    World& m_world;
};

std::unique_ptr<ProfileFleet> makeFleet(World& world, const std::vector<UnitRecord>& found = {})
{
    ProfileFleet::Options options;
    options.profile.name = "test";
    options.profile.provider = ProviderKind::Slurm;
    options.ledger = &world.ledger;
    options.changed = [] {};
    options.interval = 5ms;
    options.nodes = {
        [&world](LaunchedNode node, std::function<void(Result<NodeId>)> done) {
            std::uint32_t id = 0;
            {
                const std::lock_guard lock(world.mutex);
                if (world.addError.code != ErrorCode::None)
                    return done(world.addError);
                id = world.nextNode++;
                world.nodes[id] = std::move(node);
            }
            done(NodeId(id));
        },
        [&world](NodeId node, Error reason) {
            const std::lock_guard lock(world.mutex);
            world.ended.emplace_back(node.value, reason.detail);
        },
        [&world](NodeId node) {
            const std::lock_guard lock(world.mutex);
            world.nodes.erase(node.value);
        },
        [&world](NodeId node) {
            const std::lock_guard lock(world.mutex);
            return world.nodes.contains(node.value);
        },
        [&world](EventRecord event) {
            const std::lock_guard lock(world.mutex);
            world.notes.push_back(event.text);
        },
        [&world](NodeId node) {
            const std::lock_guard lock(world.mutex);
            return world.agentsWork && world.nodes.contains(node.value);
        },
    };
    options.firstRetry = 5ms;
    return std::make_unique<ProfileFleet>(
        std::move(options), [&world](const std::atomic<bool>*) { return std::make_unique<ScriptedProvider>(world); },
        found);
}

bool allRun(const ProfileFleet& fleet, std::uint32_t count)
{
    const AllocationSnapshot snapshot = fleet.snapshot();
    return snapshot.units.size() == count && snapshot.count(UnitState::Running) == count;
}

} // namespace

class FleetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void itIsInTheLedgerBeforeItIsStarted()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(3, false);
        QTRY_VERIFY(allRun(*fleet, 3));
        QCOMPARE(world.starts, 1); // one call for all of them
        QCOMPARE(world.ledgerAtStart, std::vector<std::size_t>{3});
        const auto units = world.ledger.units();
        QVERIFY(std::ranges::none_of(*units, [](const UnitRecord& unit) { return unit.providerId.empty(); }));
        QCOMPARE(world.nodes.begin()->second.name, std::string("test-100"));
        fleet->release(false);
        QTRY_VERIFY(fleet->isReleased());
        QCOMPARE(world.stopped.size(), std::size_t{3});
        QCOMPARE(world.ledger.size(), std::size_t{0});
        QCOMPARE(world.cleaned.size(), std::size_t{1});
        QCOMPARE(world.nodeCount(), std::size_t{0});
    }

    void itGrowsAndShrinks()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(2, false);
        QTRY_VERIFY(allRun(*fleet, 2));
        fleet->resize(4, false);
        QTRY_VERIFY(allRun(*fleet, 4));
        fleet->resize(1, false);
        QTRY_VERIFY(allRun(*fleet, 1));
        // What came last goes first.
        QCOMPARE(fleet->snapshot().units.front().record.providerId, std::string("100"));
        QCOMPARE(world.nodeCount(), std::size_t{1});
    }

    /// More than the provider takes at once: as many allocations as that needs, and none after one that failed.
    void whatIsTooManyAtOnceComesInParts()
    {
        World world;
        world.mostAtOnce = 3;
        auto fleet = makeFleet(world);
        fleet->resize(8, false);
        QTRY_VERIFY(allRun(*fleet, 8));
        QCOMPARE(world.ledgerAtStart, (std::vector<std::size_t>{3, 6, 8}));
        std::map<std::string, int> sizes;
        for (const UnitSnapshot& unit : fleet->snapshot().units) {
            ++sizes[unit.record.allocation];
            QVERIFY(unit.record.index < 3);
        }
        QCOMPARE(sizes.size(), std::size_t{3});
        fleet->resize(2, false);
        QTRY_VERIFY(allRun(*fleet, 2));
        {
            const std::lock_guard lock(world.mutex);
            world.startError = {ErrorCode::ProviderMissing, "sbatch"};
        }
        fleet->resize(8, false);
        QTRY_COMPARE(fleet->snapshot().target, 2U);
        QCOMPARE(world.starts, 4);
    }

    /// Pending units go first when it shrinks, and their reason is shown meanwhile.
    void whatWaitsGoesFirst()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(2, false);
        QTRY_VERIFY(allRun(*fleet, 2));
        std::string first;
        {
            const std::lock_guard lock(world.mutex);
            world.units.begin()->second.phase = UnitStatus::Phase::Pending;
            world.units.begin()->second.reason = "waits for free nodes";
            first = world.units.begin()->second.providerId;
        }
        QTRY_COMPARE(fleet->snapshot().count(UnitState::Pending), 1U);
        const auto units = fleet->snapshot().units;
        const auto pending = std::ranges::find(units, UnitState::Pending, &UnitSnapshot::state);
        QCOMPARE(pending->reason, std::string("waits for free nodes"));
        QCOMPARE(world.nodeCount(), std::size_t{1}); // its node has left the engine
        fleet->resize(1, false);
        QTRY_VERIFY(allRun(*fleet, 1));
        QCOMPARE(world.stopped, std::vector<std::string>{first});
    }

    void aNodeThatIsLostIsReplaced()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(2, false);
        QTRY_VERIFY(allRun(*fleet, 2));
        {
            const std::lock_guard lock(world.mutex);
            world.units.begin()->second.phase = UnitStatus::Phase::Gone;
            world.units.begin()->second.reason = "its node failed";
        }
        QTRY_COMPARE(world.starts, 2);
        QTRY_VERIFY(allRun(*fleet, 2));
        QCOMPARE(world.ended.size(), std::size_t{1});
        QVERIFY(world.ended.front().second.find("its node failed") != std::string::npos);
    }

    void aNodeThatAPersonEndedIsNot()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(2, false);
        QTRY_VERIFY(allRun(*fleet, 2));
        {
            const std::lock_guard lock(world.mutex);
            world.units.begin()->second.phase = UnitStatus::Phase::Gone;
            world.units.begin()->second.byHand = true;
        }
        QTRY_VERIFY(allRun(*fleet, 1));
        QCOMPARE(fleet->snapshot().target, 1U);
        QCOMPARE(world.starts, 1);
    }

    /// Requeued: the same id, another agent with another key.
    void aJobThatStartsAnewIsANewAgent()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(1, false);
        QTRY_VERIFY(allRun(*fleet, 1));
        const NodeId before = fleet->snapshot().units.front().node;
        {
            const std::lock_guard lock(world.mutex);
            world.units.begin()->second.reply = World::reply(4711);
        }
        QTRY_VERIFY(allRun(*fleet, 1) && !(fleet->snapshot().units.front().node == before));
        QCOMPARE(world.nodeCount(), std::size_t{1});
        QCOMPARE(world.starts, 1);
    }

    void aRefusalIsTriedAgainAndThenGivenUp()
    {
        World world;
        world.startError = {ErrorCode::ProviderMissing, "sbatch"};
        auto fleet = makeFleet(world);
        fleet->resize(2, false);
        QTRY_COMPARE(fleet->snapshot().target, 0U);
        QTRY_VERIFY(fleet->snapshot().units.empty());
        QCOMPARE(fleet->snapshot().trouble.code, ErrorCode::ProviderMissing);
        QCOMPARE(world.ledger.size(), std::size_t{0});
        QCOMPARE(world.starts, 1); // final at once: the program will not appear by itself
        // Asked for again, it is tried again.
        {
            const std::lock_guard lock(world.mutex);
            world.startError = {ErrorCode::None, {}};
        }
        fleet->resize(1, false);
        QTRY_VERIFY(allRun(*fleet, 1));
    }

    /// An agent that answers and dies while it loads the model: a few times, then no more are asked for.
    void agentsThatDieBeforeTheyWorkAreNotReplacedForEver()
    {
        World world;
        world.agentsWork = false;
        auto fleet = makeFleet(world);
        fleet->resize(1, false);
        for (int starts = 1; starts <= 3; ++starts) {
            QTRY_VERIFY(allRun(*fleet, 1) && [&] {
                const std::lock_guard lock(world.mutex);
                return world.starts == starts;
            }());
            world.setAll(UnitStatus::Phase::Gone, "out of memory");
        }
        QTRY_COMPARE(fleet->snapshot().target, 0U);
        QCOMPARE(fleet->snapshot().trouble.code, ErrorCode::NodeEnded);
        // The trouble goes with what it was about.
        fleet->release(true);
        QTRY_COMPARE(fleet->snapshot().trouble.code, ErrorCode::None);
        QCOMPARE(world.starts, 3);
    }

    void agentsThatHaveWorkedAreReplaced()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(1, false);
        for (int starts = 1; starts <= 6; ++starts) {
            QTRY_VERIFY(allRun(*fleet, 1) && [&] {
                const std::lock_guard lock(world.mutex);
                return world.starts == starts;
            }());
            // Its end is seen in one look at it; that it worked was seen in one before.
            QTRY_VERIFY(fleet->snapshot().trouble.code == ErrorCode::None);
            world.setAll(UnitStatus::Phase::Gone, "its node failed");
        }
        QCOMPARE(fleet->snapshot().target, 1U);
    }

    /// One whose address the engine does not take cannot work, and costs.
    void whatTheEngineDoesNotTakeIsGivenBack()
    {
        World world;
        world.addError = {ErrorCode::Address, "no port"};
        auto fleet = makeFleet(world);
        fleet->resize(1, false);
        QTRY_COMPARE(fleet->snapshot().target, 0U);
        QCOMPARE(fleet->snapshot().trouble.code, ErrorCode::Address);
        QTRY_COMPARE(world.ledger.size(), std::size_t{0});
        const std::lock_guard lock(world.mutex);
        QCOMPARE(world.starts, 3);
        QCOMPARE(world.stopped.size(), std::size_t{3});
    }

    /// The next process: nothing is touched until something is asked for; then it uses what it finds.
    void whatAKilledApplicationLeftIsUsedOrGivenBack()
    {
        World world;
        {
            auto killed = makeFleet(world);
            killed->resize(3, false);
            QTRY_VERIFY(allRun(*killed, 3));
        } // the destructor leaves them, as a kill would
        QCOMPARE(world.ledger.size(), std::size_t{3});
        const std::size_t nodes = world.nodeCount();
        {
            auto fleet = makeFleet(world, *world.ledger.units());
            QCOMPARE(fleet->snapshot().units.size(), std::size_t{3});
            fleet->resize(2, false);
            QTRY_VERIFY(allRun(*fleet, 2));
            QCOMPARE(world.starts, 1);
            QCOMPARE(world.stopped.size(), std::size_t{1});
            QCOMPARE(world.nodeCount(), nodes + 2);
        }
        auto other = makeFleet(world, *world.ledger.units());
        other->settle();
        QTRY_VERIFY(other->isReleased());
        QCOMPARE(world.ledger.size(), std::size_t{0});
        QCOMPARE(world.stopped.size(), std::size_t{3});
    }

    void whatIsKeptStays()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(2, true);
        QTRY_VERIFY(allRun(*fleet, 2));
        fleet->resize(3, false);
        QTRY_VERIFY(allRun(*fleet, 3));
        fleet->release(false);
        QTRY_VERIFY(fleet->isReleased() && fleet->snapshot().units.size() == 2);
        fleet->release(true);
        QTRY_VERIFY(fleet->snapshot().units.empty());
    }

    /// Taken out of the fleet by hand: its job ends, and no other takes its place.
    void aNodeThatIsRemovedByHandIsGivenBack()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(2, false);
        QTRY_VERIFY(allRun(*fleet, 2));
        QTest::qWait(20); // a poll has seen them
        {
            const std::lock_guard lock(world.mutex);
            world.nodes.erase(world.nodes.begin());
        }
        QTRY_VERIFY(allRun(*fleet, 1));
        QCOMPARE(world.stopped.size(), std::size_t{1});
        QCOMPARE(world.starts, 1);
    }
};

QTEST_GUILESS_MAIN(FleetTest)
#include "test_fleet.moc"
