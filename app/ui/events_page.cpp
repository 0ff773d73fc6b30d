// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/events_page.h"

#include "app/models/counted.h"
#include "app/models/event_model.h"
#include "app/models/fleet_source.h"
#include "app/models/ui_settings.h"
#include "app/ui/actions.h"
#include "app/ui/filter_chip.h"
#include "app/ui/format.h"
#include "app/ui/kept_splitter.h"
#include "app/ui/plain_table.h"
#include "app/ui/replay_card.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace vitfleet::app {
namespace {

const QString filtersKey = QStringLiteral("events/filters");
constexpr QChar separator(u'\n');
const QString followKey = QStringLiteral("events/follow");

} // namespace

EventsPage::EventsPage(const UiContext& context, QWidget* parent)
    : Page(tr("Events"), parent), m_context(context), m_model(new EventModel(this)), m_filter(new EventFilter(this)),
      m_table(new PlainTable(QStringLiteral("events"), tr("Events"), {156, 56, 176, 110, 0}, context.theme,
                             context.settings)),
      m_replay(new ReplayCard(context)), m_stack(new QStackedWidget),
      m_kind(new ChoiceChip(tr("Kind"), tr("All kinds"))), m_node(new ChoiceChip(tr("Node"), tr("All nodes"))),
      m_run(new ChoiceChip(tr("Run"), tr("All runs"))), m_text(new QLineEdit), m_follow(new QPushButton(tr("Follow"))),
      m_toNode(makeButton(tr("Show node"))), m_count(makeLabel({}, "secondary")),
      m_message(new ElidedLabel("errorText")), m_fillLater(new QTimer(this))
{
    fillHeader();
    m_filter->setSourceModel(m_model);
    m_table->setModel(m_filter);
    m_table->setEmptyText(tr("No event passes these filters. Esc takes them away."));
    auto* toRun = makeButton(tr("Set up a run"));
    Actions::setDoes(toRun, {QStringLiteral("run.new")});
    connect(toRun, &QPushButton::clicked, this, &EventsPage::runRequested);
    m_stack->addWidget(
        new EmptyState(tr("What happens to runs and nodes is written down here, from the first run on."), toRun));
    auto* whole = new QWidget;
    auto* inner = new QVBoxLayout(whole);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(cardGap);
    inner->addWidget(makeFilters());
    auto* card = new Card;
    card->content()->setContentsMargins(4, 4, 4, 4);
    card->content()->addWidget(m_table);
    inner->addWidget(new KeptSplitter(QStringLiteral("events"), context.settings, {{card, 3}, {m_replay, 1}}), 1);
    m_stack->addWidget(whole);
    column()->addWidget(m_stack, 1);

    for (FilterChip* chip : chips())
        connect(chip, &FilterChip::changed, this, &EventsPage::applyFilter);
    connect(m_text, &QLineEdit::textChanged, this, &EventsPage::applyFilter);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &EventsPage::onSelected);
    connect(m_table, &QAbstractItemView::activated, this, [this] {
        if (m_toNode->isEnabled())
            m_toNode->click();
    });
    const auto changed = [this] {
        m_stack->setCurrentIndex(m_model->rowCount() > 0 ? 1 : 0);
        m_count->setText(counted::events(static_cast<quint64>(m_filter->rowCount())));
        m_filtersAreOld = true;
        if (isVisible())
            m_fillLater->start();
        followEnd();
    };
    m_fillLater->setSingleShot(true);
    connect(m_fillLater, &QTimer::timeout, this, &EventsPage::fillFilters);
    connect(m_filter, &QAbstractItemModel::rowsInserted, this, changed);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, changed);
    connect(m_model, &QAbstractItemModel::modelReset, this, changed);
    connect(&context.fleet, &FleetSource::snapshotChanged, this, [this] {
        if (m_table->selectionModel()->hasSelection())
            showWhetherNodeIsThere();
    });
    connect(m_model, &EventModel::failed, this,
            [this](const Error& error) { m_message->setWholeText(formatError(error)); });
    connect(m_model, &QAbstractItemModel::modelReset, this, [this] { m_message->setWholeText({}); });
    connect(&context.settings, &UiSettings::changed, this, [this](const QString& group) {
        if (group != QLatin1String("layout"))
            return;
        m_follow->setChecked(true);
        clearFilters();
    });
    restoreFilters();
    onSelected();
    m_model->load(context.asker);
}

void EventsPage::fillHeader()
{
    header()->addWidget(m_count);
    header()->addWidget(m_message, 1);
    header()->addWidget(m_toNode);
    m_follow->setCheckable(true);
    m_follow->setProperty("chip", true);
    m_follow->setChecked(m_context.settings.boolean(followKey, true));
    reserveChosen(m_follow);
    Actions& actions = *m_context.actions;
    actions.addButton(QStringLiteral("events.node"), tr("Events"), m_toNode, tr("Show the node of the selected event"));
    actions.addButton(QStringLiteral("events.follow"), tr("Events"), m_follow, tr("Follow the newest event, or stop"));
    for (FilterChip* chip : chips())
        actions.addButton(QStringLiteral("events.%1")
                              .arg(chip == m_kind   ? QStringLiteral("kind")
                                   : chip == m_node ? QStringLiteral("ofNode")
                                                    : QStringLiteral("ofRun")),
                          tr("Events"), chip, tr("Filter events: %1").arg(chip->accessibleName()));
    m_follow->setToolTip(tr("Keep the newest event in sight"));
    header()->addWidget(m_follow);
    connect(m_follow, &QPushButton::toggled, this, [this](bool follow) {
        m_context.settings.set(followKey, follow);
        followEnd();
    });
    connect(m_toNode, &QPushButton::clicked, this, [this] {
        const QModelIndex index = m_filter->mapToSource(m_table->currentIndex());
        if (const EventRecord* event = m_model->event(index))
            Q_EMIT nodeRequested(QString::fromStdString(event->node));
    });
}

QWidget* EventsPage::makeFilters()
{
    m_filters = new QWidget;
    auto* row = new QHBoxLayout(m_filters);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    m_kind->setChoices(EventModel::groups() + EventModel::kinds());
    for (QWidget* widget : std::initializer_list<QWidget*>{m_kind, m_node, m_run})
        row->addWidget(widget);
    m_text->setPlaceholderText(tr("Search in what happened"));
    m_text->setAccessibleName(tr("Search in what happened"));
    m_text->setClearButtonEnabled(true);
    m_text->setMaximumWidth(280);
    row->addWidget(m_text, 1);
    row->addStretch(1);
    return m_filters;
}

/// Nodes and runs that the log names.
void EventsPage::fillFilters()
{
    if (!m_filtersAreOld)
        return;
    m_filtersAreOld = false;
    QStringList nodes, runs;
    QSet<QString> knownNodes, knownRuns;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const EventRecord* event = m_model->event(m_model->index(row, 0));
        if (m_filter->isGone(event->run))
            continue;
        const QString node = QString::fromStdString(event->node), run = QString::number(event->run.value);
        if (!node.isEmpty() && !knownNodes.contains(node)) {
            knownNodes.insert(node);
            nodes << node;
        }
        if (event->run != RunId() && !knownRuns.contains(run)) {
            knownRuns.insert(run);
            runs.prepend(run);
        }
    }
    const QStringList before = m_node->chosen() + m_run->chosen();
    m_filling = true;
    m_node->setChoices(nodes);
    m_run->setChoices(runs);
    m_filling = false;
    if (m_node->chosen() + m_run->chosen() != before) // nothing is left of what was chosen
        applyFilter();
}

void EventsPage::setGone(RunId run, bool gone)
{
    m_filter->setGone(run, gone);
    if (gone && m_replay->run() == run)
        m_replay->setRun(RunId());
    m_filtersAreOld = true;
    fillFilters();
    applyFilter();
}

QList<FilterChip*> EventsPage::chips() const
{
    return {m_kind, m_node, m_run};
}

void EventsPage::rememberFilters()
{
    QStringList states;
    for (const FilterChip* chip : chips())
        states << chip->state().join(separator);
    m_context.settings.set(filtersKey, states << m_text->text());
}

void EventsPage::restoreFilters()
{
    const QStringList states = m_context.settings.list(filtersKey);
    if (states.size() != chips().size() + 1)
        return;
    m_filling = true;
    for (int i = 0; i < chips().size(); ++i)
        chips()[i]->restore(states[i].split(separator, Qt::SkipEmptyParts));
    m_text->setText(states.back());
    m_filling = false;
    applyFilter();
}

void EventsPage::clearFilters()
{
    for (FilterChip* chip : chips())
        chip->clear();
    m_text->clear();
}

void EventsPage::applyFilter()
{
    if (m_filling)
        return;
    rememberFilters();
    m_filter->setFilter(m_kind->chosen(), m_node->chosen(), m_run->chosen(), m_text->text().trimmed());
    m_count->setText(counted::events(static_cast<quint64>(m_filter->rowCount())));
    if (m_run->chosen().size() == 1)
        m_replay->setRun(RunId(m_run->chosen().front().toLongLong()));
    followEnd();
}

void EventsPage::onSelected()
{
    const EventRecord* event = m_model->event(m_filter->mapToSource(m_table->currentIndex()));
    const bool selected = event && m_table->selectionModel()->hasSelection();
    showWhetherNodeIsThere();
    if (!selected || event->run == RunId())
        return;
    m_replay->setRun(event->run);
    m_replay->setMoment(event->at);
}

/// Of a past run's nodes some have gone since.
void EventsPage::showWhetherNodeIsThere()
{
    const EventRecord* event = m_model->event(m_filter->mapToSource(m_table->currentIndex()));
    const bool selected = event && m_table->selectionModel()->hasSelection();
    const auto& nodes = m_context.fleet.snapshot()->nodes;
    const bool isThere = selected && std::ranges::find(nodes, event->node, &NodeSnapshot::name) != nodes.end();
    setUsable(m_toNode, isThere,
              !selected             ? tr("Select an event first.")
              : event->node.empty() ? tr("This event is about no node.")
                                    : tr("This node is not in the fleet any more."));
}

/// Only where nobody looks at something else.
void EventsPage::followEnd()
{
    if (m_follow->isChecked() && !m_table->selectionModel()->hasSelection())
        m_table->scrollToBottom();
}

void EventsPage::addEvents(const std::vector<EventRecord>& events)
{
    m_model->add(events);
    const auto changesReplayed = [this](const EventRecord& event) {
        return event.run == m_replay->run() && event.kind >= EventKind::RunStopped &&
               event.kind <= EventKind::RunResumed;
    };
    if (std::ranges::any_of(events, changesReplayed))
        m_replay->refresh(); // there is more of it now
}

void EventsPage::showNode(const QString& name)
{
    fillFilters();
    m_node->setChosen({name});
}

void EventsPage::showEvent(QShowEvent* event)
{
    Page::showEvent(event);
    fillFilters();
    followEnd();
}

void EventsPage::takeFocus()
{
    m_table->setFocus(Qt::OtherFocusReason);
}

bool EventsPage::goBack()
{
    if (m_table->selectionModel()->hasSelection()) {
        m_table->clearSelection();
        m_table->setCurrentIndex({});
        return true;
    }
    const bool filtered =
        m_kind->isFiltering() || m_node->isFiltering() || m_run->isFiltering() || !m_text->text().isEmpty();
    clearFilters();
    return filtered;
}

void EventsPage::refresh()
{
    m_model->load(m_context.asker);
    m_replay->refresh();
}

QList<QWidget*> EventsPage::panes() const
{
    return {m_follow, m_filters, m_table, m_replay};
}

} // namespace vitfleet::app
