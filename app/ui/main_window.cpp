// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/main_window.h"

#include "app/models/fleet_source.h"
#include "app/models/results_loader.h"
#include "app/models/ui_settings.h"
#include "app/models/undo.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/command_palette.h"
#include "app/ui/events_page.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/notifier.h"
#include "app/ui/results_page.h"
#include "app/ui/run_page.h"
#include "app/ui/run_set_up.h"
#include "app/ui/scale_out_card.h"
#include "app/ui/settings_page.h"
#include "app/ui/status_bar.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <QApplication>
#include <QButtonGroup>
#include <QCloseEvent>
#include <QHBoxLayout>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr int railMargin = 6, narrowestRailButton = 64, railButtonHeight = 54;
constexpr QSize usualSize(1440, 900), smallestSize(1024, 640);
const QString geometryKey = QStringLiteral("layout/geometry");
const QString pageKey = QStringLiteral("layout/page");

/// Where a picture is looked at, its origin is; nodes have room.
constexpr bool inspectorUsual[] = {false, false, true, false, false, false};
static_assert(std::size(inspectorUsual) == MainWindow::PageCount);

QString inspectorKey(int page)
{
    return QStringLiteral("layout/inspector%1").arg(page);
}

UiContext withActions(UiContext context, MainWindow* window)
{
    context.actions = new Actions(context.settings, window);
    return context;
}

} // namespace

MainWindow::MainWindow(const UiContext& context, QWidget* parent)
    : QMainWindow(parent), m_context(withActions(context, this)), m_pages(new QStackedWidget),
      m_fleet(new FleetPage(m_context)), m_run(new RunPage(m_context)), m_results(new ResultsPage(m_context)),
      m_history(new HistoryPage(m_context)), m_events(new EventsPage(m_context)),
      m_notifier(new Notifier(context.settings, this)), m_railButtons(new QButtonGroup(this)),
      m_alert(new AlertStrip(context.theme)), m_status(new StatusBar(context.database, context.undo))
{
    setWindowTitle(tr("VitFleet"));
    setMinimumSize(smallestSize);
    makeActions();
    m_settingsPage = new SettingsPage(m_context);
    m_allPages = {m_fleet, m_run, m_results, m_history, m_events, m_settingsPage};
    for (Page* page : m_allPages)
        m_pages->addWidget(page);

    auto* right = new QVBoxLayout;
    right->setContentsMargins(0, 0, 0, 0);
    right->setSpacing(0);
    right->addWidget(m_alert);
    right->addWidget(m_pages, 1);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_rail = makeRail();
    row->addWidget(m_rail);
    row->addLayout(right, 1);
    auto* whole = new QWidget;
    whole->setObjectName(QStringLiteral("page"));
    auto* column = new QVBoxLayout(whole);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(row, 1);
    column->addWidget(m_status);
    setCentralWidget(whole);

    m_context.actions->setReveal([this](QWidget* widget) {
        for (int page = 0; page < PageCount; ++page) {
            if (m_allPages[static_cast<std::size_t>(page)]->isAncestorOf(widget))
                showPage(static_cast<PageIndex>(page));
        }
    });
    m_alert->addTo(*m_context.actions);
    m_palette = new CommandPalette(*m_context.actions, context.theme, this);
    connectPages();
    connectHistory();
    update(context.fleet.snapshot());
    // What the database knows of the last run, until there is a new one.
    context.results.loadRun(RunId());
    restoreLayout();
    current().takeFocus();
}

MainWindow::~MainWindow()
{
    m_context.undo.settle(); // while the pages that it speaks to are there
}

void MainWindow::connectPages()
{
    connect(m_fleet, &FleetPage::demoRequested, this, &MainWindow::startDemo);
    connect(m_fleet, &FleetPage::runRequested, this, [this] {
        showPage(RunPageIndex);
        m_run->takeFocus();
    });
    connect(m_fleet, &FleetPage::pauseRequested, m_run, &RunPage::setPaused);
    connect(m_fleet, &FleetPage::inspectorRequested, this, [this] { setInspectorShown(true); });
    connect(m_results, &ResultsPage::runRequested, this, [this] { showPage(RunPageIndex); });
    connect(m_run, &RunPage::resultsRequested, this, [this] {
        showNewest(); // whatever was looked at before
        showPage(ResultsPageIndex);
    });
    connect(m_run, &RunPage::resized, m_fleet, &FleetPage::showResize);
    connect(m_run, &RunPage::exportRequested, this, [this] {
        showNewest();
        showPage(ResultsPageIndex);
        m_results->exportShown();
    });
    connect(m_alert, &AlertStrip::nodesRequested, this, [this](NodeId node) {
        showPage(FleetPageIndex);
        m_fleet->showNode(node);
        m_fleet->takeFocus();
    });
    connect(m_status, &StatusBar::undoRequested, &m_context.undo, &Undo::undo);
    connect(&m_context.fleet, &FleetSource::snapshotChanged, this, &MainWindow::update);
    connect(&m_context.fleet, &FleetSource::eventsAdded, this, [this](const std::vector<EventRecord>& events) {
        m_fleet->addEvents(events);
        m_run->addEvents(events);
        m_events->addEvents(events);
        m_notifier->addEvents(events);
        m_alert->addEvents(events);
    });
    connect(&m_context.results, &ResultsLoader::runLoaded, this, &MainWindow::onRunLoaded);
    connect(&m_context.theme, &Theme::changed, this, [this] { update(m_context.fleet.snapshot()); });
    connect(&m_context.undo, &Undo::changed, this, &MainWindow::updateActions);
}

void MainWindow::connectHistory()
{
    connect(m_results, &ResultsPage::newestRequested, this, &MainWindow::showNewest);
    connect(m_history, &HistoryPage::resultsRequested, this, &MainWindow::showResultsOf);
    connect(m_history, &HistoryPage::runRequested, this, [this] { showPage(RunPageIndex); });
    connect(m_history, &HistoryPage::runHidden, this, &MainWindow::setGone);
    connect(m_history, &HistoryPage::runHidden, m_events, &EventsPage::setGone);
    connect(m_history, &HistoryPage::cloneRequested, this, [this](const RunRecord& run) {
        showPage(RunPageIndex);
        m_run->clone(run);
        m_run->takeFocus();
    });
    connect(m_events, &EventsPage::runRequested, this, [this] { showPage(RunPageIndex); });
    connect(m_events, &EventsPage::nodeRequested, this, &MainWindow::showNodeNamed);
    connect(m_settingsPage, &SettingsPage::layoutResetRequested, this, &MainWindow::resetLayout);
    connect(m_notifier, &Notifier::notified, this, &sendNotification);
}

void MainWindow::showNodeNamed(const QString& name)
{
    showPage(FleetPageIndex);
    for (const NodeSnapshot& node : m_context.fleet.snapshot()->nodes) {
        if (node.name == name.toStdString())
            m_fleet->showNode(node.id);
    }
    m_fleet->takeFocus();
}

QToolButton* MainWindow::makeRailButton(const QString& text, const QString& icon)
{
    auto* button = new QToolButton;
    button->setText(text);
    button->setIconSize({22, 22});
    button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    button->setFocusPolicy(Qt::TabFocus);
    button->setCursor(Qt::PointingHandCursor);
    button->setCheckable(true);
    const auto setIcon = [this, button, icon] { button->setIcon(m_context.theme.icon(icon)); };
    setIcon();
    connect(&m_context.theme, &Theme::changed, button, setIcon);
    return button;
}

QWidget* MainWindow::makeRail()
{
    auto* rail = new QFrame;
    rail->setObjectName(QStringLiteral("rail"));
    auto* layout = new QVBoxLayout(rail);
    layout->setContentsMargins(railMargin, 8, railMargin, 8);
    layout->setSpacing(2);
    const std::pair<QString, QString> entries[] = {
        {tr("Fleet"), QStringLiteral("fleet")},     {tr("Run"), QStringLiteral("run")},
        {tr("Results"), QStringLiteral("results")}, {tr("History"), QStringLiteral("history")},
        {tr("Events"), QStringLiteral("events")},   {tr("Settings"), QStringLiteral("settings")}};
    // As wide as its longest word in the letters of the page that is shown: other languages have longer ones.
    QFont strong = font();
    strong.setPixelSize(11);
    strong.setWeight(QFont::DemiBold);
    int width = narrowestRailButton;
    for (const auto& [text, icon] : entries)
        width = std::max(width, QFontMetrics(strong).horizontalAdvance(text) + 12);
    rail->setFixedWidth(width + 2 * railMargin);
    int page = 0;
    for (const auto& [text, icon] : entries) {
        if (page == SettingsPageIndex)
            layout->addStretch();
        QToolButton* button = makeRailButton(text, icon);
        button->setFixedSize(width, railButtonHeight);
        button->setToolTip(tr("%1 (Ctrl+%2)").arg(text).arg(page + 1));
        Actions::setDoes(button, {QStringLiteral("go.%1").arg(page)});
        m_railButtons->addButton(button, page++);
        layout->addWidget(button);
    }
    m_railButtons->button(0)->setChecked(true);
    connect(m_railButtons, &QButtonGroup::idClicked, this, [this](int id) { showPage(static_cast<PageIndex>(id)); });
    return rail;
}

Page& MainWindow::current() const
{
    return *m_allPages[static_cast<std::size_t>(m_pages->currentIndex())];
}

void MainWindow::showPage(PageIndex page)
{
    m_pages->setCurrentIndex(page);
    m_railButtons->button(page)->setChecked(true);
    // Tab begins in the page; what had the focus is hidden now.
    m_pages->currentWidget()->setFocus(Qt::OtherFocusReason);
    if (page == ResultsPageIndex)
        m_results->showRun(shownRun());
    if (page == HistoryPageIndex)
        m_history->scaleOut().setRequest(m_run->setUp().request());
    updateActions();
}

MainWindow::PageIndex MainWindow::page() const
{
    return static_cast<PageIndex>(m_pages->currentIndex());
}

void MainWindow::startDemo()
{
    showPage(RunPageIndex);
    m_run->startDemo();
}

void MainWindow::goBack()
{
    if (!current().goBack())
        m_alert->dismiss();
}

/// The rail, the alert and what the page names, in this order and round.
void MainWindow::goToPane(int step)
{
    QList<QWidget*> panes{m_railButtons->checkedButton(), m_alert};
    panes << current().panes() << m_status;
    const auto firstField = [](QWidget* pane) -> QWidget* {
        if (!pane || !pane->isVisible())
            return nullptr;
        if (pane->focusPolicy() & Qt::TabFocus && pane->isEnabled())
            return pane;
        for (QWidget* child : pane->findChildren<QWidget*>()) {
            if (child->isVisible() && child->isEnabled() && child->focusPolicy() & Qt::TabFocus)
                return child;
        }
        return nullptr;
    };
    int at = -1;
    for (int i = 0; i < panes.size(); ++i) {
        const QWidget* focus = QApplication::focusWidget();
        if (panes[i] && focus && (panes[i] == focus || panes[i]->isAncestorOf(focus)))
            at = i;
    }
    const auto count = static_cast<int>(panes.size());
    for (int tried = 0; tried < count; ++tried) {
        at = ((at < 0 && step < 0 ? 0 : at) + step + count) % count;
        if (QWidget* field = firstField(panes[at])) {
            field->setFocus(Qt::ShortcutFocusReason);
            return;
        }
    }
}

void MainWindow::setInspectorShown(bool shown)
{
    current().setInspectorShown(shown);
    m_context.settings.set(inspectorKey(page()), shown);
    updateActions();
}

bool MainWindow::inspectorIsShown(int page) const
{
    return m_context.settings.boolean(inspectorKey(page), inspectorUsual[page]);
}

void MainWindow::restoreLayout()
{
    resize(usualSize);
    restoreGeometry(m_context.settings.bytes(geometryKey));
    for (int page = 0; page < PageCount; ++page)
        m_allPages[static_cast<std::size_t>(page)]->setInspectorShown(inspectorIsShown(page));
    showPage(static_cast<PageIndex>(m_context.settings.number(pageKey, FleetPageIndex, 0, PageCount - 1)));
}

void MainWindow::saveLayout()
{
    m_context.settings.set(geometryKey, saveGeometry());
    m_context.settings.set(pageKey, static_cast<int>(page()));
}

void MainWindow::resetLayout()
{
    m_context.settings.reset(QStringLiteral("layout"));
    m_context.settings.reset(QStringLiteral("columns"));
    showNormal();
    restoreLayout();
}

void MainWindow::present()
{
    if (isMinimized())
        showNormal();
    raise();
    activateWindow();
}

void MainWindow::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::ActivationChange)
        m_notifier->setWindowActive(isActiveWindow());
    QMainWindow::changeEvent(event);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    saveLayout();
    QMainWindow::closeEvent(event);
}

} // namespace vitfleet::app
