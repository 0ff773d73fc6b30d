// SPDX-License-Identifier: GPL-3.0-or-later
// Item models: right rows, no resets, nothing that waits in the window's thread.
#include "app/models/engine_bridge.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/models/stored_run.h"
#include "tests/gui/memory_store.h"
#include "tests/gui/samples.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <thread>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

std::shared_ptr<const FleetSnapshot> shared(FleetSnapshot snapshot)
{
    return std::make_shared<const FleetSnapshot>(std::move(snapshot));
}

std::vector<NodeSnapshot> nodes(std::initializer_list<std::uint32_t> ids)
{
    std::vector<NodeSnapshot> out;
    for (const std::uint32_t id : ids)
        out.push_back(sampleNode(id));
    return out;
}

QString cell(const QAbstractItemModel& model, int row, int column)
{
    return model.index(row, column).data().toString();
}

/// A source that publishes what the test hands it, from any thread, as the engine does.
class Bridged : public FleetSource
{
public:
    using FleetSource::publish;
    void startRun(const RunRequest&, QObject*, Done<RunId>) override {}
    void resumeRun(RunId, QObject*, Done<RunId>) override {}
    void setPaused(bool) override {}
    void stopRun() override {}
    void setNodesWanted(quint32) override {}
    void setFailurePolicy(const FailurePolicy&) override {}
    void addNode(const QString&, QObject*, Done<NodeId>) override {}
    void startLocalAgents(quint32, QObject*, Done<void>) override {}
    void drainNode(NodeId, Engine::When) override {}
    void undrainNode(NodeId) override {}
    void removeNode(NodeId, Engine::When) override {}
    void killLocalAgent(NodeId) override {}
    void stopNode(NodeId, Engine::When) override {}
    void restartLocalAgent(NodeId) override {}
    QString publicKey() const override { return {}; }
    QString fingerprint() const override { return {}; }
};

} // namespace

class TestModels : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nodesComeAndGo();
    void nodeCells();
    void everyStateHasWords();
    void thousandNodesWithoutReset();
    void pagesInOrder();
    void rowsFillInPlace();
    void filterRestarts();
    void lateRowsOfAFilter();
    void exportSaysWhat();
    void exportFails();
    void storedRuns();
    void publishKeepsOrder();
};

void TestModels::nodesComeAndGo()
{
    NodeModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    model.update(shared(fleetOf(nodes({1, 2, 3, 4, 5, 6}))));
    QCOMPARE(model.rowCount(), 6);
    const QPersistentModelIndex five(model.index(4, 0));
    model.update(shared(fleetOf(nodes({1, 4, 5, 8, 9}))));
    QCOMPARE(model.rowCount(), 5);
    QCOMPARE(five.row(), 2);
    QCOMPARE(five.data(NodeModel::NodeIdRole).toUInt(), 5u);
    QCOMPARE(model.index(4, 0).data(NodeModel::NodeIdRole).toUInt(), 9u);
    // One that comes back between others does not move them away from what points at them.
    model.update(shared(fleetOf(nodes({1, 2, 4, 5, 8, 9}))));
    QCOMPARE(five.row(), 3);
    QCOMPARE(five.data(NodeModel::NodeIdRole).toUInt(), 5u);
    model.update(shared(fleetOf({})));
    QCOMPARE(model.rowCount(), 0);
    QVERIFY(!five.isValid());
    QCOMPARE(resets.size(), 0);
}

void TestModels::nodeCells()
{
    NodeModel model;
    model.update(shared(fleetOf(mixedNodes())));
    QCOMPARE(cell(model, 0, NodeModel::StateColumn), QStringLiteral("Online"));
    QCOMPARE(cell(model, 0, NodeModel::NameColumn), QStringLiteral("local-1"));
    QCOMPARE(cell(model, 0, NodeModel::RateColumn), QStringLiteral("161"));
    QCOMPARE(cell(model, 0, NodeModel::LoadColumn), QStringLiteral("94 %"));
    QCOMPARE(cell(model, 0, NodeModel::BeatColumn), QStringLiteral("0.3 s"));
    QCOMPARE(cell(model, 0, NodeModel::DoneColumn), QStringLiteral("1,001"));
    QCOMPARE(cell(model, 2, NodeModel::DeviceColumn), QStringLiteral("NVIDIA L4"));
    QCOMPARE(cell(model, 3, NodeModel::PrecisionColumn), QStringLiteral("synthetic"));
    QVERIFY(cell(model, 4, NodeModel::DoingColumn).contains(QStringLiteral("61 %")));
    QCOMPARE(cell(model, 7, NodeModel::BeatColumn), QStringLiteral("41 s"));
    QVERIFY(model.index(7, 0).data(NodeModel::StaleRole).toBool());
    QCOMPARE(cell(model, 7, NodeModel::LoadColumn), QStringLiteral("–"));
    QCOMPARE(cell(model, 8, NodeModel::BeatColumn), QStringLiteral("–"));
    // Nothing is blank, and a reader hears every cell.
    for (int row = 0; row < model.rowCount(); ++row) {
        for (int column = 0; column < model.columnCount(); ++column)
            QVERIFY2(!model.index(row, column).data(Qt::AccessibleTextRole).toString().isEmpty(),
                     qPrintable(QStringLiteral("%1,%2").arg(row).arg(column)));
    }
}

void TestModels::everyStateHasWords()
{
    for (int state = 1; state <= static_cast<int>(NodeState::Stopped); ++state) {
        NodeSnapshot node = sampleNode(1, static_cast<NodeState>(state));
        QVERIFY(!NodeModel::stateText(node.state).isEmpty());
        QVERIFY(!NodeModel::doingText(node).isEmpty());
    }
    for (int reason = 0; reason <= static_cast<int>(IdleReason::StoreBehind); ++reason) {
        NodeSnapshot node = sampleNode(1);
        node.idle = static_cast<IdleReason>(reason);
        QVERIFY(!NodeModel::doingText(node).isEmpty());
    }
}

void TestModels::thousandNodesWithoutReset()
{
    NodeModel model;
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    QSignalSpy inserts(&model, &QAbstractItemModel::rowsInserted);
    QSignalSpy removals(&model, &QAbstractItemModel::rowsRemoved);
    QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
    std::vector<NodeSnapshot> fleet;
    for (std::uint32_t id = 1; id <= 1'000; ++id)
        fleet.push_back(sampleNode(id));
    for (int second = 0; second < 20; ++second)
        model.update(shared(fleetOf(fleet)));
    QCOMPARE(inserts.size(), 1);
    QCOMPARE(changes.size(), 19); // one batch an update, whatever the number of nodes
    std::erase_if(fleet, [](const NodeSnapshot& node) { return node.id.value % 100 < 10; });
    model.update(shared(fleetOf(fleet)));
    QCOMPARE(removals.size(), 11); // neighbours leave together: 1–9, 100–109, …, 1,000
    QCOMPARE(model.rowCount(), 900);
    QCOMPARE(resets.size(), 0);
}

void TestModels::pagesInOrder()
{
    MemoryStore store;
    store.setRun(sampleRecord());
    store.setRows(sampleRows(2'000));
    ResultsLoader loader(store);
    ResultsModel model(loader);
    model.setRun(RunId(12), fashionLabels());
    QTRY_COMPARE(model.rowCount(), 2'000);
    QCOMPARE(model.matchingRows(), 2'000u);
    // Only what is looked at is read, and it is read once it is looked at.
    QVERIFY(model.rowsInMemory() <= ResultsModel::pageRows);
    QVERIFY(!model.row(model.index(1'500, 0)));
    QTRY_VERIFY(model.row(model.index(1'500, 0)));
    QVERIFY(model.rowsInMemory() <= 2 * ResultsModel::pageRows);
    QCOMPARE(model.rowOf(ItemId(1'500)), 1'500);
    QCOMPARE(model.rowCount(), 2'000);
    for (int row = 0; row < model.rowCount(); ++row)
        QCOMPARE(model.index(row, 0).data(ResultsModel::ItemRole).toUInt(), static_cast<uint>(row));
    QCOMPARE(cell(model, 0, ResultsModel::LabelColumn), QStringLiteral("T-shirt/top"));
    QCOMPARE(cell(model, 6, ResultsModel::CorrectColumn), QStringLiteral("Wrong"));
    QCOMPARE(cell(model, 49, ResultsModel::StatusColumn), QStringLiteral("E_IMG_TRUNCATED"));
    QVERIFY(model.index(0, ResultsModel::LabelColumn).data(Qt::ToolTipRole).toString().contains(QLatin1Char('\n')));
}

void TestModels::rowsFillInPlace()
{
    MemoryStore store;
    store.setRun(sampleRecord());
    store.setRows(sampleRows(100, 60));
    ResultsLoader loader(store);
    ResultsModel model(loader);
    model.setRun(RunId(12), fashionLabels());
    QTRY_COMPARE(model.rowCount(), 100);
    QCOMPARE(cell(model, 80, ResultsModel::StatusColumn), QStringLiteral("Waiting"));
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    QSignalSpy inserts(&model, &QAbstractItemModel::rowsInserted);
    const QPersistentModelIndex eighty(model.index(80, ResultsModel::StatusColumn));
    store.setRows(sampleRows(120));
    model.follow(70, 90);
    QTRY_COMPARE(eighty.data().toString(), QStringLiteral("Labelled"));
    QCOMPARE(cell(model, 60, ResultsModel::StatusColumn), QStringLiteral("Waiting")); // not on the screen
    QCOMPARE(eighty.row(), 80);
    for (const QList<QVariant>& insert : inserts)
        QCOMPARE(insert.at(1).toInt(), 100); // only behind the last one
    model.refresh();
    QTRY_COMPARE(cell(model, 60, ResultsModel::StatusColumn), QStringLiteral("Labelled"));
    QTRY_COMPARE(model.rowCount(), 120);
    QCOMPARE(resets.size(), 0);
}

void TestModels::filterRestarts()
{
    MemoryStore store;
    store.setRun(sampleRecord());
    store.setRows(sampleRows(700));
    ResultsLoader loader(store);
    ResultsModel model(loader);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRun(RunId(12), fashionLabels());
    ResultFilter wrong;
    wrong.correct = false;
    model.setFilter(wrong); // before the first page has come: its answer is not wanted any more
    QVERIFY(model.isFiltered());
    QTRY_VERIFY(model.rowCount() > 0 && !model.isLoading());
    QCOMPARE(static_cast<quint64>(model.rowCount()), model.matchingRows());
    for (int row = 0; row < model.rowCount(); ++row) {
        QVERIFY(model.row(model.index(row, 0)));
        QCOMPARE(model.index(row, 0).data(ResultsModel::CorrectRole).toBool(), false);
    }
    ResultFilter bags;
    bags.labels = {"Bag"};
    model.setFilter(bags);
    QTRY_VERIFY(model.rowCount() > 0);
    for (int row = 0; row < model.rowCount(); ++row)
        QCOMPARE(cell(model, row, ResultsModel::LabelColumn), QStringLiteral("Bag"));
    model.setRun(RunId(), {});
    QCOMPARE(model.rowCount(), 0);
    QCOMPARE(model.matchingRows(), 0u);
}

void TestModels::lateRowsOfAFilter()
{
    MemoryStore store;
    store.setRun(sampleRecord());
    auto rows = sampleRows(200);
    for (std::uint32_t i = 0; i < 100; ++i)
        rows[i].result.reset(); // the second half came first
    store.setRows(rows);
    ResultsLoader loader(store);
    ResultsModel model(loader);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRun(RunId(12), fashionLabels());
    ResultFilter wrong;
    wrong.correct = false;
    model.setFilter(wrong);
    QTRY_VERIFY(model.rowCount() > 0);
    QTRY_COMPARE(static_cast<quint64>(model.rowCount()), model.matchingRows());
    const int before = model.rowCount();
    store.setRows(sampleRows(200));
    model.follow(0, before - 1);
    QTRY_VERIFY(model.matchingRows() > static_cast<quint64>(before));
    QCOMPARE(model.rowCount(), before); // nothing moves by itself
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    const QPersistentModelIndex first(model.index(0, 0));
    model.refresh();
    QTRY_COMPARE(static_cast<quint64>(model.rowCount()), model.matchingRows());
    QCOMPARE(resets.size(), 0);
    QVERIFY(first.row() > 0); // the early ones stand before it, and it is still the same row
    QTRY_COMPARE(model.unseenRows(), 0u);
}

void TestModels::exportSaysWhat()
{
    MemoryStore store;
    store.setRun(sampleRecord());
    store.setRows(sampleRows(100));
    ResultsLoader loader(store);
    QSignalSpy exported(&loader, &ResultsLoader::exported);
    QTemporaryDir folder;
    ResultsQuery query{1, RunId(12), {}};
    query.filter.correct = false;
    loader.exportCsv(query, folder.filePath(QStringLiteral("out.csv")));
    QTRY_COMPARE(exported.size(), 1);
    QVERIFY(exported.front().at(2).toBool());
    QFile file(folder.filePath(QStringLiteral("out.csv")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(static_cast<quint64>(file.readAll().count('\n')), exported.front().at(1).toULongLong() + 1);
}

void TestModels::exportFails()
{
    MemoryStore store;
    store.setRun(sampleRecord());
    store.failExports({ErrorCode::Export, "/full/out.csv"});
    ResultsLoader loader(store);
    QSignalSpy failed(&loader, &ResultsLoader::exportFailed);
    loader.exportCsv({1, RunId(12), {}}, QStringLiteral("/full/out.csv"));
    QTRY_COMPARE(failed.size(), 1);
}

void TestModels::storedRuns()
{
    // What the last process wrote when it was killed: the run is not going any more, and can go on.
    const RunSnapshot cut = storedRun(sampleRecord(RunState::Running), {});
    QVERIFY(!isActive(cut));
    QVERIFY(canResume(cut));
    QCOMPARE(cut.labelled + cut.errors + cut.inFlight + cut.queued, cut.planned);
    const RunSnapshot finished = storedRun(sampleRecord(RunState::Finished), Seal{});
    QVERIFY(!canResume(finished));
    QVERIFY(finished.seal.has_value());
    RunRecord manifest = sampleRecord();
    manifest.dataKind = "manifest";
    manifest.dataRoot = "/pictures";
    QCOMPARE(dataSetOf(manifest).root, std::string("/pictures"));
    QVERIFY(dataSetOf(sampleRecord()).root.empty());
}

void TestModels::publishKeepsOrder()
{
    Bridged source;
    QVERIFY(source.snapshot());
    QStringList order;
    connect(&source, &FleetSource::eventsAdded, this, [&] { order << QStringLiteral("events"); });
    connect(&source, &FleetSource::snapshotChanged, this, [&] { order << QStringLiteral("snapshot"); });
    source.publish(shared(fleetOf(nodes({1}))), {EventRecord()});
    source.publish(nullptr, {EventRecord()});
    QCOMPARE(order, QStringList({QStringLiteral("events"), QStringLiteral("snapshot"), QStringLiteral("events")}));
    QCOMPARE(source.snapshot()->nodes.size(), 1u);
}

QTEST_MAIN(TestModels)
#include "test_models.moc"
