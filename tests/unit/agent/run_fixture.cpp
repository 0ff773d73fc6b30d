// SPDX-License-Identifier: GPL-3.0-or-later
#include "run_fixture.h"

namespace vitfleet::agent::test {

using transport::SendStatus;

protocol::OpenRun openRun(const std::string& runUid, const std::string& options)
{
    protocol::OpenRun open;
    open.runUid = runUid;
    open.backend = "synthetic";
    open.backendOptions = options;
    return open;
}

std::vector<protocol::LeaseItem> byteItems(std::uint32_t first, std::uint32_t count, char content)
{
    std::vector<protocol::LeaseItem> items;
    for (std::uint32_t i = 0; i < count; ++i) {
        protocol::LeaseItem item;
        item.item = ItemId(first + i);
        item.data.assign(10, static_cast<std::byte>(content));
        item.bytes = item.data.size();
        items.push_back(std::move(item));
    }
    return items;
}

void RunFixture::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_settings = AgentSettings();
    m_settings.modelCache = m_folder->filePath(QStringLiteral("cache")).toStdString();
    m_parts = std::make_unique<FakeParts>();
    m_loop = std::make_unique<EventLoop>();
    m_courier =
        std::make_unique<Courier>(*m_loop, [this](const protocol::Message& message, protocol::BytesView payload) {
            return send(message, payload);
        });
    m_worker = std::make_unique<Worker>();
    m_run = std::make_unique<RunController>(*m_loop, *m_worker, *m_parts, m_settings, *m_courier);
    m_status = SendStatus::Sent;
    m_sent.clear();
    m_results.clear();
    m_revoked.clear();
}

void RunFixture::cleanup()
{
    m_parts->gate.open();
    m_parts->loading.open();
    m_parts->hanging.open();
    m_run->shutDown();
    m_worker.reset();
    m_run.reset();
    m_courier.reset();
    m_loop.reset();
    QCOMPARE(m_parts->backends.load(), 0);
}

SendStatus RunFixture::send(const protocol::Message& message, protocol::BytesView payload)
{
    if (m_status != SendStatus::Sent)
        return m_status;
    m_sent.push_back(message);
    if (std::holds_alternative<protocol::Results>(message)) {
        const auto results = protocol::decodeResults(payload);
        m_results.insert(m_results.end(), results->begin(), results->end());
    }
    if (std::holds_alternative<protocol::Revoked>(message)) {
        const auto items = protocol::decodeItems(payload);
        for (const auto& item : *items)
            m_revoked.push_back(item.item);
    }
    return SendStatus::Sent;
}

bool RunFixture::open(const protocol::OpenRun& request)
{
    const std::size_t before = sent<protocol::RunReady>().size();
    m_run->open(request);
    return loopUntil(*m_loop, [&] { return sent<protocol::RunReady>().size() > before; });
}

bool RunFixture::waitForResults(std::size_t count)
{
    return loopUntil(*m_loop, [&] { return m_results.size() >= count; });
}

void RunFixture::lease(std::uint64_t id, const std::vector<protocol::LeaseItem>& items)
{
    protocol::LeasePart part;
    part.runUid = uid;
    part.lease = LeaseId(id);
    part.mode = protocol::TransferMode::Bytes;
    const auto encoded = protocol::encodeItems(items);
    QCOMPARE(encoded.count, items.size());
    QVERIFY(m_run->onLeasePart(part, encoded.payload).ok());
}

protocol::AgentBeat RunFixture::beat() const
{
    protocol::AgentBeat beat;
    m_run->describe(beat);
    return beat;
}

} // namespace vitfleet::agent::test
