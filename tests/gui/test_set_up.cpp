// SPDX-License-Identifier: GPL-3.0-or-later
// A run is set up and started.
#include "app/ui/path_field.h"
#include "app/ui/preview_strip.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QApplication>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QScopeGuard>
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestSetUp : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e16_keysToRunning();
    void demoButton();
    void startFails();
    void dataSetIsCounted();
    void droppedPaths();
};

/// e16: Ctrl+N and Enter.
void TestSetUp::e16_keysToRunning()
{
    Stage stage;
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    int presses = 0;
    QTest::keyClick(stage.window.get(), Qt::Key_N, Qt::ControlModifier);
    ++presses;
    while (stage.fleet.asked.isEmpty() && presses < 6) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        ++presses;
    }
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    QVERIFY(presses <= 6);
}

void TestSetUp::demoButton()
{
    Stage stage;
    QTest::mouseClick(stage.find<QPushButton>("startDemo"), Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    QCOMPARE(stage.fleet.lastRequest.localAgents, 2u);
    QCOMPARE(stage.fleet.lastRequest.modelPath, std::string("/demo/fashion-mnist-vit"));
    QCOMPARE(stage.window->page(), MainWindow::RunPageIndex);
}

void TestSetUp::startFails()
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

void TestSetUp::dataSetIsCounted()
{
    QTemporaryDir folder;
    for (const char* name : {"cats", "dogs"}) {
        QDir(folder.path()).mkdir(QLatin1String(name));
        for (int i = 0; i < 20; ++i) {
            QFile file(folder.filePath(QStringLiteral("%1/%2.jpg").arg(QLatin1String(name)).arg(i)));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(QByteArray(100, 'x'));
        }
    }
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSetUp& setUp = stage.window->runPage().setUp();
    setUp.setData(folder.path());
    QTRY_VERIFY2(setUp.dataFacts().contains(QStringLiteral("40 pictures · 2 classes")), qPrintable(setUp.dataFacts()));
    QVERIFY(setUp.preview().items() >= 8);
    // As a shell and a file manager write it; and what was found is what is started with.
    const QByteArray home = qgetenv("HOME");
    const auto restore = qScopeGuard([&home] { qputenv("HOME", home); });
    qputenv("HOME", QFileInfo(folder.path()).path().toUtf8());
    const QString name = QFileInfo(folder.path()).fileName();
    for (const QString& typed : QStringList{QStringLiteral("~/") + name, QStringLiteral("file://") + folder.path()}) {
        setUp.setData(QStringLiteral("/none"));
        setUp.setData(typed);
        QCOMPARE(QString::fromStdString(setUp.request().dataPath), folder.path());
        QTRY_VERIFY2(setUp.dataFacts().contains(QStringLiteral("40 pictures · 2 classes")),
                     qPrintable(setUp.dataFacts()));
    }
}

/// A drop on a field replaces what it says; one beside them finds its field. While a run goes nothing is taken.
void TestSetUp::droppedPaths()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSetUp& setUp = stage.window->runPage().setUp();
    // As Qt does it: the first widget at that place, from the inside out, that takes what is dragged.
    const auto drop = [](QWidget& on, const QString& path) {
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(path)});
        const QPoint at = on.rect().center();
        QWidget* hit = on.childAt(at) ? on.childAt(at) : &on;
        QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(hit, &enter);
        if (!enter.isAccepted())
            return false;
        QDropEvent dropped(at, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(hit, &dropped);
        return dropped.isAccepted();
    };
    QVERIFY(!setUp.data().path().isEmpty() && !setUp.model().path().isEmpty());
    QVERIFY(drop(*setUp.data().findChild<QLineEdit*>(), QStringLiteral("/photos/of mine")));
    QCOMPARE(setUp.data().path(), QStringLiteral("/photos/of mine"));
    QVERIFY(drop(*setUp.model().findChild<QLineEdit*>(), QStringLiteral("/models/vit")));
    QCOMPARE(setUp.model().path(), QStringLiteral("/models/vit"));
    const QTemporaryDir model, pictures;
    QFile config(model.filePath(QStringLiteral("config.json")));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.close();
    QVERIFY(drop(stage.window->runPage().progress(), model.path()));
    QTRY_COMPARE(setUp.model().path(), model.path());
    QCOMPARE(setUp.data().path(), QStringLiteral("/photos/of mine"));
    QVERIFY(drop(stage.window->runPage().progress(), pictures.path()));
    QTRY_COMPARE(setUp.data().path(), pictures.path());
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, 500, 0, 10)));
    QVERIFY(!drop(stage.window->runPage().progress(), QStringLiteral("/photos")));
}

static const Registered<TestSetUp> registered;
#include "test_set_up.moc"
