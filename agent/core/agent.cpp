// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/agent.h"

#include "shared/base/log.h"
#include "shared/digest/digest.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace vitfleet::agent {
namespace {

template <typename... Handlers>
struct Overloaded : Handlers...
{
    using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>; // clang 14 does not find it by itself

Result<void> done()
{
    return {};
}

} // namespace

Agent::Agent(EventLoop& loop, AgentSettings settings, AgentParts& parts)
    : m_loop(loop), m_settings(std::move(settings)), m_parts(parts)
{
    m_settings.identity.incarnation = digest::randomU64();
    m_rate.sample(0, Clock::now());
    m_settings.identity.pid = static_cast<std::uint32_t>(::getpid());
    m_courier =
        std::make_unique<Courier>(m_loop, [this](const protocol::Message& message, protocol::BytesView payload) {
            return m_session.data() ? sendData(*m_session.data(), message, payload) : transport::SendStatus::Gone;
        });
    m_worker = std::make_unique<Worker>();
    m_run = std::make_unique<RunController>(m_loop, *m_worker, m_parts, m_settings, *m_courier);
}

Result<std::unique_ptr<Agent>> Agent::start(transport::Context& context, EventLoop& loop, Setup setup)
{
    std::unique_ptr<Agent> agent(new Agent(loop, std::move(setup.settings), setup.parts));
    Agent* self = agent.get();
    self->m_stopped = std::move(setup.stopped);
    transport::AgentSocket::Callbacks callbacks{
        .message =
            [self](Connection connection, const transport::PublicKey& peer, protocol::Message message,
                   protocol::BytesView payload) { self->onMessage(connection, peer, std::move(message), payload); },
        .badMessage = [self](Connection connection, const transport::PublicKey&,
                             const Error& error) { self->onBadMessage(connection, error); },
        .stranger = [self](const std::string& address, std::uint64_t count) { self->onStranger(address, count); },
        .closed = [self](const Error& error) { self->onPortClosed(error); },
    };
    auto socket = transport::AgentSocket::listen(context, loop, setup.listen.host, setup.listen.port, setup.keys,
                                                 std::move(setup.authorized), std::move(callbacks));
    if (!socket.ok())
        return socket.error();
    agent->m_socket = std::move(*socket);
    agent->m_beatTimer = loop.every(limits::beatInterval, [self] { self->beat(); });
    return agent;
}

Agent::~Agent()
{
    m_beatTimer.run();
    m_lateBeat.run();
    m_stopTimer.run();
    m_run->shutDown();
    m_worker.reset();
    m_run.reset();
}

void Agent::setAuthorized(std::vector<transport::PublicKey> keys)
{
    const transport::PublicKey* owner = m_session.ownerKey();
    if (owner && std::ranges::find(keys, *owner) == keys.end()) {
        log::warning("owner_revoked", {{"fingerprint", owner->fingerprint()}});
        m_session.forgetOwner();
        m_run->drop();
    }
    m_socket->setAuthorized(std::move(keys));
}

void Agent::onMessage(Connection connection, const transport::PublicKey& peer, protocol::Message message,
                      protocol::BytesView payload)
{
    if (const auto* hello = std::get_if<protocol::Hello>(&message)) {
        onHello(connection, peer, *hello);
        return;
    }
    if (!m_session.roleOf(connection)) {
        if (std::ranges::find(m_refused, connection) == m_refused.end())
            refuse(connection, Error{ErrorCode::Protocol, "a hello must come first"});
        return;
    }
    m_session.heard(Clock::now());
    if (auto handled = onOwnersMessage(message, payload); !handled.ok())
        refuse(connection, handled.error());
}

void Agent::onHello(Connection connection, const transport::PublicKey& peer, const protocol::Hello& hello)
{
    if (m_session.hasOwner() && !m_session.isOwner(peer, hello.processNonce))
        probeOwner();
    const auto before = {m_session.control(), m_session.data()};
    const auto admitted = m_session.hello(connection, peer, hello, Clock::now(), keeping());
    if (!admitted.ok()) {
        refuse(connection, admitted.error());
        return;
    }
    std::erase(m_refused, connection);
    m_takesBeatsWithResults = hello.takesBeatsWithResults;
    if (*admitted != Session::Admission::SameOwner) {
        log::info("owner", {{"fingerprint", peer.fingerprint()}, {"software", hello.software}});
        for (const auto& old : before) {
            if (old && *old != connection)
                refuse(*old, Error{ErrorCode::AgentBusy, "its owner's fingerprint is " + peer.fingerprint()});
        }
    }
    if (*admitted == Session::Admission::NextProcess) {
        m_courier->hold();
        m_run->rest(true);
    }
    if (*admitted == Session::Admission::NewOwner)
        m_run->drop();
    // What it held from before is taken back before it opens the run again: until then the queue rests.
    m_ownerWatch.returned();
    welcome(connection, hello);
    if (hello.role == protocol::ConnectionRole::Data)
        m_run->reconnected();
    else
        send(connection, makeBeat());
}

void Agent::welcome(Connection connection, const protocol::Hello& hello)
{
    protocol::Welcome welcome = m_settings.identity;
    welcome.protocolVersion = Session::commonVersion(hello).value_or(protocol::version);
    send(connection, welcome);
}

void Agent::refuse(Connection connection, const Error& error)
{
    constexpr std::size_t remembered = 256;
    log::warning("refused", {{"error", describe(error)}});
    send(connection, protocol::Refused{error.code, error.detail});
    m_session.gone(connection);
    m_refused.push_back(connection);
    if (m_refused.size() > remembered)
        m_refused.pop_front();
}

/// Somebody else wants to own the agent. libzmq tells of a connection's end only to who sends on it.
void Agent::probeOwner()
{
    for (const auto connection : {m_session.control(), m_session.data()}) {
        if (connection)
            send(*connection, makeBeat());
    }
}

Session::Keeping Agent::keeping() const
{
    using Keeping = Session::Keeping;
    if (!m_run->isOpen())
        return Keeping::Nothing;
    if (!m_run->holdsWork())
        return Keeping::Run;
    return m_courier->isHeld() ? Keeping::Unclaimed : Keeping::Work;
}

Result<void> Agent::onOwnersMessage(const protocol::Message& message, protocol::BytesView payload)
{
    const bool takesLong = std::holds_alternative<protocol::OpenRun>(message) ||
                           std::holds_alternative<protocol::ProbeFiles>(message) ||
                           std::holds_alternative<protocol::ModelPiece>(message);
    if (takesLong && m_worker->waiting() >= bounds::waitingTasks)
        return {ErrorCode::Protocol, "more than an agent does at a time"};
    return std::visit(
        Overloaded{
            [](const protocol::OwnerBeat&) { return done(); },
            [this](const protocol::OpenRun& open) { return m_run->open(open), done(); },
            [this](const protocol::CloseRun& close) { return m_run->close(close.runUid), done(); },
            [this](const protocol::ProbeFiles& probe) { return m_run->onProbe(probe), done(); },
            [&](const protocol::ModelPiece& piece) { return m_run->onModelPiece(piece, payload), done(); },
            [&](const protocol::LeasePart& part) { return m_run->onLeasePart(part, payload); },
            [&](const protocol::ItemPiece& piece) { return m_run->onItemPiece(piece, payload), done(); },
            [this](const protocol::Revoke& revoke) { return m_run->onRevoke(revoke), done(); },
            [this](const protocol::Committed& committed) { return m_run->onCommitted(committed), done(); },
            [this](const protocol::Drain& drain) { return m_run->drain(drain.now), done(); },
            [this](const protocol::Undrain&) {
                if (!m_stopDeadline)
                    m_run->undrain();
                return done();
            },
            [this](const protocol::Shutdown&) { return onShutdown(), done(); },
            [](const auto&) { return Result<void>(ErrorCode::Protocol, "a message that only agents send"); },
        },
        message);
}

void Agent::onShutdown()
{
    if (m_settings.launched)
        stop("the application asked for it");
    else
        log::warning("shutdown_ignored", {{"reason", "only who launched an agent may end it"}});
}

void Agent::onBadMessage(Connection connection, const Error& error)
{
    if (std::ranges::find(m_refused, connection) == m_refused.end())
        refuse(connection, error);
}

void Agent::onStranger(const std::string& address, std::uint64_t count)
{
    log::warning("stranger", {{"address", address}, {"count", count}});
}

/// The owner is gone with the port, and takes what is held here for lost. A service manager starts the agent anew.
void Agent::onPortClosed(const Error& error)
{
    log::error("port_closed", {{"error", describe(error)}});
    fail();
}

void Agent::fail()
{
    m_hasFailed = true;
    m_stopped();
}

transport::SendStatus Agent::send(Connection connection, const protocol::Message& message, protocol::BytesView payload)
{
    const auto status = m_socket->send(connection, message, payload);
    if (status == transport::SendStatus::Gone)
        m_session.gone(connection);
    return status;
}

/// A beat that is nearly due travels with results, which saves a message. Not where many go out: it would wait behind
/// them on a slow link.
transport::SendStatus Agent::sendData(Connection data, const protocol::Message& message, protocol::BytesView payload)
{
    constexpr auto early = Clock::duration(limits::beatInterval) * 3 / 4;
    const auto* results = std::get_if<protocol::Results>(&message);
    if (!results)
        return send(data, message, payload);
    m_bytesSinceBeat += payload.size();
    if (!m_takesBeatsWithResults || m_bytesSinceBeat > bounds::resultBytesBesideBeat || !isBeatDue(early))
        return send(data, message, payload);
    protocol::Results both = *results;
    both.beat = makeBeat();
    const auto status = send(data, both, payload);
    if (status == transport::SendStatus::Sent) {
        m_beatAt = Clock::now();
        m_bytesSinceBeat = 0;
    }
    return status;
}

bool Agent::isBeatDue(Clock::duration interval) const
{
    constexpr auto hair = std::chrono::milliseconds(20); // by which timers of the same length may miss each other
    return Clock::now() - m_beatAt >= interval - hair;
}

void Agent::sendBeatIfDue()
{
    if (!m_session.control() || !isBeatDue(limits::beatInterval))
        return;
    send(*m_session.control(), makeBeat());
    m_beatAt = Clock::now();
    m_bytesSinceBeat = 0;
}

/// The state as it is now, with the readings of the last second.
protocol::AgentBeat Agent::makeBeat()
{
    protocol::AgentBeat beat;
    m_run->describe(beat);
    beat.sequence = ++m_beatSequence;
    beat.imagesPerSecond = m_imagesPerSecond;
    beat.cpuPercent = m_usage.cpuPercent;
    beat.rssBytes = m_usage.rssBytes;
    beat.memoryAvailableBytes = m_usage.memoryAvailableBytes;
    beat.energyMillijoules = m_usage.energyMillijoules;
    return beat;
}

void Agent::beat()
{
    const auto now = Clock::now();
    m_usage = m_parts.usage(m_run->decoderProcesses());
    m_imagesPerSecond = m_rate.sample(m_run->doneItems(), now);
    sendBeatIfDue();
    // Where one has gone with results the next is due before the next of these looks.
    if (const auto left = m_beatAt + limits::beatInterval - now; left > left.zero())
        m_lateBeat = m_loop.after(left, [this] { sendBeatIfDue(); });
    const bool isOwned = m_session.ownerIsAlive(now);
    if (const auto stage = m_ownerWatch.look(isOwned, now))
        ownerIs(*stage);
    protocol::AgentBeat state;
    m_run->describe(state);
    judge(state, isOwned);
}

/// A replica that hangs never returns, and the next run would wait behind it for ever. Beats are counted, not time:
/// after a pause of the whole process it has one in which to go on. Without an owner nobody waits, and results may be
/// kept here.
void Agent::judge(const protocol::AgentBeat& beat, bool isOwned)
{
    const bool isHung = std::chrono::milliseconds(beat.stalledMillis) >= limits::hungAfter;
    m_hungBeats = isHung && isOwned ? m_hungBeats + 1 : 0;
    if (m_hungBeats < bounds::hungBeats || m_stopDeadline)
        return;
    log::error("ended_hung", {{"replica", beat.stalledReplica}, {"seconds", beat.stalledMillis / 1000}});
    fail();
}

void Agent::ownerIs(OwnerWatch::Stage stage)
{
    using Stage = OwnerWatch::Stage;
    if (stage == Stage::Resting)
        log::warning("owner_lost", {{"outbox", m_courier->outbox().size()}});
    if (stage == Stage::Finishing)
        log::info("owner_gone", {{"outbox", m_courier->outbox().size()}});
    if (stage == Stage::Forgotten) {
        log::warning("owner_forgotten", {{"outbox", m_courier->outbox().size()}});
        m_run->drop();
        return;
    }
    m_run->rest(stage == Stage::Resting);
}

void Agent::stop(const std::string& reason)
{
    if (m_stopDeadline)
        return;
    log::info("stopping", {{"reason", reason}});
    m_stopReason = reason;
    // A little is kept for the last messages, so that the whole takes no longer than promised.
    m_stopDeadline = Clock::now() + limits::drainTimeout - std::chrono::seconds(1);
    m_run->drain(false);
    if (m_session.control())
        send(*m_session.control(), makeBeat()); // before what is given back, so that it is not sent anew
    m_run->drain(true);
    m_stopTimer = m_loop.every(bounds::retryInterval, [this] { stopStep(); });
}

void Agent::stopStep()
{
    const auto now = Clock::now();
    const bool late = now >= *m_stopDeadline;
    const bool committed = m_run->isQuiet() && m_courier->outbox().empty() && m_courier->isDrained();
    // Nobody is there to commit: what is in the outbox will be done again elsewhere.
    const bool alone = !m_session.ownerIsAlive(now);
    if (!committed && !late && !alone)
        return;
    if (late)
        log::warning("stopped_late", {{"outbox", m_courier->outbox().size()}});
    leave();
}

void Agent::leave()
{
    // Behind all results and what was given back, so that it overtakes none of them.
    if (m_session.data())
        m_courier->send(protocol::Leaving{m_stopReason});
    else if (m_session.control())
        send(*m_session.control(), protocol::Leaving{m_stopReason});
    // The socket drops what it has not yet written when it closes.
    m_stopTimer = m_loop.after(bounds::leavingGrace, [this] { m_stopped(); });
}

} // namespace vitfleet::agent
