// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/fleet_page.h"

#include "app/models/fleet_source.h"
#include "app/models/node_model.h"
#include "app/models/stored_run.h"
#include "app/ui/add_node_panel.h"
#include "app/ui/format.h"
#include "app/ui/node_table.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDateTime>
#include <QDialog>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

const QString dash = QStringLiteral("–");

} // namespace

FleetPage::FleetPage(const UiContext& context, QWidget* parent)
    : QWidget(parent), m_context(context), m_model(new NodeModel(this)), m_stack(new QStackedWidget),
      m_subtitle(new ElidedLabel("secondary")), m_addNode(makeButton(tr("Add a node"))),
      m_drain(makeButton(tr("Drain"))), m_remove(makeButton(tr("Remove"))), m_main(makeButton(tr("New run"), true))
{
    setObjectName(QStringLiteral("page"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(pageMargin, pageTop, pageMargin, cardGap);
    layout->setSpacing(cardGap);
    layout->addWidget(makeHeader());
    layout->addWidget(m_stack, 1);
    m_stack->addWidget(makeEmpty());
    m_stack->addWidget(makeFleet());
    makeNodeMenu();
    connect(m_table, &NodeTable::selectedNodeChanged, this, &FleetPage::updateActions);
    updateHeader();
    updateActions();
}

QWidget* FleetPage::makeHeader()
{
    auto* header = new QWidget;
    header->setFixedHeight(32);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    row->addWidget(makeLabel(tr("Fleet"), "title"));
    row->addWidget(m_subtitle, 1);
    row->addWidget(m_addNode);
    row->addWidget(m_drain);
    row->addWidget(m_remove);
    row->addWidget(m_main);
    connect(m_addNode, &QPushButton::clicked, this, &FleetPage::showAddNode);
    connect(m_drain, &QPushButton::clicked, this, &FleetPage::toggleDrain);
    connect(m_remove, &QPushButton::clicked, this,
            [this] { m_context.fleet.removeNode(NodeId(m_table->selectedNode())); });
    connect(m_main, &QPushButton::clicked, this, [this] {
        const auto& run = m_context.fleet.snapshot()->run;
        if (run && isActive(*run))
            m_context.fleet.setPaused(!run->paused);
        else
            Q_EMIT runRequested();
    });
    return header;
}

QWidget* FleetPage::makeEmpty()
{
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* card = new Card(tr("No nodes yet"));
    card->setFixedWidth(700);
    card->content()->setContentsMargins(24, 20, 24, 22);
    QLabel* text = makeLabel(
        tr("VitFleet labels pictures on every machine you have. Start with this one: the demo runs real inference with "
           "the model and the 10,000 pictures that come with the program, and needs no network."),
        "body");
    text->setWordWrap(true);
    card->content()->addWidget(text);
    m_demo = makeButton(tr("Start demo fleet"), true);
    m_demo->setObjectName(QStringLiteral("startDemo"));
    connect(m_demo, &QPushButton::clicked, this, &FleetPage::demoRequested);
    auto* own = makeButton(tr("Use your own pictures"));
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
    card->content()->addWidget(new AddNodePanel(m_context));
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
    auto* tiles = new QHBoxLayout;
    tiles->setSpacing(cardGap);
    const auto tile = [tiles](const QString& name) {
        auto* made = new Tile(name);
        tiles->addWidget(made, 1);
        return made;
    };
    m_nodes = tile(tr("Nodes online"));
    m_rate = tile(tr("Throughput"));
    m_done = tile(tr("Done"));
    m_queue = tile(tr("Queue"));
    m_eta = tile(tr("ETA"));
    m_failed = tile(tr("Failed"));
    layout->addLayout(tiles);

    auto* chartCard = new Card(tr("Throughput"));
    chartCard->setSubtitle(tr("img/s; the band reaches from the slowest to the fastest second of the last five"));
    chartCard->content()->setContentsMargins(cardPadding, 12, cardPadding, 8);
    m_chart = new ThroughputChart(m_context.theme);
    chartCard->content()->addWidget(m_chart, 1);
    layout->addWidget(chartCard, 2);

    auto* tableCard = new Card;
    tableCard->content()->setContentsMargins(4, 4, 4, 4);
    m_table = new NodeTable(*m_model, m_context.theme);
    tableCard->content()->addWidget(m_table);
    layout->addWidget(tableCard, 3);
    return page;
}

void FleetPage::makeNodeMenu()
{
    m_drainAction = new QAction(tr("Drain"), this);
    connect(m_drainAction, &QAction::triggered, this, &FleetPage::toggleDrain);
    m_removeAction = new QAction(tr("Remove"), this);
    connect(m_removeAction, &QAction::triggered, m_remove, &QPushButton::click);
    auto* copy = new QAction(tr("Copy address"), this);
    connect(copy, &QAction::triggered, this, [this] {
        if (const NodeSnapshot* node = selectedNode())
            QApplication::clipboard()->setText(QString::fromStdString(node->address));
    });
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_table->addActions({m_drainAction, m_removeAction, copy});
}

const NodeSnapshot* FleetPage::selectedNode() const
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? nullptr : m_model->node(rows.front());
}

void FleetPage::toggleDrain()
{
    const NodeSnapshot* node = selectedNode();
    if (!node)
        return;
    if (node->state == NodeState::Draining || node->state == NodeState::Drained)
        m_context.fleet.undrainNode(node->id);
    else
        m_context.fleet.drainNode(node->id);
}

void FleetPage::showAddNode()
{
    // Not a question: a sheet that stays beside the page until it is closed.
    auto* dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Add a node"));
    dialog->setMinimumWidth(660);
    auto* layout = new QVBoxLayout(dialog);
    layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
    auto* panel = new AddNodePanel(m_context);
    layout->addWidget(panel);
    connect(panel, &AddNodePanel::added, dialog, &QDialog::close);
    dialog->show();
}

void FleetPage::takeFocus()
{
    isEmpty() ? m_demo->setFocus(Qt::OtherFocusReason) : m_table->setFocus(Qt::OtherFocusReason);
}

void FleetPage::updateHeader()
{
    const bool fleet = !isEmpty();
    for (QPushButton* button : {m_addNode, m_drain, m_remove, m_main})
        button->setVisible(fleet);
    const auto& run = m_context.fleet.snapshot()->run;
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

void FleetPage::updateActions()
{
    const NodeSnapshot* selected = selectedNode();
    const bool resting = selected && (selected->state == NodeState::Draining || selected->state == NodeState::Drained);
    const bool working = selected && (selected->state == NodeState::Online || selected->state == NodeState::Suspect);
    const QString drain = resting ? tr("Take work again") : tr("Drain");
    m_drain->setText(drain);
    m_drainAction->setText(drain);
    const QString why =
        selected ? tr("Only a node that is online can be drained.") : tr("Select a node in the table first.");
    setUsable(m_drain, resting || working, why);
    m_drainAction->setEnabled(resting || working);
    setUsable(m_remove, selected != nullptr, tr("Select a node in the table first."));
    m_removeAction->setEnabled(selected != nullptr);
    const bool known = !m_context.demoData.isEmpty() && !m_context.demoModel.isEmpty();
    setUsable(m_demo, known, tr("The demo's model and pictures were not found beside the program."));
}

void FleetPage::updateTiles(const FleetSnapshot& snapshot)
{
    const auto total = static_cast<quint64>(snapshot.nodes.size());
    m_nodes->setValue(formatCount(snapshot.online),
                      snapshot.lost > 0 ? tr("of %1; %2 lost").arg(formatCount(total), formatCount(snapshot.lost))
                                        : tr("of %1").arg(formatCount(total)));
    m_rate->setValue(formatRate(static_cast<double>(snapshot.imagesPerSecond)), tr("img/s"));
    if (snapshot.run) {
        updateRunTiles(*snapshot.run);
        return;
    }
    m_done->setValue(dash, tr("no run yet"));
    for (Tile* tile : {m_queue, m_eta, m_failed})
        tile->setValue(dash, {});
}

void FleetPage::updateRunTiles(const RunSnapshot& run)
{
    const quint64 done = run.labelled + run.errors;
    const QString planned = formatCount(run.planned);
    m_done->setValue(formatCount(done), run.scanComplete ? tr("of %1, %2").arg(planned, formatShare(done, run.planned))
                                                         : tr("of %1 found so far").arg(planned));
    m_queue->setValue(formatCount(run.queued), tr("%1 in flight").arg(formatCount(run.inFlight)));
    m_failed->setValue(formatCount(run.errors), run.errors == 0 ? tr("none so far") : tr("error rows"));
    if (!isActive(run)) {
        m_eta->setValue(dash, run.state == RunState::Finished
                                  ? tr("finished in %1").arg(formatDuration(run.elapsedSeconds))
                                  : tr("stopped"));
        return;
    }
    const QString note = run.paused            ? tr("paused")
                         : run.waitingForNodes ? tr("waits for a node")
                         : run.etaSeconds      ? tr("at %1").arg(formatClock(QDateTime::currentMSecsSinceEpoch() +
                                                                             static_cast<qint64>(*run.etaSeconds * 1000.0)))
                                               : tr("measuring");
    m_eta->setValue(formatDuration(run.paused ? std::nullopt : run.etaSeconds), note);
}

void FleetPage::update(const std::shared_ptr<const FleetSnapshot>& snapshot)
{
    const bool hadFocus = m_demo->hasFocus();
    m_stack->setCurrentIndex(snapshot->nodes.empty() && !snapshot->run ? 0 : 1);
    if (hadFocus && !isEmpty())
        takeFocus();
    m_model->update(snapshot);
    updateHeader();
    updateTiles(*snapshot);
    const quint64 rows = snapshot->run ? snapshot->run->labelled + snapshot->run->errors : 0;
    m_chart->addSample(snapshot->at, snapshot->imagesPerSecond, rows);
    updateActions();
}

void FleetPage::addEvents(const std::vector<EventRecord>& events)
{
    for (const EventRecord& event : events)
        m_chart->addEvent(event);
}

} // namespace vitfleet::app
