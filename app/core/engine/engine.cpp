// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine.h"

#include "app/core/engine/disk_thread.h"
#include "app/core/engine/fleet.h"
#include "app/core/engine/run_controller.h"
#include "app/core/engine/snapshots.h"
#include "shared/base/log.h"

#include <pthread.h>

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace vitfleet::app {
namespace {

using namespace std::chrono_literals;

constexpr auto tickInterval = 100ms;
/// A snapshot of a thousand nodes costs milliseconds: of this thread's time they get at most one part in so many, and
/// a view at least one a second.
constexpr int snapshotShare = 1000;
constexpr std::chrono::nanoseconds longestPause = 1s;

/// Callbacks of one kind. Called in the engine's thread; ending one waits for a call in progress.
template <typename Argument>
class Subscribers
{
public:
    std::uint64_t add(std::function<void(Argument)> callback)
    {
        const std::lock_guard lock(m_mutex);
        m_callbacks.emplace(++m_last, std::move(callback));
        return m_last;
    }
    void remove(std::uint64_t id)
    {
        const std::lock_guard lock(m_mutex);
        m_callbacks.erase(id);
    }
    void call(Argument argument)
    {
        const std::lock_guard lock(m_mutex);
        // A copy: a callback may end its own subscription.
        const auto callbacks = m_callbacks;
        for (const auto& [id, callback] : callbacks) {
            if (m_callbacks.contains(id))
                callback(argument);
        }
    }
    void callOne(std::uint64_t id, Argument argument)
    {
        const std::lock_guard lock(m_mutex);
        if (const auto found = m_callbacks.find(id); found != m_callbacks.end())
            std::function<void(Argument)>(found->second)(argument);
    }

private:
    std::recursive_mutex m_mutex;
    std::map<std::uint64_t, std::function<void(Argument)>> m_callbacks;
    std::uint64_t m_last = 0;
};

} // namespace

struct Engine::Private
{
    using SnapshotPtr = std::shared_ptr<const FleetSnapshot>;

    explicit Private(Parts engineParts) : parts(std::move(engineParts)), loop(parts.time) {}

    Parts parts;
    EventLoop loop;
    std::thread thread;
    std::shared_ptr<Subscribers<SnapshotPtr>> snapshots = std::make_shared<Subscribers<SnapshotPtr>>();
    std::shared_ptr<Subscribers<const EventRecord&>> events = std::make_shared<Subscribers<const EventRecord&>>();
    mutable std::mutex lastMutex;
    SnapshotPtr last = std::make_shared<FleetSnapshot>();
    std::string publicKey, fingerprint;

    // Engine thread only.
    std::unique_ptr<Fleet> fleet;
    std::unique_ptr<RunController> run;
    Subscription ticker;
    bool dirty = true;
    std::chrono::steady_clock::time_point publishedAt{};
    std::chrono::nanoseconds pause{}; ///< after that, before the next

    void setUp();
    void tearDown();
    void emit(EventRecord event);
    void tick();
    void publish();
    void stopNode(NodeId id, When when);
    void removeNode(NodeId id, When when);
};

void Engine::Private::setUp()
{
    const auto changed = [this] { dirty = true; };
    const auto emitEvent = [this](EventRecord event) { emit(std::move(event)); };
    auto link = parts.makeLink(loop);
    publicKey = link->publicKey();
    fingerprint = link->fingerprint();
    fleet = std::make_unique<Fleet>(loop, std::move(link), parts.provisioner, emitEvent);
    run = std::make_unique<RunController>(loop, parts.store, *fleet, emitEvent, changed);
    fleet->setObserver({
        [this](Node& node) { run->nodeUp(node); },
        [this](Node& node) { run->nodeGone(node); },
        [this](Node& node, bool suspect) { run->nodeSuspect(node, suspect); },
        [this](Node& node) { run->nodeBeat(node); },
        [this](Node& node, protocol::Message message, protocol::BytesView payload) {
            run->nodeMessage(node, std::move(message), payload);
        },
        [this](NodeId id) { run->nodeRemoved(id); },
        changed,
    });
    parts.store.writer().setCallbacks({
        [this](std::vector<std::uint64_t> tokens) {
            loop.post([this, tokens = std::move(tokens)] {
                if (run)
                    run->committed(tokens);
            });
        },
        [this](const Error& error) {
            loop.post([this, error] {
                if (run)
                    run->storeTrouble(error);
            });
        },
    });
    ticker = loop.every(tickInterval, [this] { tick(); });
}

void Engine::Private::tearDown()
{
    ticker.run();
    parts.store.writer().setCallbacks({});
    run.reset();
    fleet.reset();
}

void Engine::Private::emit(EventRecord event)
{
    event.at = parts.time.unixMs();
    // What befalls the fleet during a run belongs to the run's story.
    if (event.run == RunId() && run && run->isActive())
        event.run = run->id();
    parts.store.writer().addEvent(event);
    events->call(event);
    dirty = true;
}

void Engine::Private::tick()
{
    fleet->tick();
    run->tick();
    // Ages and rates move by themselves: once a second without any other news.
    if (const auto age = parts.time.steady() - publishedAt; age >= (dirty ? pause : longestPause))
        publish();
}

void Engine::Private::publish()
{
    const auto begun = parts.time.threadTime();
    dirty = false;
    auto snapshot = std::make_shared<const FleetSnapshot>(makeSnapshot(*fleet, *run, parts.time));
    publishedAt = parts.time.steady();
    {
        const std::lock_guard lock(lastMutex);
        last = snapshot;
    }
    snapshots->call(snapshot);
    pause = std::min(snapshotShare * (parts.time.threadTime() - begun), longestPause);
}

void Engine::Private::stopNode(NodeId id, When when)
{
    Node* node = fleet->find(id);
    if (!node || node->state == NodeState::Stopped)
        return;
    if (!node->up) {
        fleet->stop(id);
        return;
    }
    node->stopping = true;
    run->drain(*node, when == When::Now);
}

void Engine::Private::removeNode(NodeId id, When when)
{
    Node* node = fleet->find(id);
    if (!node)
        return;
    node->removing = true;
    if (!node->up) {
        fleet->remove(id);
        return;
    }
    run->drain(*node, when == When::Now);
}

Engine::Engine(Parts parts) : d(std::make_unique<Private>(std::move(parts)))
{
    std::promise<void> ready;
    d->thread = std::thread([this, &ready] {
        pthread_setname_np(pthread_self(), "vf-engine");
        d->setUp();
        ready.set_value();
        d->loop.run();
        d->tearDown();
    });
    ready.get_future().wait();
}

Engine::~Engine()
{
    std::promise<void> stopped;
    stopRun([&stopped](const Result<void>&) { stopped.set_value(); });
    stopped.get_future().wait();
    d->loop.stop();
    d->thread.join();
    constexpr auto diskPatience = 2s;
    if (const std::size_t left = DiskThread::join(diskPatience); left > 0)
        log::warning("disk_hangs", {{"threads", left}});
    d->parts.provisioner.stopAll();
}

void Engine::startRun(RunRequest request, Done<RunId> stored)
{
    d->loop.post([this, request = std::move(request), stored = std::move(stored)] { d->run->start(request, stored); });
}

void Engine::resumeRun(RunId run, Done<RunId> started)
{
    d->loop.post([this, run, started = std::move(started)] { d->run->resume(run, started); });
}

void Engine::setPaused(bool paused)
{
    d->loop.post([this, paused] { d->run->setPaused(paused); });
}

void Engine::stopRun(Done<void> done)
{
    d->loop.post([this, done = std::move(done)] {
        d->run->stop([this, done] {
            d->publish(); // whoever hears of the stop finds it in the snapshot
            if (done)
                done({});
        });
    });
}

void Engine::setFailurePolicy(const FailurePolicy& policy)
{
    d->loop.post([this, policy] {
        const std::chrono::milliseconds least = limits::lostAfter, most = limits::lostAfterWithBulkData;
        d->fleet->setLostAfter(std::clamp(policy.lostAfter, least, most));
        d->run->setFailurePolicy(policy);
    });
}

void Engine::setNodesWanted(std::uint32_t nodes)
{
    d->loop.post([this, nodes] { d->run->setNodesWanted(nodes); });
}

void Engine::startLocalAgents(std::uint32_t count, Done<void> done)
{
    d->loop.post([this, count, done = std::move(done)] {
        d->fleet->startLocal(count, "auto", [done](Result<void> result) {
            if (done)
                done(std::move(result));
        });
    });
}

void Engine::addNode(std::string addressLine, Done<NodeId> done)
{
    d->loop.post([this, addressLine = std::move(addressLine), done = std::move(done)] {
        auto added = d->fleet->add(addressLine);
        if (done)
            done(std::move(added));
    });
}

void Engine::addLaunchedNode(LaunchedNode node, Done<NodeId> done)
{
    d->loop.post([this, node = std::move(node), done = std::move(done)] {
        auto added = d->fleet->addLaunched(node);
        if (done)
            done(std::move(added));
    });
}

void Engine::endLaunchedNode(NodeId node, Error reason)
{
    d->loop.post([this, node, reason = std::move(reason)] { d->fleet->endLaunched(node, reason); });
}

void Engine::note(EventRecord event)
{
    d->loop.post([this, event = std::move(event)]() mutable { d->emit(std::move(event)); });
}

void Engine::drainNode(NodeId node, When when)
{
    d->loop.post([this, node, when] {
        if (Node* found = d->fleet->find(node))
            d->run->drain(*found, when == When::Now);
    });
}

void Engine::undrainNode(NodeId node)
{
    d->loop.post([this, node] {
        if (Node* found = d->fleet->find(node))
            d->run->undrain(*found);
    });
}

void Engine::stopNode(NodeId node, When when)
{
    d->loop.post([this, node, when] { d->stopNode(node, when); });
}

void Engine::removeNode(NodeId node, When when)
{
    d->loop.post([this, node, when] { d->removeNode(node, when); });
}

void Engine::killLocalAgent(NodeId node)
{
    d->loop.post([this, node] { d->fleet->killLocal(node); });
}

void Engine::restartLocalAgent(NodeId node)
{
    d->loop.post([this, node] { d->fleet->restartLocal(node); });
}

Subscription Engine::subscribe(std::function<void(std::shared_ptr<const FleetSnapshot>)> callback)
{
    const auto id = d->snapshots->add(std::move(callback));
    d->loop.post([this, id] { d->snapshots->callOne(id, snapshot()); });
    return Subscription([subscribers = d->snapshots, id] { subscribers->remove(id); });
}

Subscription Engine::subscribeEvents(std::function<void(const EventRecord&)> callback)
{
    const auto id = d->events->add(std::move(callback));
    return Subscription([subscribers = d->events, id] { subscribers->remove(id); });
}

std::shared_ptr<const FleetSnapshot> Engine::snapshot() const
{
    const std::lock_guard lock(d->lastMutex);
    return d->last;
}

std::string Engine::publicKey() const
{
    return d->publicKey;
}

std::string Engine::fingerprint() const
{
    return d->fingerprint;
}

} // namespace vitfleet::app
