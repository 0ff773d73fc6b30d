// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/engine/scripted_link.h"

#include "shared/digest/digest.h"

#include <fstream>

namespace vitfleet::test {

using namespace std::chrono_literals;

namespace {

protocol::ProbeResult::File proofOf(const std::string& file)
{
    std::ifstream stream(file, std::ios::binary);
    std::vector<char> head(limits::headHashBytes);
    stream.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(stream.gcount()));
    return {stream.is_open(), digest::headHash(std::as_bytes(std::span(head)))};
}

} // namespace

void ScriptedLink::post(std::function<void()> task)
{
    m_loop.post([alive = m_alive, task = std::move(task)] {
        if (*alive)
            task();
    });
}

Result<app::FleetLink::Address> ScriptedLink::resolve(const std::string& line, bool)
{
    if (line.find(':') == std::string::npos)
        return Error{ErrorCode::Address, line};
    // "c:1/a:1" is c:1 with the key of a:1.
    const std::size_t slash = line.find('/');
    return Address{line.substr(0, slash), "key-of-" + line.substr(slash == std::string::npos ? 0 : slash + 1)};
}

Result<std::vector<app::FleetLink::Address>> ScriptedLink::resolveAll(const std::vector<std::string>& lines)
{
    std::vector<Address> addresses;
    for (const std::string& line : lines) {
        auto address = resolve(line, true);
        if (!address)
            return address.error();
        addresses.push_back(*std::move(address));
    }
    return addresses;
}

Script::Agent* ScriptedLink::agentOf(NodeId node)
{
    const auto found = m_nodes.find(node);
    return found == m_nodes.end() ? nullptr : &m_script.agents[found->second];
}

void ScriptedLink::add(NodeId node, const Address& address)
{
    if (m_nodes.empty())
        m_beat = m_loop.every(200ms, [this] { beatAll(); });
    m_nodes[node] = address.hostPort;
    post([this, node] { comeUp(node); });
}

void ScriptedLink::comeUp(NodeId node)
{
    protocol::Welcome welcome;
    {
        const std::lock_guard lock(m_script.mutex);
        Script::Agent* agent = agentOf(node);
        if (!agent)
            return;
        agent->node = node;
        if (!agent->comesUp)
            return;
        if (agent->refusal.code != ErrorCode::None && !(agent->makesRoom && m_script.hasRun)) {
            post([this, node, error = agent->refusal] { m_callbacks.down(node, error); });
            return;
        }
        welcome.name = m_nodes[node];
        welcome.incarnation = agent->incarnation;
        welcome.cores = 1;
    }
    m_up.insert(node);
    m_callbacks.up(node, welcome);
}

void ScriptedLink::beatAll()
{
    for (const NodeId node : std::set(m_up)) {
        protocol::AgentBeat beat;
        {
            const std::lock_guard lock(m_script.mutex);
            Script::Agent& agent = *agentOf(node);
            if (agent.silent)
                continue;
            if (agent.beat.busy && !agent.beat.replicaProgress.empty())
                ++agent.beat.replicaProgress.front();
            beat = agent.beat;
        }
        m_callbacks.message(node, app::Channel::Control, beat, {});
    }
}

std::size_t ScriptedLink::queuedBytes(NodeId node) const
{
    const std::lock_guard lock(m_script.mutex);
    const auto found = m_nodes.find(node);
    return found == m_nodes.end() ? 0 : m_script.agents[found->second].queuedBytes;
}

void ScriptedLink::remove(NodeId node)
{
    m_nodes.erase(node);
    m_up.erase(node);
}

void ScriptedLink::reconnect(NodeId node)
{
    m_up.erase(node);
    post([this, node] { comeUp(node); });
}

void ScriptedLink::setHasRun(bool on)
{
    const std::lock_guard lock(m_script.mutex);
    m_script.hasRun = on;
}

void ScriptedLink::cut(const std::string& address)
{
    post([this, address] {
        NodeId node;
        {
            const std::lock_guard lock(m_script.mutex);
            m_script.agents[address].comesUp = false;
            node = m_script.agents[address].node;
        }
        m_up.erase(node);
        m_callbacks.down(node, {ErrorCode::Unreachable, "cut"});
    });
}

void ScriptedLink::restore(const std::string& address)
{
    post([this, address] {
        NodeId node;
        {
            const std::lock_guard lock(m_script.mutex);
            m_script.agents[address].comesUp = true;
            node = m_script.agents[address].node;
        }
        comeUp(node);
    });
}

void ScriptedLink::answerHeld(const std::string& address)
{
    post([this, address] {
        std::vector<protocol::ResultItem> results;
        NodeId node;
        std::string uid;
        {
            const std::lock_guard lock(m_script.mutex);
            Script::Agent& agent = m_script.agents[address];
            node = agent.node;
            uid = agent.runUid;
            for (const auto& [lease, item] : agent.held)
                results.push_back(answer(agent, lease, item));
            agent.held.clear();
        }
        deliver(node, uid, std::move(results));
    });
}

void ScriptedLink::say(const std::string& address, std::vector<std::pair<protocol::Message, protocol::Bytes>> messages,
                       std::function<void()> said)
{
    post([this, address, messages = std::move(messages), said = std::move(said)] {
        NodeId node;
        {
            const std::lock_guard lock(m_script.mutex);
            node = m_script.agents[address].node;
        }
        for (const auto& [message, payload] : messages) {
            if (m_up.contains(node)) // the engine may have dropped it meanwhile
                m_callbacks.message(node, app::Channel::Data, message, payload);
        }
        said();
    });
}

bool ScriptedLink::send(NodeId node, app::Channel, const protocol::Message& message, protocol::BytesView payload)
{
    if (!m_up.contains(node))
        return false;
    const std::lock_guard lock(m_script.mutex);
    Script::Agent& agent = *agentOf(node);
    if (const auto* request = std::get_if<protocol::OpenRun>(&message)) {
        open(node, agent, *request);
    } else if (const auto* probe = std::get_if<protocol::ProbeFiles>(&message)) {
        protocol::ProbeResult result{probe->runUid, std::vector<protocol::ProbeResult::File>(probe->files.size())};
        for (std::size_t i = 0; agent.seesFiles && i < probe->files.size(); ++i)
            result.files[i] = proofOf(agent.dataRoot + '/' + probe->files[i].path);
        post([this, node, result] { m_callbacks.message(node, app::Channel::Control, result, {}); });
    } else if (const auto* part = std::get_if<protocol::LeasePart>(&message)) {
        lease(agent, *part, payload);
    } else if (const auto* back = std::get_if<protocol::Revoke>(&message)) {
        revoke(node, agent, *back);
    } else if (std::holds_alternative<protocol::CloseRun>(message)) {
        ++agent.closed;
    } else if (const auto* committed = std::get_if<protocol::Committed>(&message)) {
        for (const auto& range : committed->ranges) {
            for (std::uint64_t sequence = range.first; sequence <= range.last; ++sequence) {
                agent.unacknowledged.erase(sequence);
                agent.acknowledged.push_back(sequence);
                std::erase_if(agent.outbox, [&](const auto& result) { return result.sequence == sequence; });
            }
        }
    }
    return true;
}

void ScriptedLink::open(NodeId node, Script::Agent& agent, const protocol::OpenRun& request)
{
    agent.runUid = request.runUid;
    agent.dataRoot = request.dataRoot;
    if (!agent.opens)
        return;
    if (agent.runFails != ErrorCode::None) {
        protocol::RunFailed failed{request.runUid, agent.runFails, "scripted"};
        post([this, node, failed] { m_callbacks.message(node, app::Channel::Control, failed, {}); });
        return;
    }
    protocol::RunReady ready;
    ready.runUid = request.runUid;
    std::vector<std::pair<std::string, digest::Sha256>> files;
    for (const auto& file : request.modelFiles)
        files.emplace_back(file.name, file.sha256);
    ready.modelSha256 = digest::modelDigest(files);
    ready.backend = request.backend;
    ready.device = "cpu";
    ready.replicas = 1;
    ready.labels = 10;
    post([this, node, ready] { m_callbacks.message(node, app::Channel::Control, ready, {}); });
    if (!agent.outbox.empty())
        deliver(node, agent.runUid, agent.outbox);
}

void ScriptedLink::lease(Script::Agent& agent, const protocol::LeasePart& part, protocol::BytesView payload)
{
    auto items = protocol::decodeItems(payload);
    if (agent.leases.empty() || agent.leases.back() != part.lease)
        agent.leases.push_back(part.lease);
    std::vector<protocol::ResultItem> results;
    for (const protocol::LeaseItem& item : *items) {
        if (agent.answers && agent.answered < agent.answerAtMost) {
            ++agent.answered;
            results.push_back(answer(agent, part.lease, item.item));
        } else {
            agent.held.emplace_back(part.lease, item.item);
        }
    }
    if (agent.perItem.count() == 0)
        return deliver(agent.node, agent.runUid, std::move(results));
    if (!agent.oneByOne)
        return compute(agent, std::move(results));
    for (protocol::ResultItem& result : results)
        compute(agent, {std::move(result)});
}

void ScriptedLink::compute(Script::Agent& agent, std::vector<protocol::ResultItem> results)
{
    const auto now = m_loop.time().steady();
    agent.busyUntil = std::max(agent.busyUntil, now) + results.size() * agent.perItem;
    m_computing.push_back(
        m_loop.after(agent.busyUntil - now, [this, node = agent.node, uid = agent.runUid,
                                             results = std::move(results)] { deliver(node, uid, results); }));
}

protocol::ResultItem ScriptedLink::answer(Script::Agent& agent, LeaseId lease, ItemId item)
{
    protocol::ResultItem result;
    result.sequence = ++agent.sequence;
    result.lease = lease;
    result.item = item;
    result.error = agent.itemError;
    if (agent.itemError == ErrorCode::None)
        result.top = {{agent.badLabel > 0 ? agent.badLabel : item.value % 10, 0.75f}};
    agent.unacknowledged.insert(result.sequence);
    return result;
}

void ScriptedLink::deliver(NodeId node, const std::string& runUid, std::vector<protocol::ResultItem> results)
{
    post([this, node, runUid, results = std::move(results)] {
        if (results.empty() || !m_up.contains(node))
            return;
        std::span<const protocol::ResultItem> rest(results);
        while (!rest.empty()) {
            const auto encoded = protocol::encodeResults(rest);
            m_callbacks.message(node, app::Channel::Data, protocol::Results{runUid}, encoded.payload);
            rest = rest.subspan(encoded.count);
        }
    });
}

void ScriptedLink::revoke(NodeId node, Script::Agent& agent, const protocol::Revoke& request)
{
    std::map<LeaseId, std::vector<protocol::LeaseItem>> given;
    std::uint32_t count = 0;
    while (!agent.held.empty() && count < request.maxItems) {
        const auto [lease, item] = agent.held.back();
        if (request.lease != LeaseId() && lease != request.lease)
            break;
        agent.held.pop_back();
        given[lease].push_back({item, {}, 0, {}, {}});
        ++count;
    }
    for (const auto& [lease, items] : given) {
        post([this, node, uid = request.runUid, lease = lease, payload = protocol::encodeItems(items).payload] {
            if (m_up.contains(node))
                m_callbacks.message(node, app::Channel::Control, protocol::Revoked{uid, lease}, payload);
        });
    }
}

} // namespace vitfleet::test
