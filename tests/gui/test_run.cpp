// SPDX-License-Identifier: GPL-3.0-or-later
// The run page: set up, go, end.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/command_palette.h"
#include "app/ui/filter_box.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_table.h"
#include "app/ui/page.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "app/ui/start_problem.h"
#include "app/ui/status_bar.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestRun : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void demoButton();
    void startFails();
    void e18_sumsAddUp();
    void pauseStopNodes();
    void sealAtTheEnd();
    void stoppedRunCanGoOn();
    void figuresStandStill();
};

void TestRun::demoButton()
{
    Stage stage;
    QTest::mouseClick(stage.find<QPushButton>("startDemo"), Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    QCOMPARE(stage.fleet.lastRequest.localAgents, 2u);
    QCOMPARE(stage.fleet.lastRequest.modelPath, std::string("/demo/fashion-mnist-vit"));
    QCOMPARE(stage.window->page(), MainWindow::RunPageIndex);
}

void TestRun::startFails()
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

void TestRun::e18_sumsAddUp()
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

void TestRun::pauseStopNodes()
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

void TestRun::sealAtTheEnd()
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

void TestRun::stoppedRunCanGoOn()
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

void TestRun::figuresStandStill()
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

static const Registered<TestRun> registered;
#include "test_run.moc"
