// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tiny_agent.h"

#include "app/net/fleet_link.h"

#include <QTemporaryDir>
#include <QTest>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace vitfleet::test {

using namespace vitfleet::app;
using namespace vitfleet::protocol;

inline const NodeId node(1);

/// A link that keeps what it is told.
struct TestLink
{
    TestLink(EventLoop& loop, const transport::KeyPair& keys, const QTemporaryDir& folder)
        : link(makeFleetLink(loop, keys, folder.filePath(QStringLiteral("pinned_keys")).toStdString()))
    {
        link->setCallbacks({
            .up =
                [this](NodeId id, const Welcome& welcome) {
                    ups[id].push_back(welcome);
                    if (onUp)
                        onUp(id);
                },
            .down =
                [this](NodeId id, const Error& error) {
                    downs[id].push_back(error.code);
                    if (onDown)
                        onDown(id);
                },
            .message =
                [this](NodeId id, Channel channel, Message message, BytesView payload) {
                    lastChannel = channel;
                    payloads.emplace_back(payload.begin(), payload.end());
                    messages.push_back(std::move(message));
                    if (onMessage)
                        onMessage(id);
                },
        });
    }
    void add(const TinyAgent& agent, NodeId id = node)
    {
        const auto address = link->resolve(agent.addressLine(), false);
        QVERIFY(address.ok());
        link->add(id, *address);
    }
    bool isDown(ErrorCode code) { return !downs[node].empty() && downs[node].back() == code; }

    std::unique_ptr<FleetLink> link;
    std::map<NodeId, std::vector<Welcome>> ups;
    std::map<NodeId, std::vector<ErrorCode>> downs;
    std::vector<Message> messages;
    std::vector<Bytes> payloads;
    Channel lastChannel = Channel::Invalid;
    std::function<void(NodeId)> onUp, onDown, onMessage;
};

} // namespace vitfleet::test
