// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/event_loop.h"
#include "tests/support/loop_until.h"
#include "tests/support/manual_time.h"

#include <QScopeGuard>
#include <QTest>

#include <atomic>
#include <future>
#include <optional>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <vector>

using namespace vitfleet;
using namespace std::chrono_literals;

namespace {

UniqueFd makeEvent(unsigned count = 0)
{
    return UniqueFd(::eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK));
}

void signal(const UniqueFd& fd)
{
    const std::uint64_t one = 1;
    QCOMPARE(::write(fd.get(), &one, sizeof one), ssize_t(sizeof one));
}

void drain(const UniqueFd& fd)
{
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(fd.get(), &count, sizeof count);
}

} // namespace

class TestEventLoop : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tasksRunInOrder();
    void stopKeepsLaterTasks();
    void tasksComeFromOtherThreads();
    void tasksMayPost();
    void levelTriggerRepeats();
    void edgeTriggerDoesNot();
    void hangUpsAreReported();
    void watchesEndThemselves();
    void watchesEndEachOther();
    void watchesMayBeAddedInCallbacks();
    void descriptorsAreReused();
    void timersFireInOrder();
    void timersEndThemselves();
    void intervalsRepeat();
    void missedIntervalsAreSkipped();
    void zeroDelaysDoNotStarveOthers();
    void timersGoByTheTimeThatTheyAreGiven();
    void handlesOutliveTheLoop();
};

void TestEventLoop::tasksRunInOrder()
{
    EventLoop loop;
    std::vector<int> order;
    for (int i = 0; i < 5; ++i)
        loop.post([&order, i] { order.push_back(i); });
    loop.stop();
    loop.run();
    QCOMPARE(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

void TestEventLoop::stopKeepsLaterTasks()
{
    EventLoop loop;
    int before = 0;
    int after = 0;
    loop.post([&] { ++before; });
    loop.stop();
    loop.post([&] { ++after; });
    loop.run();
    QCOMPARE(before, 1);
    QCOMPARE(after, 0);
    loop.stop();
    loop.run();
    QCOMPARE(after, 1);
}

void TestEventLoop::tasksComeFromOtherThreads()
{
    EventLoop loop;
    int sum = 0; // only the loop's thread touches it
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i)
                loop.post([&sum] { ++sum; });
        });
    }
    QVERIFY(test::loopUntil(loop, [&] { return sum == 4000; }));
    for (std::thread& thread : threads)
        thread.join();
}

void TestEventLoop::tasksMayPost()
{
    EventLoop loop;
    int depth = 0;
    std::function<void()> deeper = [&] {
        if (++depth < 100)
            loop.post(deeper);
        else
            loop.stop();
    };
    loop.post(deeper);
    loop.run();
    QCOMPARE(depth, 100);
}

void TestEventLoop::levelTriggerRepeats()
{
    EventLoop loop;
    const UniqueFd fd = makeEvent(1);
    int calls = 0;
    const Subscription watch = loop.watch(fd.get(), EventLoop::Trigger::Level, [&] {
        if (++calls == 3)
            drain(fd);
    });
    QVERIFY(test::loopUntil(loop, [&] { return calls == 3; }));
    test::loopFor(loop, 10ms);
    QCOMPARE(calls, 3);
}

void TestEventLoop::edgeTriggerDoesNot()
{
    EventLoop loop;
    const UniqueFd fd = makeEvent();
    int calls = 0;
    const Subscription watch = loop.watch(fd.get(), EventLoop::Trigger::Edge, [&] { ++calls; });
    signal(fd);
    QVERIFY(test::loopUntil(loop, [&] { return calls == 1; }));
    test::loopFor(loop, 10ms);
    QCOMPARE(calls, 1);
    signal(fd);
    QVERIFY(test::loopUntil(loop, [&] { return calls == 2; }));
}

void TestEventLoop::hangUpsAreReported()
{
    EventLoop loop;
    int ends[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const UniqueFd mine(ends[0]);
    UniqueFd theirs(ends[1]);
    bool told = false;
    Subscription watch;
    watch = loop.watch(mine.get(), EventLoop::Trigger::Level, [&] {
        told = true;
        watch.run();
    });
    theirs.reset();
    QVERIFY(test::loopUntil(loop, [&] { return told; }));
}

void TestEventLoop::watchesEndThemselves()
{
    EventLoop loop;
    const UniqueFd fd = makeEvent(1);
    int calls = 0;
    std::optional<Subscription> watch;
    const auto big = std::make_shared<int>(42); // lives in the callback, which must outlive its own end
    watch = loop.watch(fd.get(), EventLoop::Trigger::Level, [&calls, &watch, big] {
        watch.reset();
        calls += *big;
    });
    test::loopFor(loop, 10ms);
    QCOMPARE(calls, 42);
}

void TestEventLoop::watchesEndEachOther()
{
    EventLoop loop;
    const UniqueFd first = makeEvent(1);
    const UniqueFd second = makeEvent(1);
    int calls = 0;
    Subscription firstWatch;
    Subscription secondWatch;
    firstWatch = loop.watch(first.get(), EventLoop::Trigger::Level, [&] {
        ++calls;
        firstWatch.run();
        secondWatch.run();
    });
    secondWatch = loop.watch(second.get(), EventLoop::Trigger::Level, [&] {
        ++calls;
        firstWatch.run();
        secondWatch.run();
    });
    test::loopFor(loop, 10ms);
    QCOMPARE(calls, 1); // both were ready in the same round
}

void TestEventLoop::watchesMayBeAddedInCallbacks()
{
    EventLoop loop;
    std::vector<UniqueFd> fds;
    std::vector<Subscription> watches;
    std::function<void()> addAnother = [&] {
        drain(fds.back());
        if (fds.size() == 300) // more than one round of epoll gives
            return;
        fds.push_back(makeEvent(1));
        watches.push_back(loop.watch(fds.back().get(), EventLoop::Trigger::Edge, addAnother));
    };
    fds.push_back(makeEvent(1));
    watches.push_back(loop.watch(fds.back().get(), EventLoop::Trigger::Edge, addAnother));
    QVERIFY(test::loopUntil(loop, [&] { return fds.size() == 300; }));
}

void TestEventLoop::descriptorsAreReused()
{
    EventLoop loop;
    UniqueFd fd = makeEvent();
    const int number = fd.get();
    Subscription stale = loop.watch(number, EventLoop::Trigger::Level, [] {});
    fd.reset(); // against the rules: before its watch has ended
    fd = makeEvent(1);
    QCOMPARE(fd.get(), number);
    bool called = false;
    const Subscription watch = loop.watch(number, EventLoop::Trigger::Edge, [&] { called = true; });
    stale.run();
    QVERIFY(test::loopUntil(loop, [&] { return called; }));
}

void TestEventLoop::timersFireInOrder()
{
    EventLoop loop;
    std::vector<int> order;
    const auto start = EventLoop::Clock::now();
    const Subscription late = loop.after(20ms, [&] { order.push_back(2); });
    const Subscription early = loop.after(5ms, [&] { order.push_back(1); });
    const Subscription now = loop.after(0ms, [&] { order.push_back(0); });
    Subscription never = loop.after(1ms, [&] { order.push_back(9); });
    never.run();
    QVERIFY(test::loopUntil(loop, [&] { return order.size() == 3; }));
    QCOMPARE(order, (std::vector<int>{0, 1, 2}));
    QVERIFY(EventLoop::Clock::now() - start >= 20ms);
}

void TestEventLoop::timersEndThemselves()
{
    EventLoop loop;
    int ticks = 0;
    std::optional<Subscription> timer;
    timer = loop.every(1ms, [&] {
        if (++ticks == 3)
            timer.reset();
    });
    QVERIFY(test::loopUntil(loop, [&] { return ticks == 3; }));
    test::loopFor(loop, 20ms);
    QCOMPARE(ticks, 3);
}

void TestEventLoop::intervalsRepeat()
{
    EventLoop loop;
    int ticks = 0;
    const auto start = EventLoop::Clock::now();
    const Subscription timer = loop.every(5ms, [&] { ++ticks; });
    QVERIFY(test::loopUntil(loop, [&] { return ticks == 10; }));
    QVERIFY(EventLoop::Clock::now() - start >= 50ms);
}

void TestEventLoop::missedIntervalsAreSkipped()
{
    EventLoop loop;
    int ticks = 0;
    const Subscription timer = loop.every(10ms, [&] { ++ticks; });
    // A task that holds the loop for fifty intervals.
    loop.post([] {
        const auto until = EventLoop::Clock::now() + 500ms;
        while (EventLoop::Clock::now() < until) {
        }
    });
    // Made up for, they would all come at once. On a busy machine a few may pass before they are looked at.
    QVERIFY(test::loopUntil(loop, [&] { return ticks > 0; }));
    QVERIFY2(ticks < 25, qPrintable(QString::number(ticks)));
    const int before = ticks;
    QVERIFY(test::loopUntil(loop, [&] { return ticks > before; }));
}

void TestEventLoop::zeroDelaysDoNotStarveOthers()
{
    EventLoop loop;
    const UniqueFd fd = makeEvent(1);
    bool readable = false;
    bool posted = false;
    std::vector<Subscription> timers;
    std::function<void()> again = [&] { timers.push_back(loop.after(0ms, again)); };
    again();
    const Subscription watch = loop.watch(fd.get(), EventLoop::Trigger::Edge, [&] { readable = true; });
    loop.post([&] { posted = true; });
    QVERIFY(test::loopUntil(loop, [&] { return readable && posted; }));
}

void TestEventLoop::timersGoByTheTimeThatTheyAreGiven()
{
    test::ManualTime time;
    EventLoop loop(time);
    std::atomic<int> once = 0, often = 0;
    std::promise<void> flowed;
    const Subscription first = loop.after(250ms, [&] { ++once; }), second = loop.every(100ms, [&] {
        if (++often == 2 + 6'000 + 1)
            flowed.set_value();
    });
    std::thread thread([&] { loop.run(); });
    const auto end = qScopeGuard([&] {
        loop.stop();
        thread.join();
    });
    time.advance(loop, 99ms);
    QCOMPARE(often, 0);
    time.advance(loop, 1ms);
    QCOMPARE(often, 1);
    time.advance(loop, 149ms);
    QCOMPARE(often, 2);
    QCOMPARE(once, 0);
    time.advance(loop, 1ms);
    QCOMPARE(once, 1);
    time.advance(loop, 10min, 100ms);
    QCOMPARE(once, 1);
    QCOMPARE(often, 2 + 6'000);
    time.flow();
    loop.post([] {}); // or it would look again only when the next timer seemed due
    QVERIFY(flowed.get_future().wait_for(30s) == std::future_status::ready);
}

void TestEventLoop::handlesOutliveTheLoop()
{
    const UniqueFd fd = makeEvent();
    Subscription watch;
    Subscription timer;
    {
        EventLoop loop;
        watch = loop.watch(fd.get(), EventLoop::Trigger::Level, [] {});
        timer = loop.every(1s, [] {});
    }
    watch.run();
    timer.run();
}

QTEST_APPLESS_MAIN(TestEventLoop)
#include "test_event_loop.moc"
