// SPDX-License-Identifier: GPL-3.0-or-later
// What is seen: in small windows, at every scale, without colours.
#include "app/models/class_model.h"
#include "app/models/event_model.h"
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/replay.h"
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/chart.h"
#include "app/ui/command_palette.h"
#include "app/ui/confusion_view.h"
#include "app/ui/events_page.h"
#include "app/ui/filter_chip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/just_in.h"
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
#include "app/ui/widgets.h"
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
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPainter>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QToolButton>
#include <QTranslator>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestLooks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e32_changesLive();
    void e33_statesDifferInGreyscale();
    void e33_timelineDiffersInGreyscale();
    void e36_nothingIsClipped_data();
    void e36_nothingIsClipped();
    void e36_tilesFit();
    void e36_filtersGoOnInTheNextLine();
    void e36_iconsAreSvg();
};

namespace {

/// Layouts ask each other for room, a round of events each time: until nothing moves any more.
void settle(const QWidget& window)
{
    const auto places = [&window] {
        QList<QRect> all;
        for (const QWidget* widget : window.findChildren<QWidget*>())
            all << (widget->isVisible() ? widget->geometry() : QRect());
        return all;
    };
    QList<QRect> before;
    for (QList<QRect> now = places(); now != before; now = places()) {
        before = now;
        QCoreApplication::processEvents();
    }
}

} // namespace

/// e32: a window whose theme was changed while it was open looks like one that was opened in that theme: no widget,
/// table, chart or icon keeps a colour of before.
void TestLooks::e32_changesLive()
{
    bool isRead = true;
    const auto pictures = [&isRead](bool dark, bool changed) {
        Stage stage(changed ? !dark : dark);
        stage.fillEverything();
        stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
        stage.window->fleetPage().setInspectorShown(true);
        stage.window->fleetPage().showNode(NodeId(2));
        for (const auto page : Stage::pages())
            stage.window->showPage(page); // so that everything has been drawn once before
        // What is read from the database comes when it comes: both must have it.
        stage.window->showPage(MainWindow::RunPageIndex);
        stage.fleet.show(FleetSnapshot(*stage.fleet.snapshot()));
        RunProgress& progress = stage.window->runPage().progress();
        isRead &=
            QTest::qWaitFor([&progress] { return progress.confusion().total() > 0 && progress.justIn().shown() > 0; });
        if (changed)
            stage.theme.setMode(dark ? Theme::Mode::Dark : Theme::Mode::Light);
        QList<QImage> drawn;
        for (const auto page : Stage::pages()) {
            stage.window->showPage(page);
            settle(*stage.window);
            drawn << stage.window->grab().toImage().convertToFormat(QImage::Format_RGB32);
        }
        return drawn;
    };
    // Clocks go on and a caret blinks.
    constexpr double mostOther = 0.003;
    for (const bool dark : {true, false}) {
        const QList<QImage> opened = pictures(dark, false), changed = pictures(dark, true);
        QVERIFY(isRead);
        for (qsizetype page = 0; page < opened.size(); ++page) {
            QCOMPARE(changed[page].size(), opened[page].size());
            qsizetype others = 0;
            for (int y = 0; y < opened[page].height(); ++y) {
                const auto* a = reinterpret_cast<const QRgb*>(opened[page].constScanLine(y));
                const auto* b = reinterpret_cast<const QRgb*>(changed[page].constScanLine(y));
                for (int x = 0; x < opened[page].width(); ++x)
                    others += std::abs(qGray(a[x]) - qGray(b[x])) > 24;
            }
            const double share =
                static_cast<double>(others) / (static_cast<double>(opened[page].width()) * opened[page].height());
            if (const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS"); !folder.isEmpty()) {
                opened[page].save(folder + QStringLiteral("/e32-%1-opened.png").arg(page));
                changed[page].save(folder + QStringLiteral("/e32-%1-changed.png").arg(page));
            }
            QVERIFY2(share < mostOther, qPrintable(QStringLiteral("page %1: %2").arg(page).arg(share)));
        }
    }
}

void TestLooks::e36_nothingIsClipped_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("german");
    QTest::newRow("small") << QSize(1024, 640) << false;
    QTest::newRow("usual") << QSize(1440, 900) << false;
    QTest::newRow("small, in German") << QSize(1024, 640) << true;
}

/// e36: no text is cut and nothing lies outside the window, on every page and in every state and view.
void TestLooks::e36_nothingIsClipped()
{
    QFETCH(QSize, size);
    QFETCH(bool, german);
    const auto language = german ? std::make_unique<German>() : nullptr; // its words are longer
    QVERIFY(!german || language->isThere());
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(100));
    int looked = 0;
    // A text that was too long for its place was cut, and its tooltip has it whole: only names may be.
    const auto checkText = [&](const QWidget& widget, const QString& where) {
        const auto* label = qobject_cast<const QLabel*>(&widget);
        const auto* button = qobject_cast<const QAbstractButton*>(&widget);
        const auto* box = qobject_cast<const QComboBox*>(&widget);
        if ((!label && !button && !box) || qobject_cast<const ElidedLabel*>(&widget))
            return;
        ++looked;
        const QString what = label ? label->text() : button ? button->text() : box->currentText();
        // What it says now: a list has room for its longest entry when it is open.
        const int said = widget.fontMetrics().horizontalAdvance(what);
        const bool isTool = qobject_cast<const QToolButton*>(&widget);
        const int needed = label && label->wordWrap() ? label->heightForWidth(label->width()) - label->height()
                           : isTool                   ? said + 2 - widget.width()
                           : box                      ? said + 40 - widget.width()
                                                      : widget.sizeHint().width() - widget.width();
        QVERIFY2(needed <= 1, qPrintable(QStringLiteral("%1: '%2' lacks %3 px").arg(where, what).arg(needed)));
        // Letters, not the room around them, decide how low it may be.
        const int height = label && label->wordWrap() ? 0 : widget.fontMetrics().ascent() + 1;
        QVERIFY2(widget.height() >= height,
                 qPrintable(QStringLiteral("%1: '%2' is %3 px high").arg(where, what).arg(widget.height())));
    };
    const auto look = [&](const QString& where) {
        settle(*stage.window);
        for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
            if (!widget->isVisible() || widget->window() != stage.window.get())
                continue;
            checkText(*widget, where);
            if (QTest::currentTestFailed())
                return;
            const auto* header = qobject_cast<const QHeaderView*>(widget);
            for (int i = 0; header && header->orientation() == Qt::Horizontal && i < header->count(); ++i) {
                if (header->isSectionHidden(i))
                    continue;
                const QString title = header->model()->headerData(i, Qt::Horizontal).toString();
                QVERIFY2(header->fontMetrics().horizontalAdvance(title) <= header->sectionSize(i),
                         qPrintable(QStringLiteral("%1: column '%2'").arg(where, title)));
            }
            // What lies in a scroll area can be scrolled to.
            bool scrolls = false;
            for (const QWidget* parent = widget; parent; parent = parent->parentWidget())
                scrolls |= qobject_cast<const QAbstractScrollArea*>(parent) != nullptr;
            // Nor does one lie beyond the edge of its table, where nobody could know of it.
            const auto* table = header ? qobject_cast<const QAbstractScrollArea*>(header->parentWidget()) : nullptr;
            const int beyond =
                table && header->orientation() == Qt::Horizontal && !table->horizontalScrollBar()->isVisible()
                    ? header->length() - header->viewport()->width()
                    : 0;
            QVERIFY2(beyond <= 1, qPrintable(QStringLiteral("%1: %2 is %3 px wider than its place")
                                                 .arg(where, table ? table->accessibleName() : QString())
                                                 .arg(beyond)));
            // A page is scrolled down, never to the side.
            const auto* area = qobject_cast<const QScrollArea*>(widget);
            QVERIFY2(!area || !area->horizontalScrollBar()->isVisible(),
                     qPrintable(where + QStringLiteral(": a bar below")));
            const QRect place(widget->mapTo(stage.window.get(), QPoint()), widget->size());
            QVERIFY2(scrolls || stage.window->rect().contains(place),
                     qPrintable(
                         QStringLiteral("%1: %2 %3 lies outside")
                             .arg(where, QLatin1String(widget->metaObject()->className()), widget->accessibleName())));
        }
    };
    const auto check = [&](const char* when) {
        for (const auto page : Stage::pages()) {
            stage.window->showPage(page);
            look(QStringLiteral("%1 page %2").arg(QLatin1String(when)).arg(page));
            if (QTest::currentTestFailed())
                return;
        }
        QCOMPARE(stage.window->size(), size);
    };
    stage.window->resize(size);
    if (!german)
        check("empty");
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    check("busy");
    stage.window->fleetPage().setInspectorShown(true);
    stage.window->fleetPage().showNode(NodeId(2));
    if (!german) {
        check("inspected");
        stage.fleet.show(fleetOf(mixedNodes(), finishedRun(10'000, 2)));
        check("finished");
    }
    stage.fillEverything();
    if (QTest::currentTestFailed())
        return;
    stage.window->resize(size);
    check("stored");
    stage.window->showPage(MainWindow::ResultsPageIndex);
    for (const auto view : Stage::resultViews) {
        stage.window->resultsPage().showView(view);
        look(QStringLiteral("results view %1").arg(view));
    }
    stage.window->showPage(MainWindow::HistoryPageIndex);
    stage.window->historyPage().showScaleOut();
    look(QStringLiteral("scale-out"));
    QVERIFY2(looked > 300, qPrintable(QString::number(looked)));
}

/// e36: icons are drawings, sharp at every scale.
void TestLooks::e36_iconsAreSvg()
{
    Stage stage;
    int icons = 0;
    QDirIterator files(QStringLiteral(":/vitfleet"), QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString file = files.next();
        const bool isPicture = file.endsWith(QStringLiteral(".png")) || file.endsWith(QStringLiteral(".ico")) ||
                               file.endsWith(QStringLiteral(".xpm")) || file.endsWith(QStringLiteral(".jpg"));
        QVERIFY2(!isPicture, qPrintable(file));
        icons += file.endsWith(QStringLiteral(".svg"));
    }
    QVERIFY(icons >= 7);
    // At twice the density there are twice the pixels, not the same ones made larger.
    for (const QToolButton* button : stage.window->findChildren<QToolButton*>()) {
        if (button->icon().isNull() || qobject_cast<const QLineEdit*>(button->parent()))
            continue; // what clears a field is drawn by Qt
        const QPixmap large = button->icon().pixmap(QSize(22, 22), 2.0);
        QVERIFY2(large.width() >= 44, qPrintable(button->text() + QString::number(large.width())));
    }
}

/// e36: the Fleet page's figures and their notes are whole in a small window, however large a run and a fleet are.
void TestLooks::e36_tilesFit()
{
    std::vector<RunSnapshot> runs{sampleRun(200'000, 126'104, 2, 704),
                                  sampleRun(20'000'000, 13'104'999, 12'345, 64'000), finishedRun(20'000'000, 12'345),
                                  sampleRun(20'000'000, 13'104'999, 12'345, 64'000)};
    runs[1].etaSeconds = 45'678;
    runs[2].elapsedSeconds = 45'678;
    runs[3].scanComplete = false;
    runs[3].waitingForNodes = true;
    for (const bool inGerman : {false, true}) {
        const auto language = inGerman ? std::make_unique<German>() : nullptr;
        Stage stage;
        stage.window->resize(1024, 640);
        for (const RunSnapshot& run : runs) {
            FleetSnapshot fleet = fleetOf(mixedNodes(), run);
            fleet.online = 988;
            fleet.lost = 1'012;
            stage.fleet.show(std::move(fleet));
            settle(*stage.window);
            const auto tiles = stage.window->fleetPage().findChildren<Tile*>();
            QCOMPARE(tiles.size(), 6);
            for (const Tile* tile : tiles) {
                for (const QLabel* label : tile->findChildren<QLabel*>()) {
                    const QString text = label->text();
                    QVERIFY2(label->fontMetrics().horizontalAdvance(text) <= label->width(), qPrintable(text));
                    QVERIFY2(!text.endsWith(u'…'), qPrintable(text));
                }
            }
        }
        // In a window of the usual size nothing is left out.
        stage.window->resize(1440, 900);
        stage.fleet.show(fleetOf(mixedNodes(), runs.front()));
        settle(*stage.window);
        for (const Tile* tile : stage.window->fleetPage().findChildren<Tile*>())
            QVERIFY2(tile->findChild<ElidedLabel*>()->text() == tile->note(), qPrintable(tile->note()));
    }
}

/// With several nodes, precisions and errors every chip is there, and together they are wider than a small window.
void TestLooks::e36_filtersGoOnInTheNextLine()
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

/// e33: without any colour every state of a node is another picture than every other, in the table and among the tiles;
/// so are the parts of the timeline.
void TestLooks::e33_statesDifferInGreyscale()
{
    const NodeState states[] = {NodeState::Starting, NodeState::Connecting, NodeState::Preparing, NodeState::Online,
                                NodeState::Suspect,  NodeState::Draining,   NodeState::Drained,   NodeState::SetAside,
                                NodeState::Refused,  NodeState::Lost,       NodeState::Left,      NodeState::Stopped};
    for (const bool dark : {false, true}) {
        Stage stage(dark);
        FleetPage& page = stage.window->fleetPage();
        std::vector<NodeSnapshot> nodes;
        for (const NodeState state : states) {
            nodes.push_back(sampleNode(static_cast<std::uint32_t>(nodes.size() + 1), state));
            nodes.back().name = "node"; // nothing else may tell them apart
            nodes.back().labelled = 1;
            nodes.back().imagesPerSecond = 1;
        }
        stage.fleet.show(fleetOf(nodes));
        for (const int view : {0, 1}) {
            auto* views = view == 0 ? static_cast<QAbstractItemView*>(&page.table()) : page.findChild<NodeTiles*>();
            QList<QImage> pictures;
            for (const NodeSnapshot& node : nodes) {
                QImage picture(180, 90, QImage::Format_RGB32);
                picture.fill(stage.theme.colours().surface);
                QPainter painter(&picture);
                QStyleOptionViewItem option;
                option.rect = picture.rect();
                option.font = views->font();
                option.fontMetrics = views->fontMetrics();
                option.widget = views;
                views->itemDelegate()->paint(&painter, option, page.groups().indexOf(node.id));
                painter.end();
                const QImage grey = picture.convertToFormat(QImage::Format_Grayscale8);
                QVERIFY2(!pictures.contains(grey), qPrintable(NodeModel::stateText(node.state)));
                pictures << grey;
            }
        }
        // The first group of states that look alike may share its shape, never its word as well.
        QSet<QString> looks;
        for (const NodeState state : states)
            looks.insert(QString::number(static_cast<int>(lookOf(state, stage.theme.colours()).shape)) +
                         NodeModel::stateText(state));
        QCOMPARE(looks.size(), static_cast<qsizetype>(std::size(states)));
    }
}

/// e33: a node that works, waits, is late, held or lost has another line in the timeline, whatever colours one sees.
void TestLooks::e33_timelineDiffersInGreyscale()
{
    const std::pair<NodeState, bool> kinds[] = {{NodeState::Online, true},
                                                {NodeState::Online, false},
                                                {NodeState::Suspect, true},
                                                {NodeState::Draining, true},
                                                {NodeState::Lost, false}};
    QList<QImage> pictures;
    for (const auto& [state, working] : kinds) {
        FleetHistory history;
        Theme theme;
        NodeTimeline timeline(history, theme);
        timeline.resize(400, 60);
        for (int second = 0; second < 60; ++second) {
            NodeSnapshot node = sampleNode(1, state);
            node.idle = working ? IdleReason::None : IdleReason::NothingLeft;
            node.leased = working ? 1 : 0;
            FleetSnapshot fleet = fleetOf({node});
            fleet.at = sampleNow + second * 1'000;
            history.update(fleet);
        }
        // The line alone, without the word beside it; and black or white, so that no grey tells either.
        const QImage line =
            timeline.grab(QRect(150, 0, 100, 18)).toImage().convertToFormat(QImage::Format_Mono, Qt::ThresholdDither);
        QVERIFY2(!pictures.contains(line), qPrintable(NodeModel::stateText(state)));
        pictures << line;
    }
}

static const Registered<TestLooks> registered;
#include "test_looks.moc"
