// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/main_window.h"

#include "app/models/fleet_source.h"
#include "app/models/results_loader.h"
#include "app/models/stored_run.h"
#include "app/models/thumbnails.h"
#include "app/ui/alert_strip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_table.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/run_page.h"
#include "app/ui/status_bar.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace vitfleet::app {

MainWindow::MainWindow(const UiContext& context, QWidget* parent)
    : QMainWindow(parent), m_context(context), m_pages(new QStackedWidget), m_fleet(new FleetPage(context)),
      m_run(new RunPage(context)), m_results(new ResultsPage(context)), m_railButtons(new QButtonGroup(this)),
      m_alert(new AlertStrip(context.theme)), m_status(new StatusBar(context.database))
{
    setWindowTitle(tr("VitFleet"));
    resize(1440, 900);
    setMinimumSize(1024, 640);
    for (QWidget* page : std::initializer_list<QWidget*>{m_fleet, m_run, m_results})
        m_pages->addWidget(page);

    auto* right = new QVBoxLayout;
    right->setContentsMargins(0, 0, 0, 0);
    right->setSpacing(0);
    right->addWidget(m_alert);
    right->addWidget(m_pages, 1);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(makeRail());
    row->addLayout(right, 1);
    auto* whole = new QWidget;
    whole->setObjectName(QStringLiteral("page"));
    auto* column = new QVBoxLayout(whole);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(row, 1);
    column->addWidget(m_status);
    setCentralWidget(whole);

    makeShortcuts();
    connectPages();
    update(context.fleet.snapshot());
    // What the database knows of the last run, until there is a new one.
    context.results.loadRun(RunId());
    m_fleet->takeFocus();
}

void MainWindow::connectPages()
{
    connect(m_fleet, &FleetPage::demoRequested, this, &MainWindow::startDemo);
    connect(m_fleet, &FleetPage::runRequested, this, [this] {
        showPage(RunPageIndex);
        m_run->focusStart();
    });
    connect(m_results, &ResultsPage::runRequested, this, [this] { showPage(RunPageIndex); });
    connect(m_run, &RunPage::resultsRequested, this, [this] { showPage(ResultsPageIndex); });
    connect(m_run, &RunPage::exportRequested, this, [this] {
        showPage(ResultsPageIndex);
        m_results->exportShown();
    });
    connect(m_alert, &AlertStrip::nodesRequested, this, [this] { showPage(FleetPageIndex); });
    connect(&m_context.fleet, &FleetSource::snapshotChanged, this, &MainWindow::update);
    connect(&m_context.fleet, &FleetSource::eventsAdded, this, [this](const std::vector<EventRecord>& events) {
        m_fleet->addEvents(events);
        m_run->addEvents(events);
    });
    connect(&m_context.results, &ResultsLoader::runLoaded, this, &MainWindow::onRunLoaded);
    connect(&m_context.theme, &Theme::changed, this, [this] { update(m_context.fleet.snapshot()); });
}

QToolButton* MainWindow::makeRailButton(const QString& text, const QString& icon)
{
    auto* button = new QToolButton;
    button->setText(text);
    button->setIconSize({22, 22});
    button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    button->setFixedSize(64, 54);
    button->setFocusPolicy(Qt::TabFocus);
    button->setCursor(Qt::PointingHandCursor);
    const auto setIcon = [this, button, icon] { button->setIcon(m_context.theme.icon(icon)); };
    setIcon();
    connect(&m_context.theme, &Theme::changed, button, setIcon);
    return button;
}

QWidget* MainWindow::makeRail()
{
    auto* rail = new QFrame;
    rail->setObjectName(QStringLiteral("rail"));
    rail->setFixedWidth(76);
    auto* layout = new QVBoxLayout(rail);
    layout->setContentsMargins(6, 8, 6, 8);
    layout->setSpacing(2);
    const std::pair<QString, QString> entries[] = {{tr("Fleet"), QStringLiteral("fleet")},
                                                   {tr("Run"), QStringLiteral("run")},
                                                   {tr("Results"), QStringLiteral("results")}};
    int page = 0;
    for (const auto& [text, icon] : entries) {
        QToolButton* button = makeRailButton(text, icon);
        button->setCheckable(true);
        button->setToolTip(tr("%1 (Ctrl+%2)").arg(text).arg(page + 1));
        m_railButtons->addButton(button, page++);
        layout->addWidget(button);
    }
    layout->addStretch();
    QToolButton* look = makeRailButton(tr("Look"), QStringLiteral("look"));
    look->setToolTip(tr("Change between light and dark"));
    connect(look, &QToolButton::clicked, this, [this] {
        m_context.theme.setMode(m_context.theme.colours().dark ? Theme::Mode::Light : Theme::Mode::Dark);
    });
    layout->addWidget(look);
    m_railButtons->button(0)->setChecked(true);
    connect(m_railButtons, &QButtonGroup::idClicked, this, [this](int id) { showPage(static_cast<Page>(id)); });
    return rail;
}

void MainWindow::makeShortcuts()
{
    const auto on = [this](const QKeySequence& keys, auto action) {
        connect(new QShortcut(keys, this), &QShortcut::activated, this, action);
    };
    for (const Page page : {FleetPageIndex, RunPageIndex, ResultsPageIndex})
        on(QKeySequence(QStringLiteral("Ctrl+%1").arg(page + 1)), [this, page] {
            showPage(page);
            takeFocus();
        });
    on(QKeySequence(QStringLiteral("Ctrl+N")), [this] {
        showPage(RunPageIndex);
        m_run->focusStart();
    });
    on(QKeySequence(QStringLiteral("Ctrl+E")), [this] {
        showPage(ResultsPageIndex);
        m_results->exportShown();
    });
    on(QKeySequence(Qt::Key_F5), [this] {
        update(m_context.fleet.snapshot());
        m_results->refresh();
    });
    on(QKeySequence(Qt::Key_Escape), [this] { goBack(); });
    on(QKeySequence(QStringLiteral("Ctrl+Q")), [this] { close(); });
}

void MainWindow::goBack()
{
    if (page() == ResultsPageIndex && m_results->goBack())
        return;
    if (page() == FleetPageIndex && m_fleet->table().selectedNode() > 0) {
        m_fleet->table().clearSelection();
        return;
    }
    m_alert->dismiss();
}

void MainWindow::showPage(Page page)
{
    m_pages->setCurrentIndex(page);
    m_railButtons->button(page)->setChecked(true);
    // Tab begins in the page; what had the focus is hidden now.
    m_pages->currentWidget()->setFocus(Qt::OtherFocusReason);
    if (page == ResultsPageIndex)
        m_results->showRun(m_context.fleet.snapshot()->run ? m_context.fleet.snapshot()->run : m_stored);
}

/// Where a page was asked for by key, keys go on in what it is about.
void MainWindow::takeFocus()
{
    if (page() == FleetPageIndex)
        m_fleet->takeFocus();
    else if (page() == RunPageIndex)
        m_run->focusStart();
    else
        m_results->table().setFocus(Qt::OtherFocusReason);
}

MainWindow::Page MainWindow::page() const
{
    return static_cast<Page>(m_pages->currentIndex());
}

void MainWindow::startDemo()
{
    showPage(RunPageIndex);
    m_run->startDemo();
}

void MainWindow::update(const std::shared_ptr<const FleetSnapshot>& snapshot)
{
    m_fleet->update(snapshot);
    const std::optional<RunSnapshot>& run = snapshot->run ? snapshot->run : m_stored;
    m_run->showRun(run);
    m_results->showRun(run);
    m_alert->update(*snapshot);
    m_status->update(*snapshot);
    if (snapshot->run && snapshot->run->id != m_shownRun) {
        // Its record says where its pictures are.
        m_shownRun = snapshot->run->id;
        m_context.results.loadRun(m_shownRun);
    }
}

void MainWindow::onRunLoaded(const RunRecord& run, const std::optional<Seal>& seal)
{
    const bool hasRun = m_context.fleet.snapshot()->run.has_value();
    if (hasRun && run.id != m_shownRun)
        return;
    m_context.thumbnails.setDataSet(dataSetOf(run));
    if (hasRun)
        return;
    m_stored = storedRun(run, seal);
    update(m_context.fleet.snapshot());
}

} // namespace vitfleet::app
