// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that the window says goes through translation.
#include "app/core/text.h"
#include "app/models/class_model.h"
#include "app/models/event_model.h"
#include "app/models/event_text.h"
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/replay.h"
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/chart.h"
#include "app/ui/command_palette.h"
#include "app/ui/events_page.h"
#include "app/ui/filter_chip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/language.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_painter.h"
#include "app/ui/node_table.h"
#include "app/ui/node_tiles.h"
#include "app/ui/node_timeline.h"
#include "app/ui/page.h"
#include "app/ui/plain_table.h"
#include "app/ui/replay_card.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "app/ui/start_problem.h"
#include "app/ui/status_bar.h"
#include "app/ui/thumb_grid.h"
#include "app/ui/unit_words.h"
#include "tests/gui/german.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QHeaderView>
#include <QLabel>
#include <QLibraryInfo>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPainter>
#include <QRegularExpression>
#include <QScopeGuard>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QToolButton>
#include <QTranslator>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestLanguage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e38_pseudoLocale();
    void providersAreTranslated();
    void sentencesAreThoseOfTheCommandLine();
    void germanIsComplete();
    void qtSpeaksGermanToo();
    void costsAreTranslated();
    void oneIsSingular();
};

namespace {

/// Marks what went through translation.
class PseudoTranslator : public QTranslator
{
public:
    bool isEmpty() const override { return false; }
    QString translate(const char*, const char* source, const char*, int) const override
    {
        return QStringLiteral("⟦%1⟧").arg(QString::fromUtf8(source));
    }
};

bool hasWord(const QString& text)
{
    static const QRegularExpression word(QStringLiteral("[A-Za-z]{3,}"));
    return word.match(text).hasMatch();
}

} // namespace

/// e38: everything that the window says goes through translation.
void TestLanguage::e38_pseudoLocale()
{
    PseudoTranslator pseudo;
    QVERIFY(QCoreApplication::installTranslator(&pseudo));
    {
        Stage stage;
        // What is data, not language.
        const QStringList data = {QStringLiteral("fleet.db"),         QStringLiteral("English"),
                                  QStringLiteral("Deutsch"),          QStringLiteral("node-1"),
                                  QStringLiteral("HOST:PORT/KEY"),    QStringLiteral("t10k-images-idx3-ubyte.gz"),
                                  QStringLiteral("fashion-mnist-vit")};
        static const QRegularExpression named(
            QStringLiteral("^(node|local|host)-[0-9]+|^vitfleet-agent "
                           "|^(fp32|bf16|fp16|int8|auto|cpu|cuda|torch|cluster)\\b|^t10k|^[0-"
                           "9.: ×]+( [kKMGT]?i?B)?$"));
        const auto check = [&](const QString& text, const QObject* who) {
            const bool isLabel = std::ranges::any_of(fashionLabels(), [&](const std::string& label) {
                return text.contains(QString::fromStdString(label));
            });
            const bool isFine = !hasWord(text) || text.contains(QStringLiteral("⟦")) || data.contains(text) ||
                                isLabel || text.startsWith(QLatin1Char('/')) ||
                                text.contains(QStringLiteral("Ctrl+")) || named.match(text).hasMatch();
            // Sentences about errors are the core's: one English text for command line, log and window.
            const bool isError = std::ranges::any_of(allErrors(), [&](const ErrorInfo& entry) {
                const QString what = QString::fromUtf8(entry.what.data(), static_cast<qsizetype>(entry.what.size()));
                return entry.code != ErrorCode::None && !what.isEmpty() && text.startsWith(what);
            });
            QVERIFY2(isFine || isError,
                     qPrintable(QLatin1String(who->metaObject()->className()) + QStringLiteral(": ") + text));
        };
        const auto checkWidget = [&](const QWidget& widget) {
            const auto* elided = qobject_cast<const ElidedLabel*>(&widget);
            if (const auto* label = qobject_cast<const QLabel*>(&widget))
                check(elided ? elided->wholeText() : label->text(), &widget);
            if (const auto* button = qobject_cast<const QAbstractButton*>(&widget))
                check(button->text(), &widget);
            if (const auto* field = qobject_cast<const QLineEdit*>(&widget))
                check(field->placeholderText(), &widget);
            const auto* box = qobject_cast<const QComboBox*>(&widget);
            for (int i = 0; box && i < box->count(); ++i)
                check(box->itemText(i), &widget);
            check(widget.toolTip(), &widget);
            check(widget.accessibleName(), &widget);
            check(widget.accessibleDescription(), &widget);
        };
        const auto checkPage = [&] {
            QCoreApplication::processEvents();
            for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
                if (!widget->isVisible() || widget->objectName().startsWith(QStringLiteral("qt_")))
                    continue;
                checkWidget(*widget);
                const auto* view = qobject_cast<const QAbstractItemView*>(widget);
                for (int column = 0; view && column < view->model()->columnCount(); ++column)
                    check(view->model()->headerData(column, Qt::Horizontal).toString(), view->model());
                if (QTest::currentTestFailed())
                    return;
            }
        };
        const auto checkAll = [&] {
            for (const auto page : Stage::pages()) {
                stage.window->showPage(page);
                checkPage();
                if (QTest::currentTestFailed())
                    return;
            }
        };
        checkAll();
        stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
        stage.window->fleetPage().setInspectorShown(true);
        stage.window->fleetPage().showNode(NodeId(2));
        checkAll();
        stage.window->fleetPage().showNode(NodeId(8)); // lost
        checkAll();
        RunSnapshot stopped = sampleRun(10'000, 6'104, 2, 0);
        stopped.state = RunState::Stopped;
        stage.fleet.show(fleetOf({}, stopped));
        checkAll();
        stage.fillEverything();
        if (QTest::currentTestFailed())
            return;
        checkAll();
        stage.window->showPage(MainWindow::ResultsPageIndex);
        stage.window->resultsPage().grid().setCurrentIndex(stage.window->resultsPage().model().index(6, 0));
        for (const auto view : Stage::resultViews) {
            stage.window->resultsPage().showView(view);
            checkPage();
        }
        stage.window->showPage(MainWindow::HistoryPageIndex);
        stage.window->historyPage().showScaleOut();
        checkPage();
        for (const QMenu* menu : stage.window->findChildren<QMenu*>()) {
            for (const QAction* action : menu->actions())
                check(action->text(), menu);
        }
        stage.window->actions().refresh();
        for (const auto& entry : stage.window->actions().entries()) {
            check(entry.group, entry.action);
            check(Actions::whyNot(entry.action), entry.action);
        }
        for (const auto& entry : stage.window->actions().entries())
            check(entry.action->text(), entry.action);
        const NodeModel& model = stage.window->fleetPage().model();
        for (int column = 0; column < model.columnCount(); ++column) {
            if (column != NodeModel::RateColumn)
                check(model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(), &model);
        }
    }
    QCoreApplication::removeTranslator(&pseudo);
}

/// Why a node waits or has ended is said by providers, in English; the window knows every one of their sentences.
void TestLanguage::providersAreTranslated()
{
    QCOMPARE(unitReason("waits (BeginTime)"), QStringLiteral("waits (BeginTime)"));
    PseudoTranslator pseudo;
    QVERIFY(QCoreApplication::installTranslator(&pseudo));
    const auto remove = qScopeGuard([&pseudo] { QCoreApplication::removeTranslator(&pseudo); });
    QCOMPARE(unitReason("waits (Nonsense)"), QStringLiteral("⟦waits (Nonsense)⟧"));
    QCOMPARE(unitReason("its process has ended: its launch folder is gone"),
             QStringLiteral("⟦its process has ended: ⟦its launch folder is gone⟧⟧"));
    QCOMPARE(unitReason("something else"), QStringLiteral("something else"));
    // What stands in the providers' source.
    const std::pair<const char*, const char*> places[] = {
        {"slurm_words.cpp", R"re(Words\{"[^"]+", "([^"]+)"\})re"},
        {"slurm_words.cpp", R"re(reason = "([^"]+)")re"},
        {"slurm_words.cpp", R"re([?:] "([a-z]+ )" \+ std::string)re"},
        {"slurm_words.cpp", R"re(return "([a-z][^"]+)")re"},
        {"slurm_provider.cpp", R"re(reason = "([^"]+)")re"},
        {"host_provider.cpp", R"re(reason = (?:\w+ \? )?"([^"]+)")re"},
        {"host_scripts.h", R"re(echo "\$i gone ([a-z][^"]+)")re"},
        {"kubernetes_provider.cpp", R"re(reason = (?:[^";]+\? )?"([^"]+)")re"},
        {"kubernetes_provider.cpp", R"re(reason = [^";]+\? "[^"]+" : "([^"]+)")re"},
        {"kubernetes_provider.cpp", R"re(return "([a-z][^"]+)")re"},
        {"profile_fleet.cpp", R"re(reason = "([^"]+)")re"},
        {"profile_fleet.cpp", R"re(UnitState::\w+, [^;"]*"([^"]+)")re"},
        {"profile_fleet.cpp", R"re(UnitState::\w+, [^;"]*"[^"]+" : "([^"]+)")re"},
        {"profile_fleet_units.cpp", R"re(leaveEngine\(unit, "([^"]+)")re"}};
    for (const auto& [name, pattern] : places) {
        QFile file(QStringLiteral(VITFLEET_SOURCE_DIR "/app/provision/") + QLatin1String(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        auto found = QRegularExpression(QLatin1String(pattern)).globalMatch(QString::fromUtf8(file.readAll()));
        QVERIFY2(found.hasNext(), pattern);
        while (found.hasNext()) {
            QString sentence = found.next().captured(1);
            if (sentence.endsWith(u'(')) // facts follow
                sentence += QStringLiteral("x)");
            else if (sentence.endsWith(u' '))
                sentence += u'x';
            QVERIFY2(unitReason(sentence.toStdString()).startsWith(QStringLiteral("⟦")), qPrintable(sentence));
        }
    }
}

/// In English the window says what the command line says, so that both can be looked up.
void TestLanguage::sentencesAreThoseOfTheCommandLine()
{
    for (int kind = 1; kind <= static_cast<int>(EventKind::Audited); ++kind) {
        for (const std::uint64_t count : {0u, 1u, 1'234u}) {
            for (const char* node : {"", "node-2"}) {
                EventRecord event;
                event.kind = static_cast<EventKind>(kind);
                event.count = count;
                event.node = node;
                QCOMPARE(eventText(event), QString::fromStdString(text::eventText(event)));
                event.text = "a fact";
                event.error = {ErrorCode::Unreachable, "no beat"};
                QCOMPARE(eventText(event), QString::fromStdString(text::eventText(event)));
            }
        }
    }
    for (const Seal& seal :
         {Seal{10'000, 9'998, 2, 0, 0, 0, 0}, Seal{10, 9, 1, 0, 0, 3, 4}, Seal{10, 8, 1, 1, 0, 0, 0}})
        QCOMPARE(sealText(seal), QString::fromStdString(text::sealText(seal)));
    for (const auto& [correct, wrong, known, matched] :
         {std::tuple{9u, 1u, 10u, 10u}, {0u, 0u, 0u, 0u}, {0u, 0u, 10u, 10u}, {3u, 1u, 1'000u, 40u}})
        QCOMPARE(accuracyText(correct, wrong, known, matched),
                 QString::fromStdString(text::accuracy(correct, wrong, known, matched).sentence));
}

/// The proof that translation works: no text of the window is English in German.
void TestLanguage::germanIsComplete()
{
    QFile file(QStringLiteral(VITFLEET_SOURCE_DIR "/resources/translations/vitfleet_de.ts"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    QVERIFY(text.count("<source>") > 500);
    QCOMPARE(text.count("type=\"unfinished\""), 0);
    const auto german = translatorsOf(QStringLiteral("de"));
    QVERIFY(!german.empty());
    QCOMPARE(german.back()->translate("vitfleet::app::MainWindow", "Fleet"), QStringLiteral("Flotte"));
    QVERIFY(translatorsOf(QStringLiteral("en")).empty());
}

/// What Qt itself says, too: in its dialogs, and in the menu of a text field.
void TestLanguage::qtSpeaksGermanToo()
{
    if (!QFile::exists(QLibraryInfo::path(QLibraryInfo::TranslationsPath) + QStringLiteral("/qtbase_de.qm")))
        QSKIP("qt6-translations-l10n is not installed: Qt's own sentences are English");
    const German german;
    QLineEdit field;
    const std::unique_ptr<QMenu> menu(field.createStandardContextMenu());
    QVERIFY2(menu->actions().front()->text().contains(QStringLiteral("Rückgängig")),
             qPrintable(menu->actions().front()->text()));
    QFileDialog dialog;
    dialog.setOption(QFileDialog::DontUseNativeDialog);
    const auto buttons = dialog.findChildren<QPushButton*>();
    QVERIFY(std::ranges::any_of(buttons, [](const QPushButton* button) {
        return button->text().remove(QLatin1Char('&')) == QStringLiteral("Abbrechen");
    }));
}

/// A run's cost: figures as the language writes them. In English they are those of the command line.
void TestLanguage::costsAreTranslated()
{
    const RunCostRecord priced{"cluster", "EUR", 1'520.4, 0.0211, 310}, free{"lab", {}, 12, 0, std::nullopt};
    for (const auto& costs : {std::vector<RunCostRecord>{}, {priced}, {free}, {priced, free}}) {
        QCOMPARE(costText(costs), QString::fromStdString(text::costText(costs)));
        QCOMPARE(costSentence(costs, 10'000), QString::fromStdString(text::costSentence(costs, 10'000)));
    }
    const German german;
    QCOMPARE(costText({priced}), QStringLiteral("0,0211 EUR"));
    QCOMPARE(costText({free}), QStringLiteral("12 Knotensekunden"));
    QCOMPARE(costSentence({priced}, 10'000),
             QStringLiteral("0,0211 EUR für 1520 Knotensekunden von cluster, 2,11 EUR je Million Bilder; 310 J"));
}

/// "1 node", never "1 nodes": a fleet and a run in which everything is there once, on every page.
void TestLanguage::oneIsSingular()
{
    static const QRegularExpression wrong(QStringLiteral(
        "(?<![0-9.,])1 "
        "(nodes|pictures|rows|errors|events|cores|replicas|labels|classes|items|results|runs|agents|bytes|"
        "seconds|comparisons|duplicates)\\b"));
    Stage stage;
    const auto check = [](const QString& text) { QVERIFY2(!wrong.match(text).hasMatch(), qPrintable(text)); };
    const auto checkWidget = [&](const QWidget& widget) {
        const auto* elided = qobject_cast<const ElidedLabel*>(&widget);
        if (const auto* label = qobject_cast<const QLabel*>(&widget))
            check(elided ? elided->wholeText() : label->text());
        if (const auto* button = qobject_cast<const QAbstractButton*>(&widget))
            check(button->text());
        check(widget.toolTip());
        if (!qobject_cast<const Chart*>(&widget)) // they go through the numbers of nodes, from 1 on
            check(widget.accessibleDescription());
        const auto* view = qobject_cast<const QAbstractItemView*>(&widget);
        for (int row = 0; view && row < view->model()->rowCount(); ++row) {
            for (int column = 0; column < view->model()->columnCount(); ++column)
                check(view->model()->index(row, column).data().toString());
        }
    };
    const auto checkAll = [&] {
        for (const auto page : Stage::pages()) {
            stage.window->showPage(page);
            QCoreApplication::processEvents();
            for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
                checkWidget(*widget);
                if (QTest::currentTestFailed())
                    return;
            }
        }
        stage.window->actions().refresh();
        for (const auto& entry : stage.window->actions().entries())
            check(entry.action->text());
    };
    NodeSnapshot node = sampleNode(1);
    node.cores = node.replicas = node.chunk = node.leased = 1;
    node.labelled = node.errors = 1;
    RunSnapshot run = sampleRun(4, 1, 1, 1);
    run.labels = {"One"};
    run.redispatched = run.duplicatesRefused = 1;
    stage.fleet.show(fleetOf({node}, run));
    stage.window->fleetPage().setInspectorShown(true);
    stage.window->fleetPage().showNode(node.id);
    checkAll();
    if (QTest::currentTestFailed())
        return;
    run = finishedRun(1, 0);
    run.redispatched = 1;
    RunRecord record = sampleRecord(RunState::Finished);
    record.planned = record.labelled = 1;
    EventRecord event;
    event.id = 1;
    event.at = sampleNow;
    event.run = record.id;
    event.kind = EventKind::RunFinished;
    event.count = 1;
    stage.store.setRun(record, run.seal);
    stage.store.setRows(sampleRows(1));
    stage.store.setEvents({event});
    stage.open();
    stage.fleet.show(fleetOf({node}, run));
    QTRY_COMPARE(stage.window->resultsPage().model().rowCount(), 1);
    QTRY_COMPARE(stage.window->eventsPage().shown().rowCount(), 1);
    checkAll();
    stage.window->showPage(MainWindow::ResultsPageIndex);
    for (const auto view : Stage::resultViews) {
        stage.window->resultsPage().showView(view);
        QCoreApplication::processEvents();
        for (const QWidget* widget : stage.window->resultsPage().findChildren<QWidget*>())
            checkWidget(*widget);
    }
}

static const Registered<TestLanguage> registered;
#include "test_language.moc"
