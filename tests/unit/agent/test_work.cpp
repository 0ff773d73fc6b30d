// SPDX-License-Identifier: GPL-3.0-or-later
// Queue, outbox, pulled items and fetched models: what needs neither sockets nor files.
#include "agent/core/item_fetcher.h"
#include "agent/core/model_fetch.h"
#include "agent/core/outbox.h"
#include "agent/core/work_queue.h"

#include <QTest>

#include <limits>
#include <thread>

using namespace vitfleet;
using namespace vitfleet::agent;
using namespace std::chrono_literals;
using protocol::LeaseItem;
using protocol::TransferMode;

namespace {

std::vector<LeaseItem> items(std::uint32_t first, std::uint32_t count, std::size_t bytes = 0)
{
    std::vector<LeaseItem> list;
    for (std::uint32_t i = 0; i < count; ++i) {
        LeaseItem item;
        item.item = ItemId(first + i);
        item.bytes = bytes;
        item.data.resize(bytes);
        list.push_back(std::move(item));
    }
    return list;
}

Picture picture(std::uint64_t tag, ErrorCode error = ErrorCode::None)
{
    Picture made;
    made.tag = tag;
    made.error = error;
    return made;
}

std::vector<Picture> pictures(const std::vector<WorkQueue::Work>& works)
{
    std::vector<Picture> made;
    for (const auto& work : works)
        made.push_back(picture(work.tag));
    return made;
}

protocol::ResultItem result(std::uint32_t item)
{
    protocol::ResultItem made;
    made.item = ItemId(item);
    return made;
}

std::vector<protocol::ModelFile> modelFiles(std::initializer_list<std::uint64_t> sizes)
{
    std::vector<protocol::ModelFile> files;
    for (const std::uint64_t size : sizes)
        files.push_back({"file" + std::to_string(files.size()), size, {}});
    return files;
}

} // namespace

class TestWork : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void queueRunsInOrder();
    void queueTakesNoMoreThanItsLimit();
    void queueDropsDataAboveItsBytes();
    void pipelineIsBounded();
    void oneLargePictureIsLetThrough();
    void takeBackIsLastFirstAndSparesComputing();
    void takenBackPicturesVanish();
    void failedPicturesComeBack();
    void notesAreJoined();
    void uncommittedResultsHoldTheFeeder();
    void batchesWaitForMoreOnlyABoundedTime();
    void stopWakesEverybody();
    void suppliedItemsComeFirst();
    void outboxKeepsUntilCommitted();
    void outboxSendsAgainAfterRewind();
    void outboxIgnoresWhatWasNeverSent();
    void largeItemsArePulledInPieces();
    void shortPiecesAreAskedForAgain();
    void emptyPieceEndsAnItem();
    void modelWindowIsBounded();
    void modelFetchResumes();
};

void TestWork::queueRunsInOrder()
{
    WorkQueue queue;
    QVERIFY(queue.add(LeaseId(1), TransferMode::Paths, items(0, 5)).ok());
    queue.setCapacity({100, 1000});
    QCOMPARE(queue.counts().queued, 5U);
    const auto works = queue.takeForDecode(3);
    QCOMPARE(works.size(), std::size_t(3));
    QCOMPARE(works[2].item.item, ItemId(2));
    QVERIFY(queue.decoded(pictures(works)).empty());
    const auto batch = queue.takeBatch(2, 0us);
    QCOMPARE(batch.size(), std::size_t(2));
    QCOMPARE(batch[0].item, ItemId(0));
    QCOMPARE(queue.counts().queued, 2U);
    QCOMPARE(queue.counts().started, 3U);
    QCOMPARE(queue.counts().computing, 2U);
    queue.finished(batch);
    QCOMPARE(queue.counts().started, 1U);
}

void TestWork::queueTakesNoMoreThanItsLimit()
{
    WorkQueue queue;
    QVERIFY(queue.add(LeaseId(1), TransferMode::Paths, items(0, bounds::leasedItems)).ok());
    const auto refused = queue.add(LeaseId(2), TransferMode::Paths, items(0, 1));
    QVERIFY(!refused.ok());
    QCOMPARE(refused.error().code, ErrorCode::Protocol);
    QCOMPARE(queue.counts().queued, std::uint32_t(bounds::leasedItems));
}

void TestWork::queueDropsDataAboveItsBytes()
{
    WorkQueue queue(WorkQueue::Limits{100, 250});
    QVERIFY(queue.add(LeaseId(1), TransferMode::Bytes, items(0, 4, 100)).ok());
    queue.setCapacity({100, 100'000});
    const auto works = queue.takeForDecode(10);
    QCOMPARE(works.size(), std::size_t(4));
    QCOMPARE(works[1].item.data.size(), std::size_t(100));
    QCOMPARE(works[2].item.data.size(), std::size_t(0)); // to be asked for again
    QCOMPARE(works[2].item.bytes, std::uint64_t(100));
}

void TestWork::pipelineIsBounded()
{
    WorkQueue queue;
    QVERIFY(queue.add(LeaseId(1), TransferMode::Bytes, items(0, 50, 10)).ok());
    queue.setCapacity({8, 45});
    // 45 bytes: a fifth one of ten is still begun, a sixth is not.
    auto works = queue.takeForDecode(32);
    QCOMPARE(works.size(), std::size_t(5));
    queue.decoded(pictures(works));
    works = queue.takeForDecode(32); // eight pictures in all, five of them decoded
    QCOMPARE(works.size(), std::size_t(3));
}

void TestWork::oneLargePictureIsLetThrough()
{
    WorkQueue queue;
    QVERIFY(queue.add(LeaseId(1), TransferMode::Bytes, items(0, 3, 1000)).ok());
    queue.setCapacity({8, 10});
    QCOMPARE(queue.takeForDecode(32).size(), std::size_t(1));
}

void TestWork::takeBackIsLastFirstAndSparesComputing()
{
    WorkQueue queue;
    QVERIFY(queue.add(LeaseId(1), TransferMode::Paths, items(0, 4)).ok());
    QVERIFY(queue.add(LeaseId(2), TransferMode::Paths, items(4, 4)).ok());
    queue.setCapacity({3, 1000});
    queue.decoded(pictures(queue.takeForDecode(3)));
    const auto batch = queue.takeBatch(1, 0us);

    auto given = queue.takeBack(LeaseId(1), 1);
    QCOMPARE(given.size(), std::size_t(1));
    QCOMPARE(given[0].item, ItemId(3));
    given = queue.takeBack(LeaseId{}, 3);
    QCOMPARE(given.size(), std::size_t(3));
    QCOMPARE(given[0].item, ItemId(7));
    QCOMPARE(given[2].item, ItemId(5));
    given = queue.takeBack(LeaseId{}, 100); // 4, then 2 and 1, which are decoded; 0 is being computed
    QCOMPARE(given.size(), std::size_t(3));
    QCOMPARE(given[0].item, ItemId(4));
    QCOMPARE(given[2].item, ItemId(1));
    QCOMPARE(queue.counts().queued, 0U);
    QCOMPARE(queue.counts().started, 1U);
    queue.finished(batch);
    QCOMPARE(queue.counts().started, 0U);
}

void TestWork::takenBackPicturesVanish()
{
    WorkQueue queue;
    QVERIFY(queue.add(LeaseId(1), TransferMode::Paths, items(0, 2)).ok());
    queue.setCapacity({8, 1000});
    const auto works = queue.takeForDecode(8);
    QCOMPARE(queue.takeBack(LeaseId{}, 1).size(), std::size_t(1));
    QVERIFY(queue.isWanted(works[0].tag));
    QVERIFY(!queue.isWanted(works[1].tag));
    QVERIFY(queue.decoded({picture(works[0].tag), picture(works[1].tag, ErrorCode::ImgCorrupt)}).empty());
    QCOMPARE(queue.takeBatch(8, 0us).size(), std::size_t(1));
}

void TestWork::failedPicturesComeBack()
{
    WorkQueue queue;
    QVERIFY(queue.add(LeaseId(7), TransferMode::Paths, items(3, 1)).ok());
    queue.setCapacity({8, 1000});
    const auto works = queue.takeForDecode(8);
    const auto failed = queue.decoded({picture(works[0].tag, ErrorCode::ImgCorrupt)});
    QCOMPARE(failed.size(), std::size_t(1));
    QCOMPARE(failed[0].lease, LeaseId(7));
    QCOMPARE(failed[0].item, ItemId(3));
    QCOMPARE(queue.counts().started, 0U);
    // Said twice, it counts once.
    QVERIFY(queue.decoded({picture(works[0].tag, ErrorCode::ImgCorrupt)}).empty());
}

void TestWork::notesAreJoined()
{
    WorkQueue queue;
    QVERIFY(queue.add(LeaseId(1), TransferMode::Paths, items(0, 1)).ok());
    queue.setCapacity({8, 1000});
    const auto works = queue.takeForDecode(8);
    queue.note(works[0].tag, "PNG named .jpg");
    Picture decoded = picture(works[0].tag);
    decoded.note = "grey";
    queue.decoded({decoded});
    QCOMPARE(queue.takeBatch(1, 0us)[0].picture.note, std::string("PNG named .jpg; grey"));
}

void TestWork::uncommittedResultsHoldTheFeeder()
{
    WorkQueue queue;
    queue.setCapacity({8, 1000, 2});
    QVERIFY(queue.add(LeaseId(1), TransferMode::Paths, items(0, 4)).ok());
    const auto first = queue.takeForDecode(8);
    QCOMPARE(first.size(), std::size_t(2));
    queue.decoded(pictures(first));
    queue.finished(queue.takeBatch(8, 0us));
    QCOMPARE(queue.counts().started, 0U);
    std::vector<WorkQueue::Work> works;
    std::thread feeder([&] { works = queue.takeForDecode(8); }); // waits: two results are not committed
    queue.settled(1);
    feeder.join();
    QCOMPARE(works.size(), std::size_t(1));
    QCOMPARE(queue.takeBack(LeaseId{}, 2).size(), std::size_t(2)); // one of them begun: room again
    QVERIFY(queue.add(LeaseId(2), TransferMode::Paths, items(9, 1)).ok());
    QCOMPARE(queue.takeForDecode(8).size(), std::size_t(1));
}

void TestWork::batchesWaitForMoreOnlyABoundedTime()
{
    WorkQueue queue;
    QVERIFY(queue.add(LeaseId(1), TransferMode::Paths, items(0, 2)).ok());
    queue.setCapacity({8, 1000});
    const auto works = queue.takeForDecode(8);
    queue.decoded({picture(works[0].tag)});
    // The second one is on its way, and does not come.
    const auto begin = std::chrono::steady_clock::now();
    QCOMPARE(queue.takeBatch(2, 20ms).size(), std::size_t(1));
    QVERIFY(std::chrono::steady_clock::now() - begin >= 20ms);
    // Nothing more is on its way: no waiting.
    queue.decoded({picture(works[1].tag)});
    QCOMPARE(queue.takeBatch(2, 1h).size(), std::size_t(1));
}

void TestWork::stopWakesEverybody()
{
    WorkQueue queue;
    std::thread feeder([&] { QVERIFY(queue.takeForDecode(1).empty()); });
    std::thread replica([&] { QVERIFY(queue.takeBatch(1, 1h).empty()); });
    queue.stop();
    feeder.join();
    replica.join();
}

void TestWork::suppliedItemsComeFirst()
{
    WorkQueue queue;
    auto list = items(0, 2);
    list[0].bytes = 3;
    QVERIFY(queue.add(LeaseId(1), TransferMode::Bytes, std::move(list)).ok());
    queue.setCapacity({1, 1000});
    const auto works = queue.takeForDecode(8);
    QCOMPARE(works.size(), std::size_t(1));
    queue.supply(works[0].tag, std::vector<std::byte>(3));
    const auto again = queue.takeForDecode(8);
    QCOMPARE(again.size(), std::size_t(1));
    QCOMPARE(again[0].tag, works[0].tag);
    QCOMPARE(again[0].item.item, ItemId(0));
    QCOMPARE(again[0].item.data.size(), std::size_t(3));
    queue.supply(4711, {}); // nobody wants that one
    QCOMPARE(queue.counts().started, 1U);
}

void TestWork::outboxKeepsUntilCommitted()
{
    Outbox outbox;
    for (std::uint32_t i = 0; i < 10; ++i)
        outbox.add(result(i));
    const auto first = outbox.unsent(4);
    QCOMPARE(first.size(), std::size_t(4));
    QCOMPARE(first[0].sequence, std::uint64_t(1));
    outbox.sent(first, 3); // the message had room for three
    QCOMPARE(outbox.unsentCount(), std::size_t(7));
    QCOMPARE(outbox.unsent(1)[0].sequence, std::uint64_t(4));
    QCOMPARE(outbox.committed({{1, 2}}), std::size_t(2));
    QCOMPARE(outbox.size(), std::size_t(8));
    QCOMPARE(outbox.committed({{1, 2}}), std::size_t(0));
}

void TestWork::outboxSendsAgainAfterRewind()
{
    Outbox outbox;
    for (std::uint32_t i = 0; i < 4; ++i)
        outbox.add(result(i));
    outbox.sent(outbox.unsent(4), 4);
    QCOMPARE(outbox.unsentCount(), std::size_t(0));
    outbox.rewind();
    QCOMPARE(outbox.unsentCount(), std::size_t(4));
    // The commits of before the cut may still arrive, also for what waits to be sent again.
    QCOMPARE(outbox.committed({{2, 3}}), std::size_t(2));
    QCOMPARE(outbox.unsentCount(), std::size_t(2));
    const auto rest = outbox.unsent(10);
    QCOMPARE(rest.size(), std::size_t(2));
    QCOMPARE(rest[1].sequence, std::uint64_t(4));
    outbox.sent(rest, 2);
    outbox.clear();
    outbox.add(result(9));
    QCOMPARE(outbox.unsent(1)[0].sequence, std::uint64_t(5)); // numbers go on
    QCOMPARE(outbox.unsentCount(), std::size_t(1));
}

void TestWork::outboxIgnoresWhatWasNeverSent()
{
    Outbox outbox;
    outbox.add(result(0));
    outbox.add(result(1));
    outbox.sent(outbox.unsent(1), 1);
    QCOMPARE(outbox.committed({{1, std::numeric_limits<std::uint64_t>::max()}, {9, 3}, {0, 0}}), std::size_t(1));
    QCOMPARE(outbox.size(), std::size_t(1));
    QCOMPARE(outbox.unsentCount(), std::size_t(1));
}

void TestWork::largeItemsArePulledInPieces()
{
    constexpr std::uint64_t piece = limits::maxPayloadBytes, size = 5 * piece + 100;
    ItemFetcher fetcher;
    fetcher.want({11, LeaseId(1), ItemId(2), size});
    auto asked = fetcher.toAsk();
    QCOMPARE(asked.size(), bounds::itemPieces);
    QVERIFY(fetcher.toAsk().empty());
    const std::vector<std::byte> bytes(piece, std::byte{7});
    std::optional<ItemFetcher::Arrived> arrived;
    for (std::uint64_t offset = 0; offset < size && !arrived; offset += piece) {
        const auto view = std::span(bytes).first(std::min(piece, size - offset));
        arrived = fetcher.arrived({"", LeaseId(1), ItemId(2), offset}, view);
        QVERIFY(!fetcher.arrived({"", LeaseId(1), ItemId(2), offset}, view)); // twice is once
        fetcher.toAsk();
    }
    QVERIFY(arrived && !arrived->failed);
    QCOMPARE(arrived->bytes.size(), std::size_t(size));
    QCOMPARE(arrived->item.tag, std::uint64_t(11));
}

void TestWork::shortPiecesAreAskedForAgain()
{
    ItemFetcher fetcher;
    fetcher.want({1, LeaseId(1), ItemId(1), 10});
    QCOMPARE(fetcher.toAsk().size(), std::size_t(1));
    const std::vector<std::byte> four(4);
    QVERIFY(!fetcher.arrived({"", LeaseId(1), ItemId(1), 0}, four));
    auto asked = fetcher.toAsk();
    QCOMPARE(asked.size(), std::size_t(1));
    QCOMPARE(asked[0].offset, std::uint64_t(4));
    fetcher.restart(); // a new connection: the same once more
    asked = fetcher.toAsk();
    QCOMPARE(asked.size(), std::size_t(1));
    QCOMPARE(asked[0].offset, std::uint64_t(4));
    fetcher.prune([](std::uint64_t) { return false; });
    fetcher.restart();
    QVERIFY(fetcher.toAsk().empty());
}

void TestWork::emptyPieceEndsAnItem()
{
    ItemFetcher fetcher;
    fetcher.want({1, LeaseId(1), ItemId(1), 10});
    fetcher.toAsk();
    const auto arrived = fetcher.arrived({"", LeaseId(1), ItemId(1), 0}, {});
    QVERIFY(arrived && arrived->failed);
    fetcher.want({2, LeaseId(1), ItemId(2), 10});
    fetcher.toAsk();
    const auto tooLong = fetcher.arrived({"", LeaseId(1), ItemId(2), 0}, std::vector<std::byte>(11));
    QVERIFY(tooLong && tooLong->failed);
}

void TestWork::modelWindowIsBounded()
{
    const auto files = modelFiles({100, 0, 950});
    ModelFetch fetch(files, 400);
    QCOMPARE(*fetch.next(), (ModelFetch::Window{0, 0, 100}));
    QCOMPARE(*fetch.next(), (ModelFetch::Window{2, 0, 300}));
    QVERIFY(!fetch.next());
    QVERIFY(fetch.accept({"", 0, 0}, 100));
    QVERIFY(!fetch.accept({"", 0, 0}, 100));
    QVERIFY(!fetch.accept({"", 2, 10}, 10));
    QVERIFY(fetch.accept({"", 2, 0}, 300));
    QVERIFY(!fetch.accept({"", 2, 300}, 10)); // nobody asked for it
    QVERIFY(!fetch.next());                   // nothing is on disk yet
    fetch.written(400);
    QCOMPARE(*fetch.next(), (ModelFetch::Window{2, 300, 400}));
    QVERIFY(!fetch.accept({"", 2, 300}, 0));
    QVERIFY(fetch.accept({"", 2, 300}, 400));
    fetch.written(400);
    QCOMPARE(*fetch.next(), (ModelFetch::Window{2, 700, 250}));
    QVERIFY(!fetch.accept({"", 2, 700}, 251));
    QVERIFY(fetch.accept({"", 2, 700}, 250));
    QVERIFY(fetch.isReceived());
    QVERIFY(ModelFetch(modelFiles({0, 0}), 400).isReceived());
}

void TestWork::modelFetchResumes()
{
    const auto files = modelFiles({1000});
    ModelFetch fetch(files, 400);
    fetch.next();
    QVERIFY(fetch.accept({"", 0, 0}, 150));
    fetch.written(150);
    fetch.restart();
    QCOMPARE(*fetch.next(), (ModelFetch::Window{0, 150, 400}));
    QCOMPARE(fetch.receivedBytes(), std::uint64_t(150));
}

QTEST_APPLESS_MAIN(TestWork)
#include "test_work.moc"
