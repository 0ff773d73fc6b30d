// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/stand_in/stand_in_agent.h"

#include "agent/backends/synthetic/plan.h"
#include "shared/digest/digest.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>

namespace vitfleet::test {

using namespace protocol;
using transport::ConnectionId;
using transport::SendStatus;

namespace {

constexpr auto beatInterval = std::chrono::milliseconds(limits::beatInterval) - std::chrono::milliseconds(50);

} // namespace

StandInAgent::StandInAgent(transport::Context& context, EventLoop& loop, const std::string& host, std::string name,
                           const transport::KeyPair& keys, const transport::PublicKey& application,
                           StandInSettings settings, Hooks hooks)
    : m_loop(loop), m_name(std::move(name)), m_host(host), m_key(keys.publicKey()), m_settings(std::move(settings)),
      m_hooks(std::move(hooks)), m_incarnation(digest::randomU64())
{
    auto socket = transport::AgentSocket::listen(
        context, loop, host, m_settings.port, keys, {application},
        {.message = [this](ConnectionId from, const transport::PublicKey&, Message message,
                           BytesView payload) { onMessage(from, message, payload); },
         .badMessage = {},
         .writable = [this] { flush(); }});
    if (!socket)
        throw std::runtime_error(describe(socket.error()));
    m_socket = *std::move(socket);
}

std::string StandInAgent::addressLine() const
{
    return m_host + ":" + std::to_string(m_socket->port()) + "/" + m_key.toBase32();
}

void StandInAgent::onMessage(ConnectionId from, const Message& message, BytesView payload)
{
    if (const auto* hello = std::get_if<Hello>(&message)) {
        onHello(from, *hello);
    } else if (const auto* open = std::get_if<OpenRun>(&message)) {
        onOpenRun(*open);
    } else if (const auto* probe = std::get_if<ProbeFiles>(&message)) {
        onProbe(*probe);
    } else if (const auto* part = std::get_if<LeasePart>(&message)) {
        onLease(*part, payload);
    } else if (const auto* revoke = std::get_if<Revoke>(&message)) {
        onRevoke(*revoke);
    } else if (const auto* committed = std::get_if<Committed>(&message)) {
        onCommitted(*committed);
    } else if (const auto* close = std::get_if<CloseRun>(&message); close && close->runUid == m_runUid) {
        m_queue.clear();
        m_batch.clear();
        m_outbox.clear();
        m_runUid.clear();
    }
}

void StandInAgent::onHello(ConnectionId from, const Hello& hello)
{
    const std::uint16_t common = std::min(hello.protocolVersion, m_settings.version);
    if (m_settings.negotiates && (common < hello.minProtocolVersion || common < m_settings.minVersion)) {
        const std::string mine = "the agent speaks version " + std::to_string(m_settings.version);
        static_cast<void>(m_socket->send(from, Refused{ErrorCode::ProtocolVersion, mine}));
        return;
    }
    (hello.role == ConnectionRole::Control ? m_control : m_data) = from;
    m_takesBeatsWithResults = hello.takesBeatsWithResults;
    m_held = m_held || (std::exchange(m_owner, hello.processNonce) != hello.processNonce && !m_runUid.empty());
    if (hello.role == ConnectionRole::Data)
        m_waiting.clear(); // it was for a connection that has ended
    Welcome welcome;
    welcome.protocolVersion = m_settings.negotiates ? common : m_settings.version;
    welcome.name = m_name;
    welcome.incarnation = m_incarnation;
    welcome.software = "stand-in";
    welcome.host = m_name;
    welcome.cores = 1;
    static_cast<void>(m_socket->send(from, welcome));
}

void StandInAgent::onOpenRun(const OpenRun& open)
{
    if (open.runUid != m_runUid) {
        m_queue.clear();
        m_batch.clear();
        m_outbox.clear();
        m_runUid = open.runUid;
    }
    m_dataRoot = open.dataRoot;
    m_held = false;
    RunReady ready;
    ready.runUid = m_runUid;
    ready.backend = "synthetic";
    ready.backendVersion = "stand-in";
    ready.device = "cpu";
    ready.replicas = 1;
    ready.labels = m_settings.labels;
    ready.millisecondsPerItem = static_cast<float>(m_settings.millisecondsPerItem);
    ready.synthetic = true;
    send(ready);
    resendOutbox();
}

void StandInAgent::onProbe(const ProbeFiles& probe)
{
    ProbeResult result{probe.runUid, {}};
    for (const auto& file : probe.files) {
        std::array<char, limits::headHashBytes> head{};
        std::ifstream stream;
        if (m_settings.seesFiles)
            stream.open(m_dataRoot + "/" + file.path, std::ios::binary);
        const bool found = stream.is_open();
        if (found)
            stream.read(head.data(), head.size());
        const auto bytes = static_cast<std::size_t>(found ? stream.gcount() : 0);
        result.files.push_back(
            {found, found ? digest::headHash(std::as_bytes(std::span(head.data(), bytes))) : HeadHash{}});
    }
    send(result);
}

void StandInAgent::onLease(const LeasePart& part, BytesView payload)
{
    const auto items = decodeItems(payload);
    if (!items.ok() || part.runUid != m_runUid)
        return;
    if (m_firstLease == Clock::time_point{})
        m_firstLease = Clock::now();
    for (const LeaseItem& item : *items)
        m_queue.push_back({part.lease, item.item});
}

void StandInAgent::onRevoke(const Revoke& revoke)
{
    if (revoke.runUid != m_runUid)
        return;
    std::map<LeaseId, std::vector<LeaseItem>> given;
    std::uint32_t left = revoke.maxItems;
    for (auto it = m_queue.end(); it != m_queue.begin() && left > 0;) {
        --it;
        if (revoke.lease.value != 0 && it->lease != revoke.lease)
            continue;
        LeaseItem item;
        item.item = it->item;
        given[it->lease].push_back(std::move(item));
        it = m_queue.erase(it);
        --left;
    }
    if (given.empty())
        given[revoke.lease];
    for (const auto& [lease, items] : given) {
        std::span<const LeaseItem> rest = items;
        do {
            const auto encoded = encodeItems(rest);
            send(Revoked{m_runUid, lease}, encoded.payload);
            rest = rest.subspan(std::min(rest.size(), encoded.count));
        } while (!rest.empty());
    }
}

void StandInAgent::onCommitted(const Committed& committed)
{
    if (committed.runUid != m_runUid)
        return;
    std::vector<std::uint32_t> items;
    for (const auto& range : committed.ranges) {
        const auto from = m_outbox.lower_bound(range.first), to = m_outbox.upper_bound(range.last);
        for (auto it = from; it != to; ++it)
            items.push_back(it->second.item.value);
        m_outbox.erase(from, to);
    }
    m_committed += items.size();
    if (m_hooks.committed)
        m_hooks.committed(items);
}

ResultItem StandInAgent::answer(const Work& work)
{
    ResultItem result;
    result.sequence = ++m_sequence;
    result.lease = work.lease;
    result.item = work.item;
    const auto [label, score] = synthetic::answerOf(work.item.value, m_settings.labels);
    // By the item alone, so that a second look at it by this agent would be as wrong as the first.
    const bool wrong = static_cast<double>(work.item.value * 2654435761U % 1000) < m_settings.wrongShare * 1000;
    result.top.push_back({(label + (wrong ? 1 : 0)) % m_settings.labels, static_cast<float>(score)});
    result.inferenceMicros = static_cast<std::uint32_t>(m_settings.millisecondsPerItem * 1000);
    return result;
}

void StandInAgent::work(Clock::time_point now)
{
    const auto perItem = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double, std::milli>(m_settings.millisecondsPerItem));
    while (m_batch.empty() ? !m_queue.empty() : now >= m_busyUntil) {
        if (m_batch.empty()) {
            const std::size_t count = std::min<std::size_t>(m_settings.batch, m_queue.size());
            std::move(m_queue.begin(), m_queue.begin() + static_cast<std::ptrdiff_t>(count),
                      std::back_inserter(m_batch));
            m_queue.erase(m_queue.begin(), m_queue.begin() + static_cast<std::ptrdiff_t>(count));
            // Without a pause it goes on from where the last one ended, or a timer's tick would be lost at each.
            constexpr auto tick = std::chrono::milliseconds(20);
            const auto from = now - m_busyUntil < tick ? m_busyUntil : now;
            m_busyUntil = from + perItem * count;
            continue;
        }
        std::vector<ResultItem> results;
        for (const Work& item : m_batch)
            results.push_back(answer(item));
        m_batch.clear();
        m_computed += results.size();
        m_lastResult = now;
        for (const ResultItem& result : results)
            m_outbox.emplace(result.sequence, result);
        if (m_hooks.deliver)
            m_hooks.deliver(*this, std::move(results));
        else
            sendResults(std::move(results));
    }
}

void StandInAgent::sendResults(std::vector<ResultItem> results)
{
    if (m_held)
        return; // they are in the outbox
    for (std::span<const ResultItem> rest = results; !rest.empty();) {
        const auto encoded = encodeResults(rest);
        Results message{m_runUid};
        if (m_takesBeatsWithResults && !m_silent && Clock::now() - m_beatAt >= beatInterval * 3 / 4)
            message.beat = makeBeat();
        send(message, encoded.payload);
        rest = rest.subspan(std::min(rest.size(), encoded.count));
    }
}

void StandInAgent::resendOutbox()
{
    constexpr std::size_t most = 256;
    std::vector<ResultItem> results;
    for (const auto& [sequence, result] : m_outbox) {
        results.push_back(result);
        if (results.size() == most)
            sendResults(std::exchange(results, {}));
    }
    sendResults(std::move(results));
}

void StandInAgent::beat()
{
    if (!m_control || m_silent || Clock::now() - m_beatAt < beatInterval)
        return;
    static_cast<void>(m_socket->send(*m_control, makeBeat()));
}

AgentBeat StandInAgent::makeBeat()
{
    m_beatAt = Clock::now();
    AgentBeat beat;
    beat.sequence = ++m_beats;
    beat.state = m_runUid.empty() ? AgentState::Idle : AgentState::Ready;
    beat.replicaProgress = {m_computed};
    beat.busy = !m_batch.empty();
    beat.queuedItems = static_cast<std::uint32_t>(m_queue.size());
    beat.startedItems = static_cast<std::uint32_t>(m_batch.size());
    beat.outboxItems = static_cast<std::uint32_t>(m_outbox.size());
    beat.doneItems = m_computed;
    return beat;
}

void StandInAgent::send(const Message& message, BytesView payload)
{
    if (m_waiting.empty() && trySend(message, payload))
        return;
    m_waiting.emplace_back(message, Bytes(payload.begin(), payload.end()));
}

bool StandInAgent::trySend(const Message& message, BytesView payload)
{
    return !m_data || m_socket->send(*m_data, message, payload) != SendStatus::WouldBlock;
}

void StandInAgent::flush()
{
    while (!m_waiting.empty() && trySend(m_waiting.front().first, m_waiting.front().second))
        m_waiting.pop_front();
}

} // namespace vitfleet::test
