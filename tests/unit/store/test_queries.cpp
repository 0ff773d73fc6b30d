// SPDX-License-Identifier: GPL-3.0-or-later
// Filters with and without postings, and the confusion matrix.
#include "app/core/label_names.h"
#include "tests/unit/store/opened_store.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <cmath>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::app::test;

namespace {

std::vector<std::uint32_t> numbersOf(const std::vector<ResultView>& views)
{
    std::vector<std::uint32_t> numbers;
    for (const ResultView& view : views)
        numbers.push_back(view.item.id.value);
    return numbers;
}

} // namespace

class TestStoreQueries : public OpenedStore
{
    Q_OBJECT

private Q_SLOTS:
    void filters_data()
    {
        using Numbers = std::vector<std::uint32_t>;
        QTest::addColumn<ResultFilter>("filter");
        QTest::addColumn<Numbers>("expected");
        QTest::newRow("none") << ResultFilter{} << Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        ResultFilter f;
        f.labels = {"cat"};
        QTest::newRow("label") << f << Numbers{0, 3, 6};
        f.labels = {"cat", "dog"};
        QTest::newRow("labels") << f << Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8};
        f.labels = {"elephant"};
        QTest::newRow("unknown label") << f << Numbers{};
        f = {};
        f.labels = {"cat"};
        f.expected = {"dog"};
        QTest::newRow("matrix cell") << f << Numbers{3};
        f = {};
        f.expected = {"dog"};
        QTest::newRow("expected") << f << Numbers{1, 3, 5, 7, 9, 11};
        f = {};
        f.correct = false;
        QTest::newRow("wrong") << f << Numbers{2, 3, 4, 8};
        f.correct = true;
        QTest::newRow("right") << f << Numbers{0, 1, 5, 6, 7};
        f.labels = {"cat"};
        QTest::newRow("right cats") << f << Numbers{0, 6};
        f = {};
        f.status = ResultFilter::Status::Errors;
        QTest::newRow("errors") << f << Numbers{9, 10};
        f.errors = {ErrorCode::ImgEmpty};
        QTest::newRow("one error") << f << Numbers{10};
        f = {};
        f.errors = {ErrorCode::ImgEmpty, ErrorCode::ImgTruncated};
        QTest::newRow("two errors") << f << Numbers{9, 10};
        f = {};
        f.status = ResultFilter::Status::Labelled;
        QTest::newRow("labelled") << f << Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8};
        f = {};
        f.nodes = {"local-2"};
        QTest::newRow("node") << f << Numbers{9, 10};
        f = {};
        f.minScore = 0.8;
        QTest::newRow("sure") << f << Numbers{};
        f.minScore = 0.7;
        f.maxScore = 0.76;
        f.text = "PICTURE 1";
        QTest::newRow("score and text") << f << Numbers{1};
        f = {};
        f.minScore = 0.75;
        QTest::newRow("from exactly") << f << Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8};
        f.maxScore = 0.75;
        QTest::newRow("exactly") << f << Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8};
        f.minScore = 0.0;
        f.maxScore = 0.74;
        QTest::newRow("up to") << f << Numbers{};
        f.minScore = 0.745;
        f.maxScore = 0.755;
        QTest::newRow("between percents") << f << Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8};
        f.correct = false;
        QTest::newRow("sure and wrong") << f << Numbers{2, 3, 4, 8};
        f = {};
        f.nodes = {"local-1", "local-2"};
        QTest::newRow("nodes") << f << Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        f.precisions = {"fp32"};
        QTest::newRow("nodes and precision") << f << Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        f.precisions = {"int8"};
        QTest::newRow("another precision") << f << Numbers{};
        f = {};
        f.text = "1.jpg";
        QTest::newRow("text") << f << Numbers{1, 11};
        f.text = "%";
        QTest::newRow("no wildcard") << f << Numbers{};
    }

    /// Each filter on a running run, and on the same one with its postings.
    void filters()
    {
        QFETCH(ResultFilter, filter);
        using Numbers = std::vector<std::uint32_t>;
        QFETCH(Numbers, expected);
        const RunRecord run = mixedRun();
        for (const bool indexed : {false, true}) {
            if (indexed) {
                valueOf(writer().sealRun(run.id));
                mustWork(writer().finishIndexes());
            }
            QCOMPARE(numbersOf(valueOf(m_reader->results(run.id, filter, std::nullopt, 100))), expected);
            QCOMPARE(valueOf(m_reader->countResults(run.id, filter)), std::uint64_t{expected.size()});
            Numbers paged;
            std::optional<ItemId> after;
            for (;;) {
                const auto page = numbersOf(valueOf(m_reader->results(run.id, filter, after, 2)));
                paged.insert(paged.end(), page.begin(), page.end());
                if (page.size() < 2)
                    break;
                after = ItemId(page.back());
            }
            QCOMPARE(paged, expected);
            Numbers numbers;
            for (const ItemId item : valueOf(m_reader->matchingItems(run.id, filter, std::nullopt)))
                numbers.push_back(item.value);
            QCOMPARE(numbers, expected);
        }
    }

    /// On and beside each whole percent: the postings find what the rows' own scores say.
    void scoreRangesAreExact()
    {
        const RunRecord run = storedRun(*m_store, 303);
        for (std::uint32_t i = 0; i < 303; ++i) {
            ResultRow row = sampleRow(i);
            const float percent = static_cast<float>(i / 3) / 100.0f;
            row.top.front().score = i % 3 == 0   ? percent
                                    : i % 3 == 1 ? std::nextafter(percent, 0.0f)
                                                 : std::nextafter(percent, 1.0f);
            writer().addResult(run.id, i, row);
        }
        mustWork(writer().flush());
        std::vector<ResultFilter> filters;
        for (int least = 0; least <= 100; least += 3) {
            for (int most = least; most <= 100; most += 7) {
                filters.emplace_back();
                filters.back().minScore = least / 100.0;
                filters.back().maxScore = most / 100.0;
            }
        }
        std::vector<std::vector<ItemId>> scanned;
        for (const ResultFilter& filter : filters)
            scanned.push_back(valueOf(m_reader->matchingItems(run.id, filter, std::nullopt)));
        valueOf(writer().sealRun(run.id));
        mustWork(writer().finishIndexes());
        for (std::size_t i = 0; i < filters.size(); ++i)
            QVERIFY(valueOf(m_reader->matchingItems(run.id, filters[i], std::nullopt)) == scanned[i]);
    }

    /// Pages of postings of several values: in item order, complete, whichever value an item has and wherever it lies.
    void pagesOfSeveralValues()
    {
        constexpr std::uint32_t count = 600;
        RunRecord run = sampleRun();
        run.id = valueOf(writer().createRun(run));
        writer().addItems(run.id, sampleItems(count));
        for (std::uint32_t i = 0; i < count; ++i) {
            ResultRow row = sampleRow(i);
            row.top.front().score = static_cast<float>(i * 7 % 100) / 100.0f;
            row.node = "node-" + std::to_string(i / 200);
            writer().addResult(run.id, i, row);
        }
        mustWork(writer().flush());
        ResultFilter scores, nodes;
        scores.minScore = 0.3;
        scores.maxScore = 0.6;
        nodes.nodes = {"node-1", "node-2"}; // as of a folder: none of the first 200 match
        std::vector<std::vector<std::uint32_t>> expected;
        for (const ResultFilter& filter : {scores, nodes})
            expected.push_back(numbersOf(valueOf(m_reader->results(run.id, filter, std::nullopt, count))));
        valueOf(writer().sealRun(run.id));
        mustWork(writer().finishIndexes());
        for (const ResultFilter& filter : {scores, nodes}) {
            QVERIFY(expected.front().size() > 100);
            std::vector<std::uint32_t> paged;
            std::optional<ItemId> after;
            for (;;) {
                const auto page = numbersOf(valueOf(m_reader->results(run.id, filter, after, 7)));
                paged.insert(paged.end(), page.begin(), page.end());
                if (page.size() < 7)
                    break;
                after = ItemId(page.back());
            }
            QCOMPARE(paged, expected.front());
            expected.erase(expected.begin());
        }
    }

    /// All rows but the errors are named without reading them only where every item has a row.
    void labelledOnesOfACompleteRun()
    {
        const RunRecord run = mixedRun();
        writer().addResult(run.id, 1, sampleRow(11));
        valueOf(writer().sealRun(run.id));
        mustWork(writer().finishIndexes());
        ResultFilter labelled;
        labelled.status = ResultFilter::Status::Labelled;
        std::vector<std::uint32_t> numbers;
        for (const ItemId item : valueOf(m_reader->matchingItems(run.id, labelled, ItemId(6))))
            numbers.push_back(item.value);
        QCOMPARE(numbers, (std::vector<std::uint32_t>{7, 8, 11}));
    }

    /// A filter that holds most of a complete run is answered by what it leaves out: errors, pictures whose label
    /// nobody knows and other values are left out all the same.
    void whatHoldsMostIsExact()
    {
        constexpr std::uint32_t count = 400;
        const RunRecord run = storedRun(*m_store, count);
        for (std::uint32_t i = 0; i < count; ++i) {
            ResultRow row = i % 20 == 19 ? errorRow(i, ErrorCode::ImgTruncated, "") : sampleRow(i);
            row.node = "node-" + std::to_string(i % 16 / 15);
            if (row.error.code == ErrorCode::None) {
                row.top.front().score = static_cast<float>(i % 100) / 100.0f;
                row.top.front().label = i % 5;
                row.correct = i % 8 != 3;
            }
            writer().addResult(run.id, i, row);
        }
        mustWork(writer().flush());
        std::vector<ResultFilter> filters(6);
        filters[0].minScore = 0.05;
        filters[1].maxScore = 0.9;
        filters[2].correct = true;
        filters[3].nodes = {"node-0"};
        filters[4].labels = {"cat", "dog", "crane"};
        filters[5].status = ResultFilter::Status::Labelled;
        const auto found = [&](const ResultFilter& filter, std::optional<ItemId> after) {
            return valueOf(m_reader->matchingItems(run.id, filter, after));
        };
        std::vector<std::vector<ItemId>> scanned;
        for (const ResultFilter& filter : filters) {
            scanned.push_back(found(filter, std::nullopt));
            QVERIFY(scanned.back().size() > count * 7 / 10 && scanned.back().size() < count);
        }
        const auto compare = [&] {
            for (std::size_t i = 0; i < filters.size(); ++i) {
                QVERIFY(found(filters[i], std::nullopt) == scanned[i]);
                std::vector<ItemId> late;
                std::ranges::copy_if(scanned[i], std::back_inserter(late),
                                     [](const ItemId item) { return item > ItemId(255); });
                QVERIFY(found(filters[i], ItemId(255)) == late);
            }
        };
        valueOf(writer().sealRun(run.id));
        mustWork(writer().finishIndexes());
        compare();
        // One of which nobody knows whether it is right is neither right nor wrong.
        ResultFilter wrong;
        wrong.correct = false;
        QCOMPARE(found(filters[2], std::nullopt).size() + found(wrong, std::nullopt).size(), std::size_t{380});
        SQLite::Database db(file().string(), SQLite::OPEN_READWRITE);
        db.exec("UPDATE result SET correct=NULL WHERE item=0");
        db.exec("DELETE FROM posting WHERE kind=2 AND item=0");
        scanned[2].erase(scanned[2].begin());
        compare();
    }

    void confusionCountsWhatTheFilterFinds()
    {
        const RunRecord run = mixedRun();
        const auto cells = valueOf(m_reader->confusion(run.id));
        std::uint64_t sum = 0;
        for (const auto& cell : cells) {
            ResultFilter filter;
            filter.labels = {distinctNames(run.labels)[cell.predicted]};
            filter.expected = {distinctNames(run.labels)[cell.expected]};
            QCOMPARE(valueOf(m_reader->countResults(run.id, filter)), cell.count);
            sum += cell.count;
        }
        QCOMPARE(sum, std::uint64_t{9});
    }
};

QTEST_GUILESS_MAIN(TestStoreQueries)
#include "test_queries.moc"
