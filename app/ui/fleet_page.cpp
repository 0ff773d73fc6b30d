// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/fleet_page.h"

#include "app/models/fleet_source.h"
#include "app/models/node_groups.h"
#include "app/models/stored_run.h"
#include "app/models/ui_settings.h"
#include "app/ui/actions.h"
#include "app/ui/add_node_panel.h"
#include "app/ui/allocation_cards.h"
#include "app/ui/fleet_figures.h"
#include "app/ui/format.h"
#include "app/ui/kept_splitter.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_table.h"
#include "app/ui/node_tiles.h"
#include "app/ui/profile_panel.h"
#include "app/ui/segmented.h"

#include <QDialog>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QMenu>
#include <QShortcut>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr int inspectorWidth = 320;
constexpr int roomForChart = 290; ///< of the chart with the nodes: below it a table of nodes would have no row
const QString viewKey = QStringLiteral("fleet/view");
const QString chartKey = QStringLiteral("fleet/chart");

} // namespace

FleetPage::FleetPage(const UiContext& context, QWidget* parent)
    : Page(tr("Fleet"), parent), m_context(context), m_snapshot(context.fleet.snapshot()), m_model(new NodeModel(this)),
      m_groups(new NodeGroups(*m_model, this)), m_actions(new NodeActions(context, this)),
      m_allocations(new AllocationCards(context)), m_stack(new QStackedWidget),
      m_subtitle(new ElidedLabel("secondary")), m_addNode(makeButton(tr("Add a node"))),
      m_nodeMenu(makeButton(tr("Node actions ▾"))), m_main(makeButton(tr("New run"), true))
{
    fillHeader();
    column()->addWidget(m_allocations);
    column()->addWidget(m_stack, 1);
    m_stack->addWidget(makeEmpty());
    m_stack->addWidget(makeFleet());
    connectNodes();
    updateHeader();
    updateSelection();
}

void FleetPage::fillHeader()
{
    header()->addWidget(m_subtitle, 1);
    for (QPushButton* button : {m_addNode, m_nodeMenu, m_main})
        header()->addWidget(button);
    Actions& actions = *m_context.actions;
    Actions::setDoes(m_addNode, {QStringLiteral("nodes.add")});
    Actions::setDoes(m_main, {QStringLiteral("run.new"), QStringLiteral("run.pause")});
    actions.addButton(QStringLiteral("nodes.menu"), tr("Nodes"), m_nodeMenu, tr("Everything for the selected nodes…"));
    m_nodeMenu->setMenu(m_actions->makeMenu(this));
    m_nodeMenu->setToolTip(tr("For the selected nodes, or for all where none is selected"));
    connect(m_addNode, &QPushButton::clicked, this, &FleetPage::showAddNode);
    connect(m_main, &QPushButton::clicked, this, [this] {
        const auto& run = m_context.fleet.snapshot()->run;
        if (run && isActive(*run))
            Q_EMIT pauseRequested(!run->paused);
        else
            Q_EMIT runRequested();
    });
}

QWidget* FleetPage::makeEmpty()
{
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* card = new Card(tr("No nodes yet"));
    constexpr int inset = 24;
    card->setFixedWidth(addNodeWidth + 2 * inset);
    card->content()->setContentsMargins(inset, 20, inset, 22);
    QLabel* text = makeLabel(
        tr("VitFleet labels pictures on every machine you have. Start with this one: the demo runs real inference with "
           "the model and the 10,000 pictures that come with the program, and needs no network."),
        "body");
    text->setWordWrap(true);
    card->content()->addWidget(text);
    m_demo = makeButton(tr("Start demo fleet"), true);
    m_demo->setObjectName(QStringLiteral("startDemo"));
    Actions::setDoes(m_demo, {QStringLiteral("run.demo")});
    connect(m_demo, &QPushButton::clicked, this, &FleetPage::demoRequested);
    auto* own = makeButton(tr("Use your own pictures"));
    Actions::setDoes(own, {QStringLiteral("run.new")});
    connect(own, &QPushButton::clicked, this, &FleetPage::runRequested);
    auto* row = new QHBoxLayout;
    row->setSpacing(10);
    row->addWidget(m_demo);
    row->addWidget(own);
    row->addStretch();
    card->content()->addSpacing(4);
    card->content()->addLayout(row);
    card->content()->addSpacing(12);
    auto* rule = new QFrame;
    rule->setObjectName(QStringLiteral("rule"));
    card->content()->addWidget(rule);
    card->content()->addSpacing(8);
    card->content()->addWidget(makeLabel(tr("Or add a node"), "cardTitle"));
    auto* panel = new AddNodePanel(m_context);
    panel->addTo(*m_context.actions);
    card->content()->addWidget(panel);
    auto* middle = new QHBoxLayout;
    middle->addStretch();
    middle->addWidget(card);
    middle->addStretch();
    layout->addStretch(2);
    layout->addLayout(middle);
    layout->addStretch(3);
    return page;
}

QWidget* FleetPage::makeFleet()
{
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(cardGap);
    m_figures = new FleetFigures;
    layout->addWidget(m_figures);
    QWidget* chart = makeChart();
    m_split = new KeptSplitter(QStringLiteral("fleet"), m_context.settings, {{chart, 2}, {makeNodes(), 3}});
    m_split->installEventFilter(this);
    m_inspector = new NodeInspector(m_context);
    m_inspector->setFixedWidth(inspectorWidth);
    m_inspector->hide();
    auto* columns = new QHBoxLayout;
    columns->setSpacing(cardGap);
    columns->addWidget(m_split, 1);
    columns->addWidget(m_inspector);
    layout->addLayout(columns, 1);
    return page;
}

/// In a low window with an alert and nodes of a profile above there is room for one of both: the nodes.
bool FleetPage::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_split && event->type() == QEvent::Resize)
        m_chartCard->setVisible(m_split->height() >= roomForChart);
    return Page::eventFilter(watched, event);
}

QWidget* FleetPage::makeChart()
{
    auto* card = m_chartCard = new Card(tr("Throughput"));
    card->setSubtitle(tr("img/s; the band reaches from the slowest to the fastest second of the last five"));
    card->content()->setContentsMargins(cardPadding, 10, cardPadding, 8);
    m_chart = new ThroughputChart(m_context.theme, m_context.history);
    m_chartMode = new Segmented(tr("What the chart shows"), {tr("Fleet"), tr("By node")});
    m_chartMode->addTo(*m_context.actions, QStringLiteral("fleet.chart"), tr("Fleet"), tr("Chart: %1"));
    card->addToTitle(m_chartMode);
    card->content()->addWidget(m_chart, 1);
    const auto show = [this, card](int mode) {
        m_chart->setMode(mode == 0 ? ThroughputChart::Mode::Fleet : ThroughputChart::Mode::Nodes);
        card->setSubtitle(mode == 0
                              ? tr("img/s; the band reaches from the slowest to the fastest second of the last five")
                              : tr("img/s of each node; above twelve nodes eight tenths of them lie in the band, and "
                                   "those far below it have their names"));
        m_context.settings.set(chartKey, mode);
    };
    connect(m_chartMode, &Segmented::changed, this, show);
    m_chartMode->setCurrent(m_context.settings.number(chartKey, 0, 0, 1));
    return card;
}

QWidget* FleetPage::makeNodes()
{
    auto* card = new Card(tr("Nodes"));
    card->content()->setContentsMargins(4, 10, 4, 4);
    card->indentTitle(cardPadding - 4);
    m_hint = makeLabel({}, "warningText");
    card->addToTitle(m_hint);
    m_view = new Segmented(tr("How the nodes are shown"), {tr("Table"), tr("Tiles")});
    m_view->addTo(*m_context.actions, QStringLiteral("fleet.nodes"), tr("Fleet"), tr("Nodes: %1"));
    card->addToTitle(m_view);
    m_table = new NodeTable(*m_groups, m_context.theme, m_context.settings);
    m_tiles = new NodeTiles(*m_groups, m_context.theme);
    m_tiles->setSelectionModel(m_table->selectionModel());
    m_nodeStack = new QStackedWidget;
    m_nodeStack->addWidget(m_table);
    m_nodeStack->addWidget(m_tiles);
    card->content()->addWidget(m_nodeStack, 1);
    connect(m_view, &Segmented::changed, this, &FleetPage::showAs);
    m_view->setCurrent(m_context.settings.number(viewKey, 0, 0, 1));
    connect(&m_context.settings, &UiSettings::changed, this, [this](const QString& group) {
        if (group != QLatin1String("layout"))
            return;
        m_chartMode->setCurrent(0);
        m_view->setCurrent(0);
    });
    return card;
}

void FleetPage::showAs(int view)
{
    m_nodeStack->setCurrentIndex(view);
    m_context.settings.set(viewKey, view);
}

void FleetPage::connectNodes()
{
    connect(m_table, &NodeTable::selectedNodeChanged, this, &FleetPage::updateSelection);
    connect(m_tiles, &NodeTiles::pointedAt, m_table, &NodeTable::setPointedAt);
    connect(m_groups, &NodeGroups::outOfPlaceChanged, this, &FleetPage::updateHint);
    connect(m_actions, &NodeActions::leavingChanged, this, [this] { m_model->setLeaving(m_actions->leaving()); });
    for (QAbstractItemView* view : std::initializer_list<QAbstractItemView*>{m_table, m_tiles}) {
        view->setContextMenuPolicy(Qt::CustomContextMenu);
        connect(view, &QWidget::customContextMenuRequested, this,
                [this, view](const QPoint& at) { m_nodeMenu->menu()->popup(view->viewport()->mapToGlobal(at)); });
        connect(view, &QAbstractItemView::activated, this, &FleetPage::inspectorRequested);
        // Keys act on what is selected, never on everything.
        for (const auto& [keys, when] : {std::pair{QKeySequence(Qt::Key_Delete), Engine::When::AfterChunk},
                                         std::pair{QKeySequence(QStringLiteral("Shift+Del")), Engine::When::Now}}) {
            auto* shortcut = new QShortcut(keys, view, nullptr, nullptr, Qt::WidgetShortcut);
            connect(shortcut, &QShortcut::activated, this, [this, when = when] {
                if (m_table->selectionModel()->hasSelection())
                    m_actions->remove(when);
            });
        }
    }
}

void FleetPage::showAddNode()
{
    // Not a question: a sheet that stays beside the page until it is closed.
    auto* dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Add a node"));
    dialog->setMinimumWidth(addNodeWidth + 2 * pageMargin);
    auto* layout = new QVBoxLayout(dialog);
    layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
    auto* panel = new AddNodePanel(m_context);
    layout->setSpacing(cardGap);
    layout->addWidget(makeLabel(tr("A machine by hand"), "cardTitle"));
    layout->addWidget(panel);
    auto* rule = new QFrame;
    rule->setObjectName(QStringLiteral("rule"));
    layout->addWidget(rule);
    layout->addWidget(makeLabel(tr("Or nodes from a profile: Slurm, SSH hosts, Kubernetes"), "cardTitle"));
    layout->addWidget(new ProfilePanel(m_context));
    connect(panel, &AddNodePanel::added, dialog, &QDialog::close);
    dialog->show();
}

void FleetPage::showNode(NodeId node)
{
    m_table->selectNode(node);
}

void FleetPage::takeFocus()
{
    isEmpty() ? m_demo->setFocus(Qt::OtherFocusReason) : m_nodeStack->currentWidget()->setFocus(Qt::OtherFocusReason);
}

bool FleetPage::goBack()
{
    if (!m_table->selectionModel()->hasSelection())
        return false;
    m_table->clearSelection();
    m_table->setCurrentIndex({});
    return true;
}

void FleetPage::refresh()
{
    m_groups->arrange();
}

QList<QWidget*> FleetPage::panes() const
{
    if (isEmpty())
        return {m_allocations, m_demo};
    return {m_main, m_allocations, m_chartMode, m_nodeStack->currentWidget(), m_inspector};
}

void FleetPage::setInspectorShown(bool shown)
{
    m_inspector->setVisible(shown);
    m_inspector->update();
}

void FleetPage::updateHeader()
{
    const bool fleet = !isEmpty();
    for (QPushButton* button : {m_addNode, m_nodeMenu, m_main})
        button->setVisible(fleet);
    const auto& run = m_snapshot->run;
    const bool active = run && isActive(*run);
    m_main->setText(!active ? tr("New run") : run->paused ? tr("Continue run") : tr("Pause run"));
    if (!run) {
        m_subtitle->setWholeText(fleet ? tr("No run yet") : QString());
        return;
    }
    QString subtitle = tr("Run %1 · %2").arg(QString::number(run->id.value), QString::fromStdString(run->modelName));
    if (run->paused)
        subtitle += tr(" · paused");
    if (run->synthetic)
        subtitle += tr(" · SYNTHETIC: no inference, the labels mean nothing");
    m_subtitle->setWholeText(subtitle);
}

void FleetPage::updateSelection()
{
    m_actions->setSelection(m_table->selectedNodes());
    const NodeId node(m_table->selectedNode());
    m_inspector->setNode(node);
    m_chart->setSelected(node);
}

void FleetPage::updateHint()
{
    m_hint->setText(m_groups->isOutOfPlace()
                        ? tr("A node has changed its group; rows move when you look away, or with F5")
                        : QString());
}

void FleetPage::update(const std::shared_ptr<const FleetSnapshot>& snapshot)
{
    m_snapshot = snapshot;
    const bool hadFocus = m_demo->hasFocus();
    m_stack->setCurrentIndex(snapshot->nodes.empty() && !snapshot->run ? 0 : 1);
    if (hadFocus && !isEmpty())
        takeFocus();
    m_model->update(snapshot);
    m_actions->update();
    updateHeader();
    m_figures->update(*snapshot);
    const bool running = snapshot->run && isActive(*snapshot->run);
    const quint64 rows = snapshot->run ? snapshot->run->labelled + snapshot->run->errors : 0;
    m_chart->addSample(snapshot->at, snapshot->imagesPerSecond, rows, running);
    const bool known = !m_context.demoData.isEmpty() && !m_context.demoModel.isEmpty();
    setUsable(m_demo, known, tr("The demo's model and pictures were not found beside the program."));
    if (m_inspector->isVisible())
        m_inspector->update();
}

void FleetPage::showResize(quint32 nodes)
{
    m_chart->addResize(nodes);
}

void FleetPage::addEvents(const std::vector<EventRecord>& events)
{
    for (const EventRecord& event : events)
        m_chart->addEvent(event);
    m_inspector->addEvents(events);
}

} // namespace vitfleet::app
