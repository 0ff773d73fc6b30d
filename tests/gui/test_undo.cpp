// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing asks back; everything can be taken back.
#include "app/models/run_history.h"
#include "app/ui/actions.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/plain_table.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QApplication>
#include <QDirIterator>
#include <QTimer>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestUndo : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e21_undo();
    void e21_noQuestionBoxes();
    void undoSettles();
};

/// e21: nothing asks back; whatever takes something away can be taken back for ten seconds, by button and by Ctrl+Z.
void TestUndo::e21_undo()
{
    Stage stage;
    RunRecord past = sampleRecord(RunState::Finished);
    past.id = RunId(3);
    stage.store.setRuns({past});
    stage.open();
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    QTRY_COMPARE(stage.window->historyPage().model().rowCount(), 1);
    const auto chooseRun = [&stage] {
        QTableView& table = stage.window->historyPage().table();
        table.selectionModel()->select(table.model()->index(0, 0),
                                       QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    };
    chooseRun();
    stage.window->fleetPage().showNode(NodeId(2));
    QPushButton* undo = stage.find<QPushButton>("undo");
    const QString resumed = QStringLiteral("resume 12"), restored = QStringLiteral("undrain 2");
    const std::tuple<const char*, QString, QString> ends[] = {
        {"run.stop", QStringLiteral("Stop run 12"), resumed},
        {"nodes.drain", QStringLiteral("Drain node-2"), restored},
        {"nodes.drainNow", QStringLiteral("Drain node-2"), restored},
        {"nodes.remove", QStringLiteral("Remove node-2"), restored},
        {"nodes.removeNow", QStringLiteral("Remove node-2"), restored},
        {"history.delete", QStringLiteral("Delete run 3"), QString()}};
    for (const bool byKey : {false, true}) {
        for (const auto& [id, what, back] : ends) {
            stage.fleet.asked.clear();
            chooseRun();
            stage.window->actions().refresh();
            QAction* action = stage.window->actions().action(QLatin1String(id));
            QVERIFY2(action && action->isEnabled(),
                     qPrintable(QLatin1String(id) + QStringLiteral(": ") + Actions::whyNot(action)));
            action->trigger();
            QVERIFY2(!QApplication::activeModalWidget() && !QApplication::activePopupWidget(), id);
            QVERIFY2(undo->isVisible() && undo->text().contains(what), qPrintable(undo->text()));
            QCOMPARE(stage.undo.secondsLeft(), 10);
            if (byKey)
                QTest::keyClick(stage.window.get(), Qt::Key_Z, Qt::ControlModifier);
            else
                QTest::mouseClick(undo, Qt::LeftButton);
            QVERIFY2(!undo->isVisible(), id);
            QVERIFY2(back.isEmpty() || stage.fleet.asked.contains(back), id);
        }
    }
    QVERIFY(stage.store.deletedRuns().empty());
    QCOMPARE(stage.window->historyPage().model().rowCount(), 1);
    // At the end of its time it is done for good; the button counts down to it.
    chooseRun();
    stage.window->actions().action(QStringLiteral("history.delete"))->trigger();
    QTimer* end = nullptr;
    for (QTimer* timer : stage.undo.findChildren<QTimer*>())
        end = timer->isSingleShot() ? timer : end;
    QVERIFY(end);
    QCOMPARE(end->interval(), 10'000);
    QVERIFY(undo->text().contains(QStringLiteral("(10 s)")));
    end->start(0); // the clock is the test's
    QTRY_COMPARE(stage.store.deletedRuns(), std::vector<RunId>{RunId(3)});
    QVERIFY(!undo->isVisible());
    QTest::keyClick(stage.window.get(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(stage.window->historyPage().model().rowCount(), 0);
}

/// e21: there is no such thing as a question box in the whole of the window.
void TestUndo::e21_noQuestionBoxes()
{
    int files = 0;
    for (const char* folder : {"/app/ui", "/app/models", "/app/main"}) {
        QDirIterator found(QStringLiteral(VITFLEET_SOURCE_DIR) + QLatin1String(folder), {QStringLiteral("*.cpp")},
                           QDir::Files);
        while (found.hasNext()) {
            QFile file(found.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray text = file.readAll();
            ++files;
            for (const char* box : {"QMessageBox", "QInputDialog", "QErrorMessage", ".exec()"}) {
                const bool isLoop = text.contains("QApplication application") && QByteArray(box) == ".exec()";
                QVERIFY2(!text.contains(box) || isLoop, qPrintable(file.fileName() + QLatin1String(box)));
            }
        }
    }
    QVERIFY(files > 80);
}

void TestUndo::undoSettles()
{
    int undone = 0, settled = 0;
    {
        Undo undo;
        undo.offer(
            QStringLiteral("a"), [&] { ++undone; }, [&] { ++settled; });
        undo.undo();
        QCOMPARE(undone, 1);
        QCOMPARE(settled, 0);
        undo.offer(
            QStringLiteral("b"), [&] { ++undone; }, [&] { ++settled; });
        undo.offer(
            QStringLiteral("c"), [&] { ++undone; }, [&] { ++settled; });
        QCOMPARE(settled, 1); // the second offer ends the first
        undo.settle();
        QCOMPARE(settled, 2);
        undo.undo();
        QCOMPARE(undone, 1);
        undo.offer(
            QStringLiteral("d"), [&] { ++undone; }, [&] { ++settled; });
    }
    QCOMPARE(settled, 3); // and so does the program's
}

static const Registered<TestUndo> registered;
#include "test_undo.moc"
