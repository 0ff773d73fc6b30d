// SPDX-License-Identifier: GPL-3.0-or-later
// The report of a run: one file, for a browser and for paper.
#include "app/models/run_history.h"
#include "app/ui/history_page.h"
#include "app/ui/plain_table.h"
#include "tests/gui/past_runs.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QFileDialog>
#include <QImage>
#include <QPointer>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestReport : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void reportAsksNothingTwice();
    void reportIsOneFile();
    void reportInABrowser_data();
    void reportInABrowser();
};

/// The second report of a run has a name of its own: nobody is asked whether it replaces the first.
void TestReport::reportAsksNothingTwice()
{
    Stage stage;
    fillHistory(stage.store);
    const QTemporaryDir folder;
    stage.settings.set(QStringLiteral("export/folder"), folder.path());
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.table().selectRow(0);
    for (const char* name : {"run-3.html", "run-3-2.html", "run-3-3.html"}) {
        page.report();
        QPointer<QFileDialog> dialog = page.findChild<QFileDialog*>();
        QVERIFY(dialog);
        const QString file = folder.filePath(QLatin1String(name));
        QCOMPARE(dialog->selectedFiles(), QStringList(file));
        static_cast<QDialog*>(dialog.data())->accept();
        QTRY_VERIFY(QFile::exists(file));
        QTRY_VERIFY(!dialog);
    }
}

/// One file that asks no network for anything, with plots, and that a browser shows and prints.
void TestReport::reportIsOneFile()
{
    Stage stage;
    fillHistory(stage.store);
    std::vector<ThroughputSample> samples;
    for (int second = 0; second < 10; ++second)
        samples.push_back({sampleNow + second * 1'000, {}, 60.0f + static_cast<float>(second)});
    stage.store.setSamples(samples);
    NodeRecord worked, loaded; // a node that has only loaded the model is listed, and not counted
    worked.name = "node-1";
    worked.labelled = 690;
    loaded.name = "node-2";
    stage.store.setNodes({worked, loaded});
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.table().selectRow(0);
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("run.html"));
    page.report(file);
    QTRY_VERIFY(page.message().startsWith(QStringLiteral("Report written")));
    QFile html(file);
    QVERIFY(html.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(html.readAll());
    for (const char* part : {"VitFleet run 3", "Nodes<b>1</b>", "node-2", "<polyline", "Confusion matrix",
                             "E_IMG_TRUNCATED", "85.7 %", "prefers-color-scheme:dark", "@media print"})
        QVERIFY2(text.contains(QLatin1String(part)), part);
    for (const char* outside : {"http://", "https://", "<script", "<link", "<img", "@import", "url("})
        QVERIFY2(!text.contains(QLatin1String(outside)), outside);
}

void TestReport::reportInABrowser_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << QStringLiteral("1") << false;
    QTest::newRow("dark") << QStringLiteral("0") << true;
}

/// A browser draws it in the colours that its user prefers, and prints it on white.
void TestReport::reportInABrowser()
{
    const QString browser = QStandardPaths::findExecutable(QStringLiteral("chromium"));
    if (browser.isEmpty())
        QSKIP("chromium is not installed: the report is neither drawn nor printed");
    QFETCH(QString, scheme);
    QFETCH(bool, dark);
    Stage stage;
    fillHistory(stage.store);
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.table().selectRow(0);
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("run.html"));
    page.report(file);
    QTRY_VERIFY(page.message().startsWith(QStringLiteral("Report written")));
    const auto browse = [&](const QString& what) {
        QProcess process;
        process.setWorkingDirectory(folder.path());
        process.start(browser, {QStringLiteral("--headless"), QStringLiteral("--no-sandbox"),
                                QStringLiteral("--disable-gpu"), QStringLiteral("--window-size=900,700"),
                                QStringLiteral("--user-data-dir=") + folder.filePath(QStringLiteral("profile")),
                                QStringLiteral("--blink-settings=preferredColorScheme=") + scheme, what, file});
        return process.waitForFinished(60'000) && process.exitCode() == 0;
    };
    const QString drawn = folder.filePath(QStringLiteral("run.png")), pdf = folder.filePath(QStringLiteral("run.pdf"));
    QVERIFY(browse(QStringLiteral("--screenshot=") + drawn));
    const QImage image(drawn);
    QCOMPARE(image.size(), QSize(900, 700));
    QCOMPARE(qGray(image.pixel(4, 350)) < 128, dark);
    QVERIFY(browse(QStringLiteral("--print-to-pdf=") + pdf));
    QFile printed(pdf);
    QVERIFY(printed.open(QIODevice::ReadOnly));
    QVERIFY(printed.read(5) == QByteArrayLiteral("%PDF-"));
    QVERIFY(printed.size() > 5'000);
}

static const Registered<TestReport> registered;
#include "test_report.moc"
