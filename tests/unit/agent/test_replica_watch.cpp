// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "agent/core/replica_watch.h"

#include <algorithm>

using namespace vitfleet::agent;
using namespace std::chrono_literals;

class TestReplicaWatch : public QObject
{
    Q_OBJECT

private:
    using Replica = ReplicaWatch::Replica;
    const ReplicaWatch::TimePoint m_start = std::chrono::steady_clock::now();

private Q_SLOTS:
    void oneAmongOthersThatGoOn()
    {
        ReplicaWatch watch;
        ReplicaWatch::Stall stall;
        for (std::uint64_t second = 0; second <= 9; ++second) {
            const Replica replicas[] = {{second * 50, true}, {7, true}, {second * 40, true}};
            stall = watch.look(replicas, m_start + std::chrono::seconds(second));
        }
        QCOMPARE(stall.replica, 1U);
        QVERIFY(stall.time == 9s);
    }

    void whoMovesOrRestsDoesNotStandStill()
    {
        ReplicaWatch watch;
        for (std::uint64_t second = 0; second <= 20; ++second) {
            const Replica replicas[] = {{second, true}, {7, false}};
            QVERIFY(watch.look(replicas, m_start + std::chrono::seconds(second)).time == 0s);
        }
    }

    void whoGoesOnIsForgiven()
    {
        ReplicaWatch watch;
        for (const auto& [second, progress] : {std::pair<int, std::uint64_t>{0, 5}, {1, 50}, {9, 50}, {10, 90}}) {
            const Replica replicas[] = {{progress, true}};
            const auto stall = watch.look(replicas, m_start + std::chrono::seconds(second));
            QVERIFY(stall.time == (second == 9 ? 8s : 0s));
        }
    }

    /// One raise since it rested: nobody knows that its step took a second.
    void whoHangsInItsFirstStepsIsNotSlow()
    {
        ReplicaWatch watch;
        const auto at = [&](int second, std::uint64_t progress, bool busy) {
            const Replica replicas[] = {{progress, busy}};
            return watch.look(replicas, m_start + std::chrono::seconds(second)).time;
        };
        QVERIFY(at(0, 7, false) == 0s);
        QVERIFY(at(1, 8, true) == 0s);
        for (int second = 2; second <= 11; ++second)
            QVERIFY(at(second, 8, true) == std::chrono::seconds(second - 1));
    }

    /// On a busy machine looks are late by as much as counts for a long step.
    void aLateLookAfterARestMakesNobodySlow()
    {
        ReplicaWatch watch;
        const auto at = [&](std::chrono::milliseconds time, std::uint64_t progress, bool busy) {
            const Replica replicas[] = {{progress, busy}};
            return watch.look(replicas, m_start + time).time;
        };
        QVERIFY(at(0ms, 7, false) == 0s);
        QVERIFY(at(1900ms, 8, true) == 0s); // it began just before, and hangs from now on
        for (auto time = 2900ms; time <= 12900ms; time += 1000ms)
            QVERIFY(at(time, 8, true) == time - 1900ms);
    }

    /// What P4 is made of: a replica that hangs at any moment between two looks, after any number of steps since it
    /// rested, is known to stand still from the first look on that sees its last step.
    void whenItHungIsKnownToALook()
    {
        for (const auto step : {20ms, 200ms, 900ms}) {
            for (auto begins = 0ms; begins < 1000ms; begins += 50ms) {
                for (auto hangs = begins; hangs < begins + 3000ms; hangs += 70ms) {
                    ReplicaWatch watch;
                    ReplicaWatch::Stall stall;
                    std::chrono::milliseconds time = 0ms;
                    for (; time < hangs + 9000ms; time += 1000ms) {
                        const Replica replicas[] = {
                            {static_cast<std::uint64_t>((std::clamp(time, begins, hangs) - begins) / step),
                             time >= begins}};
                        stall = watch.look(replicas, m_start + time);
                    }
                    const auto sinceHung = time - 1000ms - hangs;
                    QVERIFY2(stall.time >= sinceHung - 1000ms, qPrintable(QString::number(hangs.count())));
                }
            }
        }
    }

    /// Three seconds a layer: ten of them are waited for, not ten seconds.
    void aSlowOneIsGivenTenOfItsSteps()
    {
        ReplicaWatch watch;
        const auto at = [&](int second, std::uint64_t progress) {
            const Replica replicas[] = {{progress, true}};
            return watch.look(replicas, m_start + std::chrono::seconds(second)).time;
        };
        for (int second = 0; second <= 30; ++second) {
            const auto still = at(second, static_cast<std::uint64_t>(second / 3));
            QVERIFY(still == 0s || second < 3); // until its first step nobody knows how long one takes
        }
        QVERIFY(at(59, 10) == 0s);
        QVERIFY(at(60, 10) == 30s);
    }

    void anotherRunBeginsAnew()
    {
        ReplicaWatch watch;
        const Replica one[] = {{5, true}};
        const Replica two[] = {{5, true}, {5, true}};
        static_cast<void>(watch.look(one, m_start));
        QVERIFY(watch.look(two, m_start + 60s).time == 0s);
        QVERIFY(watch.look(two, m_start + 70s).time == 10s);
    }
};

QTEST_GUILESS_MAIN(TestReplicaWatch)
#include "test_replica_watch.moc"
