// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/net/fleet_link.h"

#include "app/net/agent_link.h"
#include "shared/base/limits.h"
#include "shared/base/log.h"
#include "shared/digest/digest.h"

#include <unordered_map>

namespace vitfleet::app {
namespace {

/// Twice in a heartbeat's time, so that none is late by more than half of it.
constexpr auto lookInterval = std::chrono::milliseconds(limits::beatInterval) / 2;
constexpr auto unreadInterval = std::chrono::seconds(1); ///< a fleet of a thousand has two thousand connections

class ZmqFleetLink final : public FleetLink
{
public:
    ZmqFleetLink(EventLoop& loop, const transport::KeyPair& keys, const std::filesystem::path& pinned)
        : m_keys(keys), m_pinned(pinned), m_common{m_context, loop, m_keys, digest::randomU64(), m_hasRun},
          m_beat(loop.every(lookInterval, [this] { beat(); })),
          m_unread(loop.every(unreadInterval, [this] { endHoarders(); }))
    {
    }
    ~ZmqFleetLink() override
    {
        for (const auto& [node, link] : m_links)
            link->close();
    }

    void setCallbacks(Callbacks callbacks) override
    {
        m_callbacks = std::make_shared<const Callbacks>(std::move(callbacks));
    }
    Result<Address> resolve(const std::string& addressLine, bool pin) override;
    Result<std::vector<Address>> resolveAll(const std::vector<std::string>& addressLines) override;
    void add(NodeId node, const Address& address) override;
    void remove(NodeId node) override;
    bool send(NodeId node, Channel channel, const protocol::Message& message, protocol::BytesView payload) override;
    bool sendOwned(NodeId node, Channel channel, const protocol::Message& message, protocol::Bytes payload) override;
    std::size_t queuedBytes(NodeId node) const override;
    void reconnect(NodeId node) override;
    void setHasRun(bool on) override { m_hasRun = on; }
    std::string publicKey() const override { return m_keys.publicKey().toBase32(); }
    std::string fingerprint() const override { return m_keys.publicKey().fingerprint(); }

private:
    Result<Address> find(const std::string& addressLine) const;
    AgentLink* find(NodeId node) const;
    void open(NodeId node, const std::string& hostPort, const transport::PublicKey& key);
    void onUp(NodeId node, const std::string& hostPort, const transport::PublicKey& key,
              const protocol::Welcome& welcome);
    void onDown(NodeId node, const std::string& hostPort, const transport::PublicKey& key, const Error& error);
    void beat();
    void endHoarders();

    transport::Context m_context; ///< first: every connection must be gone before it
    const transport::KeyPair m_keys;
    transport::PinnedKeys m_pinned;
    bool m_hasRun = false;
    const AgentLink::Common m_common;
    std::shared_ptr<const Callbacks> m_callbacks = std::make_shared<const Callbacks>(); ///< shared with a call
    std::unordered_map<NodeId, std::shared_ptr<AgentLink>> m_links; ///< shared: a callback may remove its own link
    Subscription m_beat, m_unread;
};

Result<FleetLink::Address> ZmqFleetLink::resolve(const std::string& addressLine, bool pin)
{
    if (pin) {
        auto all = resolveAll({addressLine});
        return all ? Result<Address>(std::move(all->front())) : all.error();
    }
    return find(addressLine);
}

Result<std::vector<FleetLink::Address>> ZmqFleetLink::resolveAll(const std::vector<std::string>& addressLines)
{
    std::vector<Address> addresses;
    std::vector<transport::PinnedKeys::Wanted> pins;
    for (const std::string& line : addressLines) {
        auto address = find(line);
        if (!address)
            return address.error();
        pins.push_back({address->hostPort, *transport::PublicKey::fromBase32(address->key)});
        addresses.push_back(std::move(*address));
    }
    // One write: each would otherwise be a file of its own, synced to the disk.
    if (const auto pinned = m_pinned.pinAll(pins); !pinned)
        return pinned.error();
    return addresses;
}

/// With its key: the one that stands in the line, or the pinned one.
Result<FleetLink::Address> ZmqFleetLink::find(const std::string& addressLine) const
{
    const auto address = transport::AgentAddress::parse(addressLine);
    if (!address)
        return address.error();
    const std::string hostPort = address->hostPort();
    if (address->key)
        return Address{hostPort, address->key->toBase32()};
    const auto known = m_pinned.find(hostPort);
    if (!known)
        return known.error();
    if (!*known)
        return {ErrorCode::NotPinned, hostPort};
    return Address{hostPort, (*known)->toBase32()};
}

void ZmqFleetLink::add(NodeId node, const Address& address)
{
    remove(node);
    const auto parsed = transport::AgentAddress::parse(address.hostPort);
    const auto key = transport::PublicKey::fromBase32(address.key);
    if (!parsed || !key) {
        // An address that did not come from resolve(); told from the loop, as everything is.
        m_common.loop.post([callbacks = m_callbacks, node, hostPort = address.hostPort] {
            if (callbacks->down)
                callbacks->down(node, {ErrorCode::Address, hostPort});
        });
        return;
    }
    open(node, address.hostPort, *key);
}

void ZmqFleetLink::open(NodeId node, const std::string& hostPort, const transport::PublicKey& key)
{
    auto link = std::make_shared<AgentLink>(
        m_common, transport::AgentAddress::parse(hostPort)->endpoint(), key,
        AgentLink::Callbacks{
            .up = [this, node, hostPort, key](const protocol::Welcome& welcome) { onUp(node, hostPort, key, welcome); },
            .down = [this, node, hostPort, key](const Error& error) { onDown(node, hostPort, key, error); },
            .message =
                [this, node](Channel channel, protocol::Message message, protocol::BytesView payload) {
                    const auto keep = m_callbacks;
                    if (keep->message)
                        keep->message(node, channel, std::move(message), payload);
                },
        });
    m_links.insert_or_assign(node, link);
    link->connect();
}

void ZmqFleetLink::onUp(NodeId node, const std::string& hostPort, const transport::PublicKey& key,
                        const protocol::Welcome& welcome)
{
    // The key that was announced is in use: the one before is trusted no longer.
    if (const auto next = m_pinned.findNext(hostPort); next && *next == key) {
        if (const auto replaced = m_pinned.replace(hostPort, key); !replaced)
            log::warning("pinned_keys", {{"error", describe(replaced.error())}});
        else
            log::info("agent_key_rotated", {{"address", hostPort}, {"fingerprint", key.fingerprint()}});
    }
    const auto keep = m_callbacks;
    if (keep->up)
        keep->up(node, welcome);
}

void ZmqFleetLink::onDown(NodeId node, const std::string& hostPort, const transport::PublicKey& key, const Error& error)
{
    if (error.code == ErrorCode::AgentKey) {
        // Another key is a hard stop, unless a person has said beforehand which one it will be.
        const auto next = m_pinned.findNext(hostPort);
        const auto mine = m_links.find(node);
        if (next && *next && **next != key && mine != m_links.end()) {
            m_common.loop.post([this, node, hostPort, successor = **next, old = std::weak_ptr(mine->second)] {
                const auto link = old.lock(); // null once this object is gone
                const auto found = link ? m_links.find(node) : m_links.end();
                if (!link || found == m_links.end() || found->second != link)
                    return; // removed, or added anew meanwhile
                link->close();
                open(node, hostPort, successor);
            });
            return;
        }
    }
    const auto keep = m_callbacks;
    if (keep->down)
        keep->down(node, error);
}

void ZmqFleetLink::remove(NodeId node)
{
    const auto found = m_links.find(node);
    if (found == m_links.end())
        return;
    const std::shared_ptr<AgentLink> link = std::move(found->second);
    m_links.erase(found);
    link->close();
}

AgentLink* ZmqFleetLink::find(NodeId node) const
{
    const auto found = m_links.find(node);
    return found == m_links.end() ? nullptr : found->second.get();
}

bool ZmqFleetLink::send(NodeId node, Channel channel, const protocol::Message& message, protocol::BytesView payload)
{
    AgentLink* link = find(node);
    return link && link->send(channel, message, payload);
}

bool ZmqFleetLink::sendOwned(NodeId node, Channel channel, const protocol::Message& message, protocol::Bytes payload)
{
    AgentLink* link = find(node);
    return link && link->sendOwned(channel, message, std::move(payload));
}

std::size_t ZmqFleetLink::queuedBytes(NodeId node) const
{
    const AgentLink* link = find(node);
    return link ? link->queuedBytes() : 0;
}

void ZmqFleetLink::reconnect(NodeId node)
{
    if (AgentLink* link = find(node))
        link->reconnect();
}

void ZmqFleetLink::beat()
{
    for (const auto& [node, link] : m_links)
        link->beat();
}

void ZmqFleetLink::endHoarders()
{
    for (const auto& [node, link] : m_links)
        link->endIfHoarding();
}

} // namespace

std::unique_ptr<FleetLink> makeFleetLink(EventLoop& loop, const transport::KeyPair& keys,
                                         const std::filesystem::path& pinned)
{
    return std::make_unique<ZmqFleetLink>(loop, keys, pinned);
}

} // namespace vitfleet::app
