// SPDX-License-Identifier: GPL-3.0-or-later
// The window fed with snapshots: empty, busy, broken and finished; by keyboard and for a screen reader.
#include "app/models/node_model.h"
#include "app/models/results_loader.h"
#include "app/models/results_model.h"
#include "app/models/set_up_probe.h"
#include "app/models/thumbnails.h"
#include "app/ui/alert_strip.h"
#include "app/ui/filter_box.h"
#include "app/ui/fleet_page.h"
#include "app/ui/main_window.h"
#include "app/ui/node_table.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "app/ui/start_problem.h"
#include "app/ui/theme.h"
#include "tests/gui/memory_store.h"
#include "tests/gui/samples.h"
#include "tests/gui/scripted_fleet.h"

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

/// A window over a scripted fleet and a store in memory.
struct Stage
{
    MemoryStore store;
    ScriptedFleet fleet;
    Theme theme;
    ResultsLoader results{store};
    ThumbnailCache thumbnails{"/no/such/decoder"};
    SetUpProbe probe;
    std::unique_ptr<MainWindow> window;

    explicit Stage(bool dark = false)
    {
        theme.setMode(dark ? Theme::Mode::Dark : Theme::Mode::Light);
        open();
    }
    void open()
    {
        UiContext context{fleet, results, thumbnails, probe, theme, {}, {}, {}, 2, 0};
        context.database = QStringLiteral("/tmp/fleet.db");
        context.demoData = QStringLiteral("/demo/t10k-images-idx3-ubyte.gz");
        context.demoModel = QStringLiteral("/demo/fashion-mnist-vit");
        window = std::make_unique<MainWindow>(context);
        window->show();
        QVERIFY(QTest::qWaitForWindowExposed(window.get()));
    }
    template <typename T>
    T* find(const char* name)
    {
        return window->findChild<T*>(QLatin1String(name));
    }
    QPushButton* button(const QString& text) const
    {
        for (QPushButton* candidate : window->findChildren<QPushButton*>()) {
            if (candidate->text() == text && candidate->isVisible())
                return candidate;
        }
        return nullptr;
    }
    /// Into $VITFLEET_SCREENSHOTS, where it is set: for people to look at.
    void shoot(const QString& name) const
    {
        const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS");
        QCoreApplication::processEvents();
        if (!folder.isEmpty() && QDir().mkpath(folder))
            window->grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png"));
    }
};

quint64 figure(QString text)
{
    return text.remove(QLocale().groupSeparator()).toULongLong();
}

} // namespace

class TestPages : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void emptyPages();
    void demoButton();
    void startFails();
    void busyFleet();
    void sumsAddUp();
    void headerIsSumOfRows();
    void nodeActions();
    void pauseStopNodes();
    void brokenFleet();
    void databaseTrouble();
    void sealAtTheEnd();
    void stoppedRunCanGoOn();
    void storedRunIsShown();
    void syntheticIsMarked();
    void resultsFilter();
    void resultsFollow();
    void exportMessages();
    void keyboard();
    void tabReachesEverything();
    void disabledSayWhy();
    void everythingHasAName();
    void nothingIsClipped_data();
    void nothingIsClipped();
    void figuresStandStill();
    void addNode();
    void startProblem();
    void thousandNodes();
    void pictures();
};

void TestPages::emptyPages()
{
    Stage stage;
    QVERIFY(stage.window->fleetPage().isEmpty());
    QVERIFY(stage.find<QPushButton>("startDemo")->isVisible());
    bool hasCommand = false;
    for (const QLineEdit* edit : stage.window->fleetPage().findChildren<QLineEdit*>())
        hasCommand |= edit->isVisible() && edit->text().contains(stage.fleet.publicKey());
    QVERIFY(hasCommand);
    QVERIFY(stage.button(QStringLiteral("Copy")));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    QVERIFY(stage.button(QStringLiteral("Set up a run")));
    stage.window->showPage(MainWindow::RunPageIndex);
    QVERIFY(stage.find<QPushButton>("startRun")->isEnabled());
}

void TestPages::demoButton()
{
    Stage stage;
    QTest::mouseClick(stage.find<QPushButton>("startDemo"), Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    QCOMPARE(stage.fleet.lastRequest.localAgents, 2u);
    QCOMPARE(stage.fleet.lastRequest.modelPath, std::string("/demo/fashion-mnist-vit"));
    QCOMPARE(stage.window->page(), MainWindow::RunPageIndex);
}

void TestPages::startFails()
{
    Stage stage;
    stage.fleet.startAnswer.reset();
    stage.window->startDemo();
    QPushButton* start = stage.find<QPushButton>("startRun");
    QVERIFY(!start->isEnabled());
    QVERIFY(!start->toolTip().isEmpty());
    stage.fleet.startDone(Result<RunId>(ErrorCode::DataMissing, "/demo/t10k-images-idx3-ubyte.gz"));
    QVERIFY(start->isEnabled());
    bool said = false;
    for (const QLabel* label : stage.window->runPage().findChildren<QLabel*>())
        said |= label->isVisible() && label->text().contains(QStringLiteral("E_DATA_MISSING"));
    QVERIFY(said);
    stage.shoot(QStringLiteral("run-error-light"));
}

void TestPages::busyFleet()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    QVERIFY(!stage.window->fleetPage().isEmpty());
    QCOMPARE(stage.window->fleetPage().model().rowCount(), 9);
    QVERIFY(stage.button(QStringLiteral("Pause run")));
    // A row does not move when another one changes its state.
    stage.window->fleetPage().table().selectRow(3);
    auto nodes = mixedNodes();
    nodes[1].state = NodeState::Lost;
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'200, 2, 704)));
    QCOMPARE(stage.window->fleetPage().table().selectedNode(), 4u);
    QCOMPARE(stage.window->fleetPage().table().currentIndex().row(), 3);
}

void TestPages::sumsAddUp()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    for (const quint64 done : {0u, 1u, 2'999u, 9'998u}) {
        stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, done, 1, 1)));
        const QStringList sides = stage.window->runPage().progress().sum().split(QStringLiteral(" = "));
        quint64 sum = 0;
        for (const QString& part : sides.front().split(QStringLiteral(" + ")))
            sum += figure(part);
        QCOMPARE(sum, 10'000u);
        QCOMPARE(figure(sides.back()), 10'000u);
    }
}

void TestPages::headerIsSumOfRows()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    const NodeModel& model = stage.window->fleetPage().model();
    quint64 rows = 0;
    for (int row = 0; row < model.rowCount(); ++row)
        rows += figure(model.index(row, NodeModel::RateColumn).data().toString());
    quint64 header = 0;
    for (const Tile* tile : stage.window->fleetPage().findChildren<Tile*>()) {
        if (tile->accessibleName() == QStringLiteral("Throughput"))
            header = figure(tile->value());
    }
    QVERIFY(header > 0);
    QVERIFY(std::abs(static_cast<double>(header) - static_cast<double>(rows)) <= 0.01 * static_cast<double>(header));
}

void TestPages::nodeActions()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes()));
    QPushButton* drain = stage.button(QStringLiteral("Drain"));
    QPushButton* remove = stage.button(QStringLiteral("Remove"));
    QVERIFY(drain && !drain->isEnabled() && !drain->toolTip().isEmpty());
    QVERIFY(remove && !remove->isEnabled() && !remove->toolTip().isEmpty());
    stage.window->fleetPage().table().selectRow(1);
    QTest::mouseClick(drain, Qt::LeftButton);
    stage.window->fleetPage().table().selectRow(6); // draining
    QCOMPARE(drain->text(), QStringLiteral("Take work again"));
    QTest::mouseClick(drain, Qt::LeftButton);
    stage.window->fleetPage().table().selectRow(7); // lost
    QVERIFY(!drain->isEnabled());
    QTest::mouseClick(remove, Qt::LeftButton);
    QCOMPARE(stage.fleet.asked,
             QStringList({QStringLiteral("drain 2"), QStringLiteral("undrain 7"), QStringLiteral("remove 8")}));
}

void TestPages::pauseStopNodes()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSnapshot run = sampleRun(10'000, 600, 2, 704);
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, run));
    QTest::mouseClick(stage.find<QPushButton>("pauseRun"), Qt::LeftButton);
    run.paused = true;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, run));
    QCOMPARE(stage.find<QPushButton>("pauseRun")->text(), QStringLiteral("Continue"));
    QTest::mouseClick(stage.find<QPushButton>("pauseRun"), Qt::LeftButton);
    QPushButton* change = stage.find<QPushButton>("startRun");
    QVERIFY(!change->isEnabled());
    for (QAbstractSpinBox* box : stage.window->runPage().findChildren<QAbstractSpinBox*>()) {
        if (box->accessibleName() == QStringLiteral("Nodes to use"))
            box->stepUp();
    }
    QVERIFY(change->isEnabled());
    QTest::mouseClick(change, Qt::LeftButton);
    QTest::mouseClick(stage.find<QPushButton>("stopRun"), Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList({QStringLiteral("pause"), QStringLiteral("continue"),
                                             QStringLiteral("nodes 1"), QStringLiteral("stop")}));
}

void TestPages::brokenFleet()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    AlertStrip& alert = stage.window->alert();
    QVERIFY(alert.isVisible());
    QVERIFY(alert.text().contains(QStringLiteral("node-8")) || alert.text().contains(QStringLiteral("node-9")));
    QTest::keyClick(stage.window.get(), Qt::Key_Escape);
    QVERIFY(!alert.isVisible());
    // The same trouble a second later is not new.
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'204, 2, 704)));
    QVERIFY(!alert.isVisible());
    auto nodes = mixedNodes();
    nodes[0].state = NodeState::Lost;
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'304, 2, 704)));
    QVERIFY(alert.isVisible());
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, 6'304, 2, 704)));
    QVERIFY(!alert.isVisible());
}

void TestPages::databaseTrouble()
{
    Stage stage;
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 704);
    run.storeTrouble = {ErrorCode::DbFull, "/tmp/fleet.db"};
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QVERIFY(stage.window->alert().isVisible());
    QVERIFY(stage.window->alert().text().contains(QStringLiteral("E_DB_FULL")));
    run.storeTrouble = {ErrorCode::None, {}};
    run.waitingForNodes = true;
    stage.fleet.show(fleetOf({}, run));
    QVERIFY(stage.window->alert().text().contains(QStringLiteral("No node is online")));
}

void TestPages::sealAtTheEnd()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunProgress& progress = stage.window->runPage().progress();
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, 6'104, 2, 704)));
    QVERIFY(!progress.sealCard().isVisible());
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(10'000, 2)));
    QVERIFY(progress.sealCard().isVisible());
    QVERIFY(progress.sealText().contains(QStringLiteral("0 lost")));
    RunSnapshot broken = finishedRun(10'000, 2);
    broken.seal->lost = 3;
    broken.seal->labelled -= 3;
    stage.fleet.show(fleetOf({sampleNode(1)}, broken));
    QVERIFY(!progress.sealText().contains(QStringLiteral(" 0 lost")));
    QTest::mouseClick(stage.button(QStringLiteral("Show results")), Qt::LeftButton);
    QCOMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
}

void TestPages::stoppedRunCanGoOn()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 0);
    run.state = RunState::Stopped;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QPushButton* resume = stage.find<QPushButton>("resumeRun");
    QVERIFY(resume->isVisible());
    QTest::mouseClick(resume, Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("resume 12")));
}

void TestPages::storedRunIsShown()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Running)); // killed in mid-run
    stage.store.setRows(sampleRows(300));
    stage.open();
    QTRY_VERIFY(stage.window->runPage().progress().sum().contains(QStringLiteral("3,104")));
    stage.window->showPage(MainWindow::RunPageIndex);
    QVERIFY(stage.find<QPushButton>("resumeRun")->isVisible());
    stage.window->showPage(MainWindow::ResultsPageIndex);
    QTRY_VERIFY(stage.window->resultsPage().model().rowCount() > 0);
    stage.window->showPage(MainWindow::FleetPageIndex);
    QVERIFY(stage.window->fleetPage().isEmpty()); // there is no fleet, whatever the database holds
}

void TestPages::syntheticIsMarked()
{
    Stage stage;
    stage.store.setRows(sampleRows(10));
    RunSnapshot run = sampleRun(10, 10, 0, 0);
    run.synthetic = true;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    for (const auto page : {MainWindow::FleetPageIndex, MainWindow::RunPageIndex, MainWindow::ResultsPageIndex}) {
        stage.window->showPage(page);
        bool marked = false;
        for (const QLabel* label : stage.window->findChildren<QLabel*>()) {
            const auto* elided = qobject_cast<const ElidedLabel*>(label);
            marked |= label->isVisible() &&
                      (elided ? elided->wholeText() : label->text()).contains(QStringLiteral("SYNTHETIC"));
        }
        QVERIFY2(marked, qPrintable(QString::number(page)));
    }
}

void TestPages::resultsFilter()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(700));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(700, 14)));
    ResultsPage& page = stage.window->resultsPage();
    QTRY_COMPARE(page.countText(), QStringLiteral("700 rows"));
    QCOMPARE(page.labelFilter().count(), 11);
    page.correctFilter().setCurrentIndex(2);
    QTRY_VERIFY(page.countText().contains(QStringLiteral("(filtered)")));
    QTRY_VERIFY(page.model().rowCount() > 0);
    QTRY_COMPARE(figure(page.countText().section(QLatin1Char(' '), 0, 0)),
                 static_cast<quint64>(page.model().rowCount()));
    page.labelFilter().setCurrentIndex(3);
    QTRY_VERIFY(page.model().rowCount() > 0);
    QTest::keyClick(stage.window.get(), Qt::Key_Escape);
    QTRY_COMPARE(page.countText(), QStringLiteral("700 rows"));
    QCOMPARE(page.correctFilter().currentIndex(), 0);
}

void TestPages::resultsFollow()
{
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(200, 150));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(200, 50, 0, 10)));
    ResultsPage& page = stage.window->resultsPage();
    QTRY_COMPARE(page.model().rowCount(), 200);
    page.table().selectRow(5);
    page.table().scrollTo(page.model().index(150, 0), QAbstractItemView::PositionAtTop);
    const int scrolled = page.table().verticalScrollBar()->value();
    QVERIFY(scrolled > 0);
    stage.store.setRows(sampleRows(200));
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(200, 4)));
    QTRY_COMPARE(page.model().index(199, ResultsModel::CorrectColumn).data().isValid() ||
                     page.model().index(198, ResultsModel::CorrectColumn).data().isValid(),
                 true);
    QCOMPARE(page.table().verticalScrollBar()->value(), scrolled);
    QCOMPARE(page.table().currentIndex().row(), 5);
}

void TestPages::exportMessages()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(100));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(100, 2)));
    ResultsPage& page = stage.window->resultsPage();
    QTemporaryDir folder;
    page.exportShown(folder.filePath(QStringLiteral("all.csv")));
    QTRY_VERIFY(page.message().startsWith(QStringLiteral("100 rows written")));
    page.correctFilter().setCurrentIndex(2);
    QTRY_VERIFY(page.model().rowCount() > 0 && page.model().rowCount() < 100);
    page.exportShown(folder.filePath(QStringLiteral("wrong.csv")));
    QTRY_VERIFY(page.message().startsWith(QStringLiteral("%1 rows (filtered)").arg(page.model().rowCount())));
    stage.store.failExports({ErrorCode::Export, "/full"});
    page.exportShown(folder.filePath(QStringLiteral("no.csv")));
    QTRY_VERIFY(page.message().contains(QStringLiteral("E_EXPORT")));
}

void TestPages::keyboard()
{
    Stage stage;
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    QTest::keyClick(stage.window.get(), Qt::Key_3, Qt::ControlModifier);
    QTRY_COMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    QTest::keyClick(stage.window.get(), Qt::Key_1, Qt::ControlModifier);
    QTRY_COMPARE(stage.window->page(), MainWindow::FleetPageIndex);
    // Ctrl+N and Enter: a run with the defaults.
    QTest::keyClick(stage.window.get(), Qt::Key_N, Qt::ControlModifier);
    QTRY_COMPARE(stage.window->page(), MainWindow::RunPageIndex);
    QVERIFY(stage.find<QPushButton>("startRun")->hasFocus());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    // The keyboard goes on at Pause, not somewhere else in the window.
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, sampleRun(10'000, 60, 0, 20)));
    QTRY_VERIFY(stage.find<QPushButton>("pauseRun")->hasFocus());
    // Esc takes the selection away first.
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}));
    QTest::keyClick(stage.window.get(), Qt::Key_1, Qt::ControlModifier);
    QTRY_VERIFY(stage.window->fleetPage().table().hasFocus());
    QTest::keyClick(&stage.window->fleetPage().table(), Qt::Key_Down);
    QVERIFY(stage.window->fleetPage().table().selectedNode() > 0);
    QTest::keyClick(&stage.window->fleetPage().table(), Qt::Key_Escape);
    QTRY_COMPARE(stage.window->fleetPage().table().selectedNode(), 0u);
}

void TestPages::tabReachesEverything()
{
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(100));
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(100, 2)));
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    for (const auto page : {MainWindow::FleetPageIndex, MainWindow::RunPageIndex, MainWindow::ResultsPageIndex}) {
        stage.window->showPage(page);
        QSet<const QWidget*> reached;
        for (int presses = 0; presses < 60; ++presses) {
            QWidget* focus = QApplication::focusWidget();
            QTest::keyClick(focus ? focus : stage.window.get(), Qt::Key_Tab);
            reached.insert(QApplication::focusWidget());
        }
        for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
            const bool wanted = widget->isVisible() && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus) &&
                                !widget->focusProxy() && !qobject_cast<const QLabel*>(widget) &&
                                !widget->objectName().startsWith(QStringLiteral("qt_"));
            if (wanted)
                QVERIFY2(reached.contains(widget), qPrintable(widget->accessibleName() + widget->objectName()));
        }
    }
}

void TestPages::disabledSayWhy()
{
    Stage stage;
    const auto check = [&stage](const char* when) {
        for (const auto page : {MainWindow::FleetPageIndex, MainWindow::RunPageIndex, MainWindow::ResultsPageIndex}) {
            stage.window->showPage(page);
            for (const QAbstractButton* button : stage.window->findChildren<QAbstractButton*>()) {
                if (button->isVisible() && !button->isEnabled() &&
                    !button->objectName().startsWith(QStringLiteral("qt_")) && button->parentWidget()->isEnabled())
                    QVERIFY2(!button->toolTip().isEmpty(), qPrintable(QLatin1String(when) + button->text()));
            }
        }
    };
    check("empty ");
    stage.fleet.show(fleetOf(mixedNodes()));
    check("idle ");
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    check("busy ");
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(10'000, 2)));
    check("finished ");
}

void TestPages::everythingHasAName()
{
    Stage stage;
    stage.store.setRows(sampleRows(20));
    const auto check = [&stage] {
        for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
            const bool wanted = widget->isVisible() && widget->focusPolicy() != Qt::NoFocus &&
                                !widget->objectName().startsWith(QStringLiteral("qt_")) &&
                                !qobject_cast<const QLabel*>(widget);
            if (!wanted)
                continue;
            QAccessibleInterface* accessible = QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
            QVERIFY(accessible);
            QVERIFY2(!accessible->text(QAccessible::Name).isEmpty(),
                     qPrintable(QString::fromLatin1(widget->metaObject()->className()) + widget->objectName()));
        }
    };
    for (const bool busy : {false, true}) {
        if (busy)
            stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
        for (const auto page : {MainWindow::FleetPageIndex, MainWindow::RunPageIndex, MainWindow::ResultsPageIndex}) {
            stage.window->showPage(page);
            check();
        }
    }
    for (const Tile* tile : stage.window->findChildren<Tile*>())
        QVERIFY(!tile->accessibleName().isEmpty() && !tile->accessibleDescription().isEmpty());
}

void TestPages::nothingIsClipped_data()
{
    QTest::addColumn<QSize>("size");
    QTest::newRow("small") << QSize(1024, 640);
    QTest::newRow("usual") << QSize(1440, 900);
}

void TestPages::nothingIsClipped()
{
    QFETCH(QSize, size);
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(100));
    const auto check = [&stage](const char* when) {
        for (const auto page : {MainWindow::FleetPageIndex, MainWindow::RunPageIndex, MainWindow::ResultsPageIndex}) {
            stage.window->showPage(page);
            QCoreApplication::processEvents();
            for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
                const bool text = qobject_cast<const QLabel*>(widget) || qobject_cast<const QPushButton*>(widget);
                if (!text || !widget->isVisible() || qobject_cast<const ElidedLabel*>(widget))
                    continue;
                const auto* label = qobject_cast<const QLabel*>(widget);
                const QString what = label ? label->text() : qobject_cast<const QPushButton*>(widget)->text();
                const int needed = label && label->wordWrap() ? label->heightForWidth(label->width()) - label->height()
                                                              : widget->sizeHint().width() - widget->width();
                QVERIFY2(needed <= 1, qPrintable(QStringLiteral("%1 page %2: '%3' lacks %4 px")
                                                     .arg(QLatin1String(when))
                                                     .arg(page)
                                                     .arg(what)
                                                     .arg(needed)));
                const QRect place(widget->mapTo(stage.window.get(), QPoint()), widget->size());
                QVERIFY2(stage.window->rect().contains(place), qPrintable(what));
            }
        }
    };
    stage.window->resize(size);
    check("empty");
    QCOMPARE(stage.window->size(), size);
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    check("busy");
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(10'000, 2)));
    check("finished");
    QCOMPARE(stage.window->size(), size);
}

void TestPages::figuresStandStill()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    const auto places = [&stage] {
        QCoreApplication::processEvents();
        QMap<const QWidget*, QPoint> out;
        for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
            if (widget->isVisible())
                out.insert(widget, widget->mapTo(stage.window.get(), QPoint()));
        }
        return out;
    };
    RunSnapshot run = sampleRun(10'000, 0, 0, 0);
    run.etaSeconds.reset();
    run.elapsedSeconds = 0;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, run));
    const auto before = places();
    for (const quint64 done : {7u, 9'000u, 1'111u}) {
        run = sampleRun(10'000, done, 1, 11);
        run.etaSeconds = static_cast<double>(done) / 30;
        run.elapsedSeconds = 588;
        stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, run));
        const auto after = places();
        QCOMPARE(after.size(), before.size());
        for (auto it = before.begin(); it != before.end(); ++it) {
            const auto* label = qobject_cast<const QLabel*>(it.key());
            QVERIFY2(after.value(it.key()) == it.value(),
                     qPrintable(QLatin1String(it.key()->metaObject()->className()) + QLatin1Char(' ') +
                                it.key()->objectName() + (label ? label->text() : QString())));
        }
    }
}

void TestPages::addNode()
{
    Stage stage;
    QLineEdit* address = nullptr;
    for (QLineEdit* edit : stage.window->fleetPage().findChildren<QLineEdit*>()) {
        if (edit->accessibleName() == QStringLiteral("Address line of the agent"))
            address = edit;
    }
    QVERIFY(address);
    stage.fleet.addAnswer = Result<NodeId>(ErrorCode::Address, "nonsense");
    address->setText(QStringLiteral(" nonsense "));
    QTest::keyClick(address, Qt::Key_Return);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("add nonsense")));
    QCOMPARE(address->text(), QStringLiteral(" nonsense ")); // to be mended, not typed again
    stage.fleet.addAnswer = NodeId(3);
    QTest::mouseClick(stage.button(QStringLiteral("Add")), Qt::LeftButton);
    QVERIFY(address->text().isEmpty());
}

void TestPages::startProblem()
{
    const Theme theme;
    StartProblem problem({ErrorCode::DbBusy, "process 4711"}, QStringLiteral("/tmp/fleet.db"));
    QVERIFY(problem.text().contains(QStringLiteral("4711")));
    QVERIFY(problem.text().contains(QStringLiteral("--db")));
    problem.show();
    QVERIFY(QTest::qWaitForWindowExposed(&problem));
    if (const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS"); !folder.isEmpty())
        problem.grab().save(folder + QStringLiteral("/start-problem.png"));
}

void TestPages::thousandNodes()
{
    Stage stage;
    std::vector<NodeSnapshot> nodes;
    for (std::uint32_t id = 1; id <= 1'000; ++id)
        nodes.push_back(sampleNode(id));
    stage.fleet.show(fleetOf(nodes, sampleRun(1'000'000, 61'040, 2, 9'000)));
    QSignalSpy resets(&stage.window->fleetPage().model(), &QAbstractItemModel::modelReset);
    QElapsedTimer timer;
    timer.start();
    constexpr int updates = 50;
    for (int i = 0; i < updates; ++i) {
        FleetSnapshot fleet = fleetOf(nodes, sampleRun(1'000'000, 61'040 + static_cast<quint64>(i) * 1'000, 2, 9'000));
        fleet.at += i * 100;
        stage.fleet.show(std::move(fleet));
        QCoreApplication::processEvents();
    }
    qInfo("1,000 nodes: %.1f ms an update with layout and paint", static_cast<double>(timer.elapsed()) / updates);
    QCOMPARE(resets.size(), 0);
}

/// For people: every page in both themes and sizes. Does nothing unless $VITFLEET_SCREENSHOTS is set.
void TestPages::pictures()
{
    if (qEnvironmentVariableIsEmpty("VITFLEET_SCREENSHOTS"))
        QSKIP("VITFLEET_SCREENSHOTS is not set");
    for (const bool dark : {false, true}) {
        Stage stage(dark);
        const QString theme = dark ? QStringLiteral("dark") : QStringLiteral("light");
        const auto pages = [&](const QString& state) {
            const QStringList names = {QStringLiteral("fleet"), QStringLiteral("run"), QStringLiteral("results")};
            for (int page = 0; page < names.size(); ++page) {
                stage.window->showPage(static_cast<MainWindow::Page>(page));
                QTest::qWait(400); // rows and pictures come from other threads
                stage.shoot(names[page] + QLatin1Char('-') + state + QLatin1Char('-') + theme);
            }
        };
        pages(QStringLiteral("empty"));
        stage.store.setRun(sampleRecord());
        stage.store.setRows(sampleRows(400, 100));
        for (int i = 0; i < 240; ++i) {
            FleetSnapshot fleet =
                fleetOf({sampleNode(1), sampleNode(2)}, sampleRun(10'000, 25 * static_cast<quint64>(i), 2, 700));
            fleet.at = sampleNow - (240 - i) * 500;
            fleet.imagesPerSecond = static_cast<float>(std::min(i, 40) * 10 + (i * 37) % 25);
            stage.fleet.show(std::move(fleet));
        }
        EventRecord lost;
        lost.at = sampleNow - 41'000;
        lost.kind = EventKind::NodeLost;
        lost.node = "node-8";
        stage.fleet.happen({lost});
        stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
        pages(QStringLiteral("busy"));
        stage.window->resize(1024, 640);
        pages(QStringLiteral("small"));
        stage.window->resize(1440, 900);
        stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, finishedRun(10'000, 2)));
        pages(QStringLiteral("finished"));
    }
}

QTEST_MAIN(TestPages)
#include "test_pages.moc"
