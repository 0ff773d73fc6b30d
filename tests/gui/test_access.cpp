// SPDX-License-Identifier: GPL-3.0-or-later
// By keyboard, for a screen reader, in small windows.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/command_palette.h"
#include "app/ui/filter_chip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/language.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_painter.h"
#include "app/ui/node_table.h"
#include "app/ui/page.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "app/ui/start_problem.h"
#include "app/ui/status_bar.h"
#include "app/ui/thumb_grid.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTranslator>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestAccess : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tabReachesEverything();
    void e05_disabledSayWhy();
    void e35_everythingHasAName();
    void e33_statesDifferInGreyscale();
    void e34_byKeyboardAlone();
    void e38_pseudoLocale();
    void germanIsComplete();
    void e36_nothingIsClipped_data();
    void e36_nothingIsClipped();
    void e36_filtersGoOnInTheNextLine();
};

void TestAccess::tabReachesEverything()
{
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(100));
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(100, 2)));
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    for (const auto page : Stage::pages()) {
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

void TestAccess::e05_disabledSayWhy()
{
    Stage stage;
    const auto check = [&stage](const char* when) {
        for (const auto page : Stage::pages()) {
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

void TestAccess::e35_everythingHasAName()
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
        for (const auto page : Stage::pages()) {
            stage.window->showPage(page);
            check();
        }
    }
    for (const Tile* tile : stage.window->findChildren<Tile*>())
        QVERIFY(!tile->accessibleName().isEmpty() && !tile->accessibleDescription().isEmpty());
}

void TestAccess::e36_nothingIsClipped_data()
{
    QTest::addColumn<QSize>("size");
    QTest::newRow("small") << QSize(1024, 640);
    QTest::newRow("usual") << QSize(1440, 900);
}

void TestAccess::e36_nothingIsClipped()
{
    QFETCH(QSize, size);
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(100));
    const auto check = [&stage](const char* when) {
        for (const auto page : Stage::pages()) {
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
                // What lies in a scroll area can be scrolled to.
                bool scrolls = false;
                for (const QWidget* parent = widget; parent; parent = parent->parentWidget())
                    scrolls |= qobject_cast<const QScrollArea*>(parent) != nullptr;
                QVERIFY2(scrolls || stage.window->rect().contains(place), qPrintable(what));
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

/// With several nodes, precisions and errors every chip is there, and together they are wider than a small window.
void TestAccess::e36_filtersGoOnInTheNextLine()
{
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(100));
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(100, 2)));
    stage.window->resize(1024, 640);
    stage.window->showPage(MainWindow::ResultsPageIndex);
    const auto chips = stage.window->resultsPage().findChildren<FilterChip*>();
    QCOMPARE(chips.size(), 8);
    // What the store says of the run's nodes comes meanwhile, and hides those that have nothing to choose.
    QTRY_VERIFY([&chips] {
        for (FilterChip* chip : chips)
            chip->show();
        QCoreApplication::processEvents();
        return std::ranges::all_of(chips, [](const FilterChip* chip) { return chip->isVisible(); }) &&
               std::ranges::any_of(chips, [&](const FilterChip* chip) { return chip->y() > chips.front()->y(); });
    }());
    for (const FilterChip* chip : chips) {
        QVERIFY2(chip->width() >= chip->sizeHint().width(), qPrintable(chip->text()));
        QVERIFY(stage.window->rect().contains(QRect(chip->mapTo(stage.window.get(), QPoint()), chip->size())));
        for (const FilterChip* other : chips)
            QVERIFY2(chip == other || !chip->geometry().intersects(other->geometry()), qPrintable(chip->text()));
    }
}

/// e33: a state is a shape and a word before it is a colour.
void TestAccess::e33_statesDifferInGreyscale()
{
    const Colours colours = Theme::load(false);
    const NodeState states[] = {NodeState::Online, NodeState::Suspect, NodeState::Draining, NodeState::Lost,
                                NodeState::Connecting};
    QSet<int> shapes;
    QSet<QString> words;
    for (const NodeState state : states) {
        shapes.insert(static_cast<int>(lookOf(state, colours).shape));
        words.insert(NodeModel::stateText(state));
    }
    QCOMPARE(shapes.size(), static_cast<qsizetype>(std::size(states)));
    QCOMPARE(words.size(), static_cast<qsizetype>(std::size(states)));
    // And painted they differ without any colour.
    QList<QImage> pictures;
    for (const NodeState state : states) {
        QImage picture(16, 16, QImage::Format_RGB32);
        picture.fill(Qt::white);
        QPainter painter(&picture);
        paintShape(painter, lookOf(state, colours).shape, QPointF(8, 8), Qt::black);
        painter.end();
        QVERIFY(!pictures.contains(picture));
        pictures << picture;
    }
}

/// e34: the demo, a filter and an export without a mouse.
void TestAccess::e34_byKeyboardAlone()
{
    Stage stage;
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    const auto press = [&](Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
        QWidget* target = QApplication::activePopupWidget() ? QApplication::activePopupWidget()->focusWidget()
                                                            : QApplication::focusWidget();
        QTest::keyClick(target ? target : stage.window.get(), key, modifiers);
    };
    press(Qt::Key_Return); // Start demo fleet has the focus
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(200));
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(200, 4)));
    press(Qt::Key_3, Qt::ControlModifier);
    ResultsPage& page = stage.window->resultsPage();
    QTRY_COMPARE(page.model().rowCount(), 200);
    for (int presses = 0; presses < 40 && !page.correctFilter().hasFocus(); ++presses)
        press(Qt::Key_Tab);
    QVERIFY(page.correctFilter().hasFocus());
    press(Qt::Key_Space);
    QTRY_VERIFY(QApplication::activePopupWidget());
    press(Qt::Key_Down); // Right, Wrong
    press(Qt::Key_Down);
    press(Qt::Key_Space);
    QCOMPARE(page.correctFilter().chosen().size(), 1);
    press(Qt::Key_Escape);
    QTRY_VERIFY(!QApplication::activePopupWidget());
    QTRY_VERIFY(page.countText().contains(QStringLiteral("(filtered)")));
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("wrong.csv"));
    QTest::keyClick(stage.window.get(), Qt::Key_E, Qt::ControlModifier);
    QFileDialog* dialog = nullptr;
    QTRY_VERIFY((dialog = page.findChild<QFileDialog*>()) && dialog->isVisible());
    QLineEdit* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
    QVERIFY(name);
    name->selectAll();
    QTest::keyClicks(name, file);
    for (int presses = 0; presses < 3 && page.message().isEmpty(); ++presses) {
        // The first one may close the list of names that the dialog proposes.
        QWidget* list = QApplication::activePopupWidget();
        QTest::keyClick(list ? list : name, Qt::Key_Return);
        QCoreApplication::processEvents();
    }
    QTRY_VERIFY(page.message().contains(QStringLiteral("(filtered) written to")));
    QVERIFY(QFile::exists(file));
}

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
void TestAccess::e38_pseudoLocale()
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
        const auto check = [&](const QString& text, const QObject* who) {
            const bool isFine = !hasWord(text) || text.contains(QStringLiteral("⟦")) || data.contains(text) ||
                                text.startsWith(QLatin1Char('/')) || text.contains(QStringLiteral("Ctrl+"));
            // Sentences about errors are the core's: one English text for command line, log and window.
            const bool isError = std::ranges::any_of(allErrors(), [&](const ErrorInfo& entry) {
                const QString what = QString::fromUtf8(entry.what.data(), static_cast<qsizetype>(entry.what.size()));
                return entry.code != ErrorCode::None && !what.isEmpty() && text.startsWith(what);
            });
            QVERIFY2(isFine || isError,
                     qPrintable(QLatin1String(who->metaObject()->className()) + QStringLiteral(": ") + text));
        };
        for (const bool busy : {false, true}) {
            if (busy)
                stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
            for (const auto page : Stage::pages()) {
                stage.window->showPage(page);
                for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
                    if (!widget->isVisible() || widget->objectName().startsWith(QStringLiteral("qt_")))
                        continue;
                    const auto* elided = qobject_cast<const ElidedLabel*>(widget);
                    if (const auto* label = qobject_cast<const QLabel*>(widget))
                        check(elided ? elided->wholeText() : label->text(), widget);
                    if (const auto* button = qobject_cast<const QAbstractButton*>(widget))
                        check(button->text(), widget);
                    check(widget->toolTip(), widget);
                }
            }
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

/// The proof that translation works: no text of the window is English in German.
void TestAccess::germanIsComplete()
{
    QFile file(QStringLiteral(VITFLEET_SOURCE_DIR "/resources/translations/vitfleet_de.ts"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    QVERIFY(text.count("<source>") > 500);
    QCOMPARE(text.count("type=\"unfinished\""), 0);
    installLanguage(*qApp, QStringLiteral("en")); // makes the translations known, and changes nothing
    QTranslator german;
    QVERIFY(german.load(QStringLiteral(":/vitfleet/translations/vitfleet_de.qm")));
    QCOMPARE(german.translate("vitfleet::app::MainWindow", "Fleet"), QStringLiteral("Flotte"));
}

static const Registered<TestAccess> registered;
#include "test_access.moc"
