// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet of one profile where providers refuse and agents die: nothing is lost, and nothing is left running.
#include "tests/unit/provision/scripted_provider.h"

#include <QTemporaryDir>
#include <QTest>

#include <fstream>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class FleetFaultsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
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

    /// Whatever the provider does after its answer came too late is found by name, and ended.
    void whatWasStartedTooLateIsEnded()
    {
        World world;
        world.startError = {ErrorCode::ProviderTimeout, "sbatch"};
        auto fleet = makeFleet(world);
        fleet->resize(1, false);
        // By its name, at once; there is none of that name yet.
        QTRY_VERIFY([&] {
            const std::lock_guard lock(world.mutex);
            return !world.stopped.empty();
        }());
        const auto units = world.ledger.units();
        const UnitRecord unit = *std::ranges::min_element(*units, {}, &UnitRecord::createdAt);
        QVERIFY(unit.providerId.empty());
        {
            const std::lock_guard lock(world.mutex);
            UnitStatus late;
            late.phase = UnitStatus::Phase::Pending;
            late.providerId = "4711";
            world.units[unit.key()] = late;
        }
        QTRY_VERIFY([&] {
            const std::lock_guard lock(world.mutex);
            return std::ranges::find(world.stopped, "4711") != world.stopped.end();
        }());
        QTRY_COMPARE(world.ledger.size(), std::size_t{0});
        QTRY_VERIFY(fleet->snapshot().units.empty());
        const std::lock_guard lock(world.mutex);
        QVERIFY(world.units.empty());
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

    /// Behind a firewall, or refusing us: it costs, and would be waited for without an end.
    void agentsThatCannotBeReachedAreGivenBack()
    {
        World world;
        world.agentsWork = false;
        world.settledAfter = 20ms;
        world.trouble = {ErrorCode::Unreachable, "node7:5555"};
        auto fleet = makeFleet(world);
        fleet->resize(2, false);
        QTRY_COMPARE(fleet->snapshot().target, 0U);
        QTRY_VERIFY(fleet->snapshot().units.empty());
        QCOMPARE(fleet->snapshot().trouble.code, ErrorCode::Unreachable);
        QVERIFY(QByteArray::fromStdString(fleet->snapshot().trouble.detail).contains("node7:5555"));
        QCOMPARE(world.ledger.size(), std::size_t{0});
        const std::lock_guard lock(world.mutex);
        QVERIFY(world.starts <= 3);
        QVERIFY(world.units.empty()); // nothing is left running
    }

    /// Without work they have nothing to show for themselves; that they are there is enough.
    void agentsThatAreThereAreKept()
    {
        World world;
        world.agentsWork = false;
        world.settledAfter = 20ms;
        auto fleet = makeFleet(world);
        fleet->resize(1, false);
        QTRY_VERIFY(allRun(*fleet, 1));
        const int looks = [&] {
            const std::lock_guard lock(world.mutex);
            return world.looks;
        }();
        QTRY_VERIFY([&] {
            const std::lock_guard lock(world.mutex);
            return world.looks > looks + 20;
        }());
        QVERIFY(allRun(*fleet, 1));
        QCOMPARE(world.starts, 1);
    }

    /// What was kept and has ended while no application ran is not asked for again by opening one.
    void keptOnesThatHaveEndedAreNotAskedForAgain()
    {
        World world;
        std::vector<UnitRecord> kept;
        for (std::uint32_t i = 0; i < 2; ++i) {
            UnitRecord record;
            record.allocation = std::string(32, 'a');
            record.index = i;
            record.profile = "test";
            record.provider = ProviderKind::Slurm;
            record.providerId = std::to_string(50 + i);
            record.keep = true;
            kept.push_back(record);
        }
        QVERIFY(world.ledger.putUnits(kept).ok());
        auto fleet = makeFleet(world, kept);
        fleet->settle();
        QTRY_VERIFY(fleet->snapshot().units.empty());
        QTRY_COMPARE(fleet->snapshot().target, 0U);
        QCOMPARE(world.ledger.size(), std::size_t{0});
        QCOMPARE(world.starts, 0);
        QCOMPARE(fleet->snapshot().trouble.code, ErrorCode::None);
        // Whoever asks for a count gets it.
        auto next = makeFleet(world, kept);
        next->resize(2, true);
        QTRY_VERIFY(allRun(*next, 2));
        QCOMPARE(world.starts, 1);
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

    /// Before it has gone and after: why it has ended is told, also where another one has taken its place.
    void whyOneHasEndedIsTold()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(2, false);
        QTRY_VERIFY(allRun(*fleet, 2));
        QVERIFY(fleet->snapshot().ended.empty());
        std::string lost;
        {
            const std::lock_guard lock(world.mutex);
            world.units.begin()->second.phase = UnitStatus::Phase::Gone;
            world.units.begin()->second.reason = "it reached its time limit";
            lost = world.units.begin()->second.providerId;
        }
        QTRY_COMPARE(fleet->snapshot().ended.size(), std::size_t{1});
        QTRY_VERIFY(allRun(*fleet, 2));
        const UnitSnapshot ended = fleet->snapshot().ended.front();
        QCOMPARE(ended.reason, std::string("it reached its time limit"));
        QCOMPARE(ended.record.providerId, lost);
        QVERIFY(ended.state == UnitState::Ended && ended.since > 0);
        // What was given back is nothing to tell.
        fleet->resize(0, false);
        QTRY_VERIFY(fleet->snapshot().units.empty());
        QCOMPARE(fleet->snapshot().ended.size(), std::size_t{1});
    }

    /// Where only the last can be ended, one that answers nonsense takes none of the others with it.
    void aBadReplyEndsNoOther()
    {
        World world;
        world.tail = true;
        auto fleet = makeFleet(world);
        fleet->resize(3, false);
        QTRY_VERIFY(allRun(*fleet, 3));
        {
            const std::lock_guard lock(world.mutex);
            UnitStatus& first = world.units.begin()->second;
            first.reply.reset();
            first.failure = {ErrorCode::AgentStart, "this is no reply"};
        }
        // It is tried again, and then no more.
        QTRY_COMPARE(fleet->snapshot().trouble.code, ErrorCode::AgentStart);
        QTRY_VERIFY([&] {
            const std::lock_guard lock(world.mutex);
            return std::ranges::any_of(world.notes, [](const std::string& note) {
                return note.find("no more nodes are asked for") != std::string::npos;
            });
        }());
        QCOMPARE(fleet->snapshot().target, 3U);
        QCOMPARE(fleet->snapshot().count(UnitState::Running), 2U);
        QVERIFY(world.stopped.empty());
        const auto units = fleet->snapshot().units;
        const auto bad = std::ranges::find(units, UnitState::Starting, &UnitSnapshot::state);
        QVERIFY(bad != units.end());
        QCOMPARE(bad->reason, std::string("this is no reply"));
        // Its provider has started it anew.
        {
            const std::lock_guard lock(world.mutex);
            world.units.begin()->second.failure = {ErrorCode::None, {}};
            world.units.begin()->second.reply = World::reply(4711);
        }
        QTRY_VERIFY(allRun(*fleet, 3));
        QCOMPARE(world.starts, 1);
    }

    void wherePodsNeverStartTheyAreGivenBack()
    {
        World world;
        world.tail = true;
        auto fleet = makeFleet(world);
        fleet->resize(3, false);
        QTRY_VERIFY(allRun(*fleet, 3));
        {
            const std::lock_guard lock(world.mutex);
            for (auto unit = std::next(world.units.begin()); unit != world.units.end(); ++unit) {
                unit->second.reply.reset();
                unit->second.failure = {ErrorCode::AgentStart, "no such device"};
            }
        }
        // Those behind the one that works.
        QTRY_VERIFY(allRun(*fleet, 1));
        QCOMPARE(fleet->snapshot().target, 1U);
        QCOMPARE(world.stopped.size(), std::size_t{2});
        QCOMPARE(world.starts, 1);
    }

    /// A process that ends gives back what is not kept, and asks for nothing: some that were kept are on their way out.
    void aReleaseNeverGrows()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(3, true);
        QTRY_VERIFY(allRun(*fleet, 3));
        fleet->resize(1, false);
        fleet->release(false);
        QTRY_VERIFY(fleet->isReleased() && allRun(*fleet, 1));
        QCOMPARE(fleet->snapshot().target, 1U);
        QCOMPARE(world.starts, 1);
        QCOMPARE(world.ledger.size(), std::size_t{1});
    }

    /// `fleet resize` of another process while this one ends: nobody would give back what it asks for.
    void whoLeavesGetsNothingForOthers()
    {
        const QTemporaryDir dir;
        World world;
        world.requestFile = dir.filePath(QStringLiteral("test.nodes")).toStdString();
        world.stops = false; // the provider takes its time
        const auto ask = [&] { std::ofstream(world.requestFile) << "4\n"; };
        const auto looks = [&] {
            const std::lock_guard lock(world.mutex);
            return world.looks;
        };
        auto fleet = makeFleet(world);
        fleet->resize(1, false);
        QTRY_VERIFY(allRun(*fleet, 1));
        fleet->release(false);
        QTRY_COMPARE(fleet->snapshot().count(UnitState::Stopping), 1U);
        ask();
        const int before = looks();
        QTRY_VERIFY(looks() > before + 3);
        world.setAll(UnitStatus::Phase::Gone, "ended");
        QTRY_VERIFY(fleet->isReleased());
        QVERIFY(fleet->snapshot().units.empty());
        QVERIFY(std::filesystem::exists(world.requestFile)); // whoever asked sees that nobody took it
        {
            const std::lock_guard lock(world.mutex);
            QCOMPARE(world.starts, 1);
        }
        // One that goes on takes it.
        fleet->resize(1, false);
        QTRY_VERIFY(allRun(*fleet, 4));
        QVERIFY(!std::filesystem::exists(world.requestFile));
    }

    /// Kept nodes that were being given back when the process ended are given back by the next one.
    void whatIsOnItsWayOutIsKeptNoLonger()
    {
        World world;
        world.stops = false; // the provider takes its time
        {
            auto fleet = makeFleet(world);
            fleet->resize(3, true);
            QTRY_VERIFY(allRun(*fleet, 3));
            fleet->resize(1, false);
            QTRY_COMPARE(world.stopped.size(), std::size_t{2});
            QVERIFY(!fleet->isReleased());
        }
        world.stops = true;
        auto next = makeFleet(world, *world.ledger.units());
        next->settle();
        QTRY_VERIFY(next->isReleased() && allRun(*next, 1));
        QCOMPARE(world.starts, 1);
        QCOMPARE(world.ledger.size(), std::size_t{1});
    }

    void shrinkingToACountNeverGrows()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(2, false);
        QTRY_VERIFY(allRun(*fleet, 2));
        fleet->shrinkTo(4);
        fleet->shrinkTo(1);
        fleet->shrinkTo(2);
        QTRY_VERIFY(allRun(*fleet, 1));
        QCOMPARE(fleet->snapshot().target, 1U);
        QCOMPARE(world.starts, 1);
    }

    /// Nobody may ask for a while: what runs is not lost, and is there again afterwards.
    void expiredCredentialsLoseNothing()
    {
        World world;
        auto fleet = makeFleet(world);
        fleet->resize(2, false);
        QTRY_VERIFY(allRun(*fleet, 2));
        {
            const std::lock_guard lock(world.mutex);
            world.statusError = {ErrorCode::ProviderDenied, "the token has expired"};
        }
        QTRY_COMPARE(fleet->snapshot().trouble.code, ErrorCode::ProviderDenied);
        QVERIFY(allRun(*fleet, 2));
        QCOMPARE(world.nodeCount(), std::size_t{2});
        QCOMPARE(world.ledger.size(), std::size_t{2});
        {
            const std::lock_guard lock(world.mutex);
            world.statusError = {ErrorCode::None, {}};
        }
        QTRY_COMPARE(fleet->snapshot().trouble.code, ErrorCode::None);
        QVERIFY(allRun(*fleet, 2));
        QCOMPARE(world.starts, 1);
        QVERIFY(world.stopped.empty());
    }

    /// Two of four were started before it failed: they work, the others are ended by name and asked for once more.
    void aPartOfAnAllocationWorks()
    {
        World world;
        world.startError = {ErrorCode::ProviderRefused, "node-c: no route to host"};
        world.startedBeforeError = 2;
        auto fleet = makeFleet(world);
        fleet->resize(4, false);
        QTRY_VERIFY(fleet->snapshot().count(UnitState::Running) >= 2);
        {
            const std::lock_guard lock(world.mutex);
            world.startError = {ErrorCode::None, {}};
        }
        QTRY_VERIFY(allRun(*fleet, 4));
        QTRY_COMPARE(world.ledger.size(), std::size_t{4});
        const std::lock_guard lock(world.mutex);
        QVERIFY(world.starts >= 2);
        QVERIFY(!world.stopped.empty());
        QVERIFY(std::ranges::all_of(world.stopped, [](const std::string& id) { return id.empty(); }));
    }
};

QTEST_GUILESS_MAIN(FleetFaultsTest)
#include "test_fleet_faults.moc"
