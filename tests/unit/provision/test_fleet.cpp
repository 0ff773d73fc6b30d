// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet of one profile: what there is becomes what is asked for.
#include "tests/unit/provision/scripted_provider.h"

#include <QTest>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

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

    /// Back in the queue and running again: what lies in its folder until its new agent has answered is the old one's.
    void anOldAnswerIsNotTakenForANewOne()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(1, false);
        QTRY_VERIFY(allRun(*fleet, 1));
        const auto set = [&](UnitStatus::Phase phase, bool anew) {
            const std::lock_guard lock(world.mutex);
            UnitStatus& status = world.units.begin()->second;
            status.phase = phase;
            if (anew)
                status.reply = World::reply(4711);
        };
        const auto added = [&] {
            const std::lock_guard lock(world.mutex);
            return world.nextNode - 1;
        };
        set(UnitStatus::Phase::Pending, false);
        QTRY_COMPARE(fleet->snapshot().count(UnitState::Pending), 1U);
        set(UnitStatus::Phase::Running, false);
        QTRY_COMPARE(fleet->snapshot().count(UnitState::Starting), 1U);
        QCOMPARE(added(), 1U);
        QCOMPARE(world.nodeCount(), std::size_t{0});
        set(UnitStatus::Phase::Running, true);
        QTRY_VERIFY(allRun(*fleet, 1));
        QCOMPARE(added(), 2U);
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
