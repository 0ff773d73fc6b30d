// SPDX-License-Identifier: GPL-3.0-or-later
// What outlives a change of the language, and what is written in it.
#include "app/models/event_model.h"
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/ui/events_page.h"
#include "app/ui/filter_chip.h"
#include "app/ui/history_page.h"
#include "app/ui/plain_table.h"
#include "app/ui/results_page.h"
#include "tests/gui/german.h"
#include "tests/gui/stage.h"
#include "tests/gui/story.h"
#include "tests/gui/suites.h"

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestGerman : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void filtersSurviveTheLanguage();
    void filtersOfEarlierVersions();
    void reportIsTranslated();
};

/// Filters are remembered by what they mean, not by how that is called: in another language they are still chosen.
void TestGerman::filtersSurviveTheLanguage()
{
    const QTemporaryDir folder;
    Stage stage(false, folder.filePath(QStringLiteral("window.ini")));
    stage.fillEverything();
    stage.window->resultsPage().correctFilter().setChosen({QStringLiteral("Wrong")});
    stage.window->resultsPage().labelFilter().setChosen({QStringLiteral("Bag")});
    stage.window->eventsPage().kindFilter().setChosen({QStringLiteral("Node lost"), QStringLiteral("Runs")});
    const auto command = [&stage] { return stage.window->resultsPage().exportCommand(); };
    const QString before = command();
    QVERIFY2(before.contains(QStringLiteral("--wrong")), qPrintable(before));
    const German german;
    stage.open();
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(100, 2)));
    ResultsPage& results = stage.window->resultsPage();
    QTRY_COMPARE(results.correctFilter().chosen(), QStringList(QStringLiteral("Falsch")));
    QCOMPARE(results.labelFilter().chosen(), QStringList(QStringLiteral("Bag")));
    QTRY_COMPARE(command(), before);
    EventsPage& events = stage.window->eventsPage();
    QCOMPARE(events.kindFilter().chosen(), QStringList({QStringLiteral("Läufe"), QStringLiteral("Knoten verloren")}));
    QTRY_COMPARE(events.shown().rowCount(), 3);
}

/// They remembered words: those of the language in use are still understood, others let everything through.
void TestGerman::filtersOfEarlierVersions()
{
    ChoiceChip chip(QStringLiteral("Status"), QStringLiteral("Any status"));
    chip.setChoices(NamedChoices{{QStringLiteral("Labelled"), QStringLiteral("Errors")},
                                 {QStringLiteral("labelled"), QStringLiteral("errors")}});
    chip.restore({QStringLiteral("Errors")});
    QCOMPARE(chip.state(), QStringList(QStringLiteral("errors")));
    chip.restore({QStringLiteral("Fehler")});
    QVERIFY(!chip.isFiltering());
    QVERIFY(chip.state().isEmpty()); // nor is it written down again
    chip.setChosen({QStringLiteral("Labelled"), QStringLiteral("Errors")});
    QCOMPARE(chip.state(), QStringList({QStringLiteral("labelled"), QStringLiteral("errors")}));
}

/// The report is in the language of the window: its words, its figures, and what it says of its language.
void TestGerman::reportIsTranslated()
{
    const auto report = [] {
        Stage stage;
        fill(stage);
        stage.open();
        HistoryPage& page = stage.window->historyPage();
        stage.window->showPage(MainWindow::HistoryPageIndex);
        [&] { QTRY_COMPARE(page.model().rowCount(), 4); }();
        page.table().selectRow(0);
        const QTemporaryDir folder;
        const QString name = folder.filePath(QStringLiteral("run.html"));
        page.report(name);
        [&] { QTRY_VERIFY(QFile::exists(name)); }(); // it is written beside and renamed
        QFile file(name);
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    };
    const QString english = report();
    const German german;
    const QString translated = report();
    const std::pair<const char*, const char*> parts[] = {{"<html lang=\"en\">", "<html lang=\"de\">"},
                                                         {"Images per second over the run.", "Bilder je Sekunde"},
                                                         {">10,000<", ">10.000<"},
                                                         {"Confusion matrix", "Verwechslungsmatrix"},
                                                         {"How sure the model was", "Wie sicher das Modell war"},
                                                         {"What to do", "Was zu tun ist"},
                                                         {"Given out again", "Neu vergeben"},
                                                         {"95 % interval", "95-%-Intervall"}};
    for (const auto& [en, de] : parts) {
        QVERIFY2(english.contains(QString::fromUtf8(en)), en);
        QVERIFY2(!english.contains(QString::fromUtf8(de)), de);
        QVERIFY2(translated.contains(QString::fromUtf8(de)), de);
        QVERIFY2(!translated.contains(QString::fromUtf8(en)), en);
    }
}

static const Registered<TestGerman> registered;
#include "test_german.moc"
