// SPDX-License-Identifier: GPL-3.0-or-later
// What an agent holds for a peer that does not read, sends too much or asks for too much: a test just above each limit.
#include <QTest>

#include "agent/core/courier.h"
#include "agent/core/item_fetcher.h"
#include "agent/core/model_fetch.h"
#include "agent/core/settings.h"
#include "tests/support/loop_until.h"

#include <algorithm>
#include <chrono>

using namespace vitfleet;
using namespace vitfleet::agent;
using transport::SendStatus;

class TestBounds : public QObject
{
    Q_OBJECT

private:
    EventLoop m_loop;
    SendStatus m_status = SendStatus::WouldBlock;
    std::vector<protocol::Message> m_sent;
    std::vector<std::size_t> m_resultCounts;
    std::vector<protocol::ResultItem> m_results;

    Courier::Send sender()
    {
        return [this](const protocol::Message& message, protocol::BytesView payload) {
            if (m_status != SendStatus::Sent)
                return m_status;
            m_sent.push_back(message);
            if (std::holds_alternative<protocol::Results>(message)) {
                const auto results = protocol::decodeResults(payload);
                m_resultCounts.push_back(results->size());
                m_results.insert(m_results.end(), results->begin(), results->end());
            }
            return SendStatus::Sent;
        };
    }
    static ItemSource::NeedsBytes wanted(std::uint32_t item, std::uint64_t bytes)
    {
        ItemSource::NeedsBytes needs;
        needs.tag = item;
        needs.lease = LeaseId(1);
        needs.item = ItemId(item);
        needs.bytes = bytes;
        return needs;
    }

private Q_SLOTS:
    void init()
    {
        m_status = SendStatus::WouldBlock;
        m_sent.clear();
        m_resultCounts.clear();
        m_results.clear();
    }

    void messagesForAPeerThatDoesNotRead()
    {
        Courier courier(m_loop, sender());
        courier.beginRun("run");
        for (std::size_t i = 0; i < bounds::waitingMessages + 10; ++i)
            courier.send(protocol::ModelRequest{"run", 0, i, 1});
        m_status = SendStatus::Sent;
        courier.resend();
        QCOMPARE(m_sent.size(), bounds::waitingMessages);
        QCOMPARE(std::get<protocol::ModelRequest>(m_sent.back()).offset, bounds::waitingMessages - 1);
    }

    void resultsInAMessage()
    {
        Courier courier(m_loop, sender());
        courier.beginRun("run");
        for (std::size_t i = 0; i < bounds::resultsPerMessage + 1; ++i) {
            protocol::ResultItem result;
            result.lease = LeaseId(1);
            result.item = ItemId(static_cast<std::uint32_t>(i));
            result.top = {{1, 0.5F}};
            courier.addResult(result);
        }
        m_status = SendStatus::Sent;
        courier.resend();
        QVERIFY(m_resultCounts == (std::vector<std::size_t>{bounds::resultsPerMessage, 1}));
    }

    /// Others that keep coming do not put it off.
    void timeThatAResultWaitsForOthers()
    {
        m_status = SendStatus::Sent;
        Courier courier(m_loop, sender());
        courier.beginRun("run");
        std::uint32_t items = 0;
        const auto add = [&] {
            protocol::ResultItem result;
            result.lease = LeaseId(1);
            result.item = ItemId(items++);
            result.top = {{1, 0.5F}};
            courier.addResult(result);
        };
        const auto begun = EventLoop::Clock::now();
        add();
        const Subscription more = m_loop.every(std::chrono::milliseconds(1), add);
        QVERIFY(vitfleet::test::loopUntil(m_loop, [&] { return !m_resultCounts.empty(); }));
        QVERIFY(EventLoop::Clock::now() - begun >= bounds::resultInterval);
        QVERIFY(m_resultCounts.front() > 1);
        QVERIFY(m_resultCounts.front() < bounds::resultsPerMessage); // it was time that ended it
    }

    void factsOfAnError()
    {
        m_status = SendStatus::Sent;
        Courier courier(m_loop, sender());
        courier.beginRun("run");
        protocol::ResultItem result;
        result.lease = LeaseId(1);
        result.error = ErrorCode::BackendFailed;
        result.errorDetail.assign(bounds::detailBytes + 1, 'x');
        result.note.assign(bounds::detailBytes + 1, 'y');
        courier.addResult(result);
        courier.resend();
        QVERIFY(!m_results.empty());
        QCOMPARE(m_results.front().errorDetail.size(), bounds::detailBytes);
        QCOMPARE(m_results.front().note.size(), bounds::detailBytes);
    }

    void itemsThatAreFetchedAtATime()
    {
        ItemFetcher fetcher;
        for (std::uint32_t i = 0; i < bounds::itemFetches + 1; ++i)
            fetcher.want(wanted(i, 10));
        const auto asked = fetcher.toAsk();
        QCOMPARE(asked.size(), bounds::itemFetches);
        QVERIFY(std::ranges::all_of(asked, [](const auto& piece) { return piece.item.value < bounds::itemFetches; }));
    }

    void piecesOfAnItemAtATime()
    {
        ItemFetcher fetcher;
        fetcher.want(wanted(7, (bounds::itemPieces + 1) * limits::maxPayloadBytes));
        QCOMPARE(fetcher.toAsk().size(), bounds::itemPieces);
        QVERIFY(fetcher.toAsk().empty());
        const protocol::Bytes piece(limits::maxPayloadBytes);
        QVERIFY(!fetcher.arrived({"run", LeaseId(1), ItemId(7), 0}, piece));
        const auto last = fetcher.toAsk();
        QCOMPARE(last.size(), std::size_t(1));
        QCOMPARE(last.front().offset, bounds::itemPieces * limits::maxPayloadBytes);
    }

    void aModelOnItsWay()
    {
        const std::vector<protocol::ModelFile> files = {{"model.safetensors", 3 * bounds::modelWindow, {}}};
        ModelFetch fetch(files, bounds::modelWindow);
        std::uint64_t asked = 0;
        while (const auto window = fetch.next())
            asked += window->bytes;
        QCOMPARE(asked, bounds::modelWindow);
        // What has come but is not on the disk yet is in memory all the same.
        std::uint64_t received = 0;
        for (; received < bounds::modelWindow; received += limits::maxPayloadBytes)
            QVERIFY(fetch.accept({"run", 0, received}, limits::maxPayloadBytes));
        QVERIFY(!fetch.next());
        QVERIFY(!fetch.accept({"run", 0, received}, limits::maxPayloadBytes)); // nobody asked for it
        fetch.written(bounds::modelWindow);
        QVERIFY(fetch.next().has_value());
    }
};

QTEST_GUILESS_MAIN(TestBounds)
#include "test_bounds.moc"
