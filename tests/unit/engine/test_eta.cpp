// SPDX-License-Identifier: GPL-3.0-or-later
// e17 on a clock of its own: no ETA for three seconds, then one that comes true.
#include <QTest>

#include "app/core/engine/eta.h"
#include "app/core/engine/throughput_meter.h"

#include <random>
#include <vector>

using namespace std::chrono_literals;
using vitfleet::app::etaSeconds;
using vitfleet::app::ThroughputMeter;

namespace {

using Time = std::chrono::steady_clock::time_point;

/// Hands in `batch` items whenever it has made them, each of which takes a third more or less than usual.
struct Node
{
    std::uint64_t batch;
    std::chrono::duration<double> perItem;
    ThroughputMeter meter{};
    Time next{};
};

struct Told
{
    Time at;
    std::uint64_t done;
    std::optional<double> eta;
};

/// What is told four times a second until the last of `items` is done, and when that was.
std::pair<std::vector<Told>, Time> course(std::vector<Node> nodes, std::uint64_t items)
{
    std::mt19937 random(7);
    std::uniform_real_distribution<double> jitter(2.0 / 3, 4.0 / 3);
    const auto after = [&](Node& node) {
        node.next +=
            std::chrono::duration_cast<Time::duration>(node.perItem * static_cast<double>(node.batch) * jitter(random));
    };
    std::optional<Time> first;
    std::uint64_t done = 0;
    std::vector<Told> told;
    Time now{};
    for (Node& node : nodes)
        after(node);
    while (done < items) {
        now += 10ms;
        for (Node& node : nodes) {
            if (node.next > now || done == items)
                continue;
            const std::uint64_t made = std::min(node.batch, items - done);
            node.meter.add(made, now);
            done += made;
            first = first.value_or(now);
            after(node);
        }
        if (now.time_since_epoch() % 250ms != 0ms)
            continue;
        double rate = 0;
        for (Node& node : nodes)
            rate += static_cast<double>(node.meter.perSecond(now));
        told.push_back({now, done, etaSeconds(items - done, rate, first ? std::optional(now - *first) : std::nullopt)});
    }
    return {told, now};
}

} // namespace

class TestEta : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isBlankAtFirst();
    void comesTrue_data();
    void comesTrue();
};

void TestEta::isBlankAtFirst()
{
    QVERIFY(!etaSeconds(100, 10, std::nullopt));
    QVERIFY(!etaSeconds(100, 10, 3s));
    QVERIFY(!etaSeconds(100, 0, 10s)); // nothing moves
    QCOMPARE(etaSeconds(100, 10, 3'001ms).value_or(0), 10.0);
}

void TestEta::comesTrue_data()
{
    QTest::addColumn<int>("nodes");
    QTest::addColumn<int>("items");
    QTest::newRow("one") << 1 << 4'000;
    QTest::newRow("two, one of them slow") << 2 << 5'000;
    QTest::newRow("twenty") << 20 << 100'000;
}

void TestEta::comesTrue()
{
    QFETCH(int, nodes);
    QFETCH(int, items);
    std::vector<Node> fleet;
    for (int i = 0; i < nodes; ++i)
        fleet.push_back({static_cast<std::uint64_t>(4 + i % 5), std::chrono::duration<double>(i % 2 ? 0.04 : 0.01)});
    const auto [told, end] = course(std::move(fleet), static_cast<std::uint64_t>(items));
    QVERIFY(told.size() > 60);
    int judged = 0;
    for (const Told& moment : told) {
        if (moment.at.time_since_epoch() <= 3s)
            QVERIFY(!moment.eta);
        if (moment.done * 10 < static_cast<std::uint64_t>(items))
            continue;
        ++judged;
        QVERIFY(moment.eta);
        const double left = std::chrono::duration<double>(end - moment.at).count();
        // A fifth of it; half a second is what a clock of seconds shows.
        QVERIFY2(std::abs(*moment.eta - left) <= std::max(left / 5, 0.5),
                 qPrintable(QStringLiteral("%1 s were told, %2 s were left").arg(*moment.eta).arg(left)));
    }
    QVERIFY(judged > 40);
}

QTEST_GUILESS_MAIN(TestEta)
#include "test_eta.moc"
