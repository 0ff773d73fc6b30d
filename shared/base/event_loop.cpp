// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace vitfleet {

struct EventLoop::Private
{
    // Actions are shared because one that ends its own subscription must live until it has returned.
    using Action = std::shared_ptr<const std::function<void()>>;
    using Id = std::uint64_t;
    static constexpr Id wakeUp = 0; ///< epoll's tag of the event descriptor; subscriptions count from 1

    struct Watch
    {
        int fd;
        Action action;
    };
    struct Timer
    {
        Clock::time_point due;
        Clock::duration interval; ///< zero: once
        Action action;
    };

    UniqueFd epollFd{::epoll_create1(EPOLL_CLOEXEC)};
    UniqueFd eventFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    Id lastId = wakeUp;
    std::unordered_map<Id, Watch> watches;
    std::unordered_map<int, Id> watchOfFd;
    std::unordered_map<Id, Timer> timers;
    std::map<std::pair<Clock::time_point, Id>, Id> timerOrder;

    std::mutex mutex;
    std::deque<std::function<void()>> tasks; ///< guarded by mutex; an empty function is a stop()

    const TimeSource& time;

    explicit Private(const TimeSource& timeSource);
    Id addTimer(Clock::time_point due, Clock::duration interval, std::function<void()> action);
    void removeWatch(Id id);
    void removeTimer(Id id);
    void enqueue(std::function<void()> task);
    bool runTasks();
    void runTimers();
    int timeoutMs();
    void dispatch(int timeout);
};

EventLoop::Private::Private(const TimeSource& timeSource) : time(timeSource)
{
    // Nothing can work without these two, and the only cause is a process out of descriptors.
    if (!epollFd || !eventFd)
        std::abort();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = wakeUp;
    ::epoll_ctl(epollFd.get(), EPOLL_CTL_ADD, eventFd.get(), &event);
}

EventLoop::Private::Id EventLoop::Private::addTimer(Clock::time_point due, Clock::duration interval,
                                                    std::function<void()> action)
{
    const Id id = ++lastId;
    timers.emplace(id, Timer{due, interval, std::make_shared<const std::function<void()>>(std::move(action))});
    timerOrder.emplace(std::pair(due, id), id);
    return id;
}

void EventLoop::Private::removeWatch(Id id)
{
    const auto found = watches.find(id);
    if (found == watches.end())
        return;
    const int fd = found->second.fd;
    // The number may by now belong to another watch, if its first owner closed it too early: leave that one alone.
    if (const auto owner = watchOfFd.find(fd); owner != watchOfFd.end() && owner->second == id) {
        ::epoll_ctl(epollFd.get(), EPOLL_CTL_DEL, fd, nullptr);
        watchOfFd.erase(owner);
    }
    watches.erase(found);
}

void EventLoop::Private::removeTimer(Id id)
{
    if (const auto found = timers.find(id); found != timers.end()) {
        timerOrder.erase(std::pair(found->second.due, id));
        timers.erase(found);
    }
}

void EventLoop::Private::enqueue(std::function<void()> task)
{
    bool first = false;
    {
        const std::lock_guard lock(mutex);
        first = tasks.empty();
        tasks.push_back(std::move(task));
    }
    if (first) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(eventFd.get(), &one, sizeof one);
    }
}

/// Runs what was posted up to now; false where that included a stop().
bool EventLoop::Private::runTasks()
{
    std::deque<std::function<void()>> batch;
    {
        const std::lock_guard lock(mutex);
        batch.swap(tasks);
    }
    while (!batch.empty()) {
        const std::function<void()> task = std::move(batch.front());
        batch.pop_front();
        if (task) {
            task();
            continue;
        }
        const std::lock_guard lock(mutex);
        tasks.insert(tasks.begin(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
        return false;
    }
    return true;
}

void EventLoop::Private::runTimers()
{
    // Only those due at this moment, so that an action which always adds another cannot hold the loop.
    const Clock::time_point now = time.steady();
    const Id newest = lastId;
    std::vector<Id> due;
    for (auto it = timerOrder.begin(); it != timerOrder.end() && it->first.first <= now; ++it)
        due.push_back(it->second);
    for (const Id id : due) {
        const auto found = timers.find(id);
        if (found == timers.end() || id > newest)
            continue;
        Timer& timer = found->second;
        const Action action = timer.action;
        timerOrder.erase(std::pair(timer.due, id));
        if (timer.interval == Clock::duration::zero()) {
            timers.erase(found);
        } else {
            timer.due += timer.interval;
            if (timer.due <= now)
                timer.due = now + timer.interval;
            timerOrder.emplace(std::pair(timer.due, id), id);
        }
        (*action)();
    }
}

int EventLoop::Private::timeoutMs()
{
    {
        const std::lock_guard lock(mutex);
        if (!tasks.empty())
            return 0;
    }
    if (timerOrder.empty())
        return -1;
    const auto left = timerOrder.begin()->first.first - time.steady();
    // Rounded up: waking early would spin until the timer is due.
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::clamp<std::int64_t>(ms, 0, INT_MAX));
}

void EventLoop::Private::dispatch(int timeout)
{
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epollFd.get(), events.data(), static_cast<int>(events.size()), timeout);
    for (int i = 0; i < count; ++i) {
        const Id id = events[static_cast<std::size_t>(i)].data.u64;
        if (id == wakeUp) {
            std::uint64_t ignored = 0;
            [[maybe_unused]] const auto got = ::read(eventFd.get(), &ignored, sizeof ignored);
            continue;
        }
        // An earlier callback of this round may have ended it.
        if (const auto found = watches.find(id); found != watches.end()) {
            const Action action = found->second.action;
            (*action)();
        }
    }
}

EventLoop::EventLoop(const TimeSource& time) : d(std::make_shared<Private>(time)) {}

EventLoop::~EventLoop() = default;

Subscription EventLoop::watch(int fd, Trigger trigger, std::function<void()> onReadable)
{
    const Private::Id id = ++d->lastId;
    epoll_event event{};
    event.events = EPOLLIN | (trigger == Trigger::Edge ? static_cast<std::uint32_t>(EPOLLET) : 0U);
    event.data.u64 = id;
    if (::epoll_ctl(d->epollFd.get(), EPOLL_CTL_ADD, fd, &event) != 0)
        std::abort(); // not a descriptor that can be waited for, or watched twice: a bug of the caller
    d->watches.emplace(id, Private::Watch{fd, std::make_shared<const std::function<void()>>(std::move(onReadable))});
    d->watchOfFd[fd] = id;
    return Subscription([weak = std::weak_ptr(d), id] {
        if (const auto loop = weak.lock())
            loop->removeWatch(id);
    });
}

Subscription EventLoop::every(Clock::duration interval, std::function<void()> action)
{
    // Zero would mean "once" inside and spin outside.
    const auto step = std::max<Clock::duration>(interval, std::chrono::milliseconds(1));
    const auto id = d->addTimer(d->time.steady() + step, step, std::move(action));
    return Subscription([weak = std::weak_ptr(d), id] {
        if (const auto loop = weak.lock())
            loop->removeTimer(id);
    });
}

Subscription EventLoop::after(Clock::duration delay, std::function<void()> action)
{
    const auto due = d->time.steady() + std::max(delay, Clock::duration::zero());
    const auto id = d->addTimer(due, Clock::duration::zero(), std::move(action));
    return Subscription([weak = std::weak_ptr(d), id] {
        if (const auto loop = weak.lock())
            loop->removeTimer(id);
    });
}

const TimeSource& EventLoop::time() const
{
    return d->time;
}

void EventLoop::post(std::function<void()> task)
{
    if (task)
        d->enqueue(std::move(task));
}

void EventLoop::run()
{
    while (d->runTasks()) {
        d->dispatch(d->timeoutMs());
        d->runTimers();
    }
}

void EventLoop::stop()
{
    d->enqueue({});
}

} // namespace vitfleet
