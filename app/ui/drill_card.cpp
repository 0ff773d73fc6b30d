// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/drill_card.h"

#include "app/models/counted.h"
#include "app/models/fleet_source.h"
#include "app/models/stored_run.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"

#include <QDateTime>
#include <QLocale>
#include <QVBoxLayout>

#include <algorithm>

namespace vitfleet::app {

DrillCard::DrillCard(const UiContext& context, QWidget* parent)
    : Card(tr("Drill"), parent), m_context(context),
      m_text(makeLabel(tr("Kill one local agent for real and watch what happens to its pictures."), "secondary")),
      m_report(makeLabel({}, "body")), m_pull(makeButton(tr("Pull the plug")))
{
    m_pull->setObjectName(QStringLiteral("pullThePlug"));
    m_text->setWordWrap(true);
    m_report->setWordWrap(true);
    m_report->hide();
    content()->addWidget(m_text);
    content()->addWidget(m_report);
    addToTitle(m_pull); // beside it: below a long report it would be out of sight
    context.actions->addButton(QStringLiteral("run.drill"), tr("Run"), m_pull);
    connect(m_pull, &QPushButton::clicked, this, &DrillCard::pull);
    setUsable(m_pull, false, tr("It needs a run that goes."));
}

/// The local agent that holds most.
const NodeSnapshot* DrillCard::victim() const
{
    const NodeSnapshot* found = nullptr;
    for (const NodeSnapshot& node : m_context.fleet.snapshot()->nodes) {
        if (node.local && node.state == NodeState::Online && (!found || node.leased > found->leased))
            found = &node;
    }
    return found;
}

void DrillCard::pull()
{
    const NodeSnapshot* node = victim();
    if (!node)
        return;
    const auto& run = m_context.fleet.snapshot()->run;
    m_run = run ? run->id : RunId();
    m_node = node->id;
    m_name = node->name;
    m_held = node->leased;
    m_killedAt = QDateTime::currentMSecsSinceEpoch();
    m_lostAt.reset();
    m_redispatched = 0;
    m_seal.reset();
    m_context.fleet.killLocalAgent(node->id);
    showReport();
}

void DrillCard::addEvents(const std::vector<EventRecord>& events)
{
    if (m_node == NodeId())
        return;
    for (const EventRecord& event : events) {
        if (event.node != m_name)
            continue;
        if (event.kind == EventKind::NodeLost && !m_lostAt)
            m_lostAt = event.at;
        if (event.kind == EventKind::ItemsRedispatched)
            m_redispatched += event.count;
    }
    showReport();
}

void DrillCard::update(const FleetSnapshot& snapshot)
{
    const bool active = snapshot.run && isActive(*snapshot.run);
    const auto online = std::ranges::count(snapshot.nodes, NodeState::Online, &NodeSnapshot::state);
    const QString why = !active                ? tr("It needs a run that goes.")
                        : snapshot.run->paused ? tr("The run is paused.")
                        : online < 2           ? tr("It needs a second node that takes over.")
                                               : tr("None of the nodes runs on this machine.");
    setUsable(m_pull, active && !snapshot.run->paused && online >= 2 && victim(), why);
    if (m_node != NodeId() && snapshot.run && snapshot.run->id == m_run && snapshot.run->seal && !m_seal) {
        m_seal = snapshot.run->seal;
        showReport();
        Q_EMIT reported();
    }
}

void DrillCard::showReport()
{
    if (m_node == NodeId())
        return;
    QStringList lines;
    lines << tr("%1 was killed at %2 while it held %3.")
                 .arg(QString::fromStdString(m_name), formatClock(m_killedAt), counted::pictures(m_held));
    if (m_lostAt) {
        const double seconds = std::max(0.0, static_cast<double>(*m_lostAt - m_killedAt) / 1000.0);
        lines << tr("Noticed after %1 s; %2 went to other nodes.")
                     .arg(QLocale().toString(seconds, 'f', 1), counted::pictures(m_redispatched));
    } else {
        lines << tr("Nobody has noticed yet.");
    }
    if (m_seal)
        lines << (m_seal->holds() ? tr("✓ At the end: 0 lost, 0 doubled, counted in the database.")
                                  : tr("✕ At the end: %1 lost, %2 doubled.")
                                        .arg(formatCount(m_seal->lost), formatCount(m_seal->doubled)));
    m_report->setText(lines.join(QLatin1Char('\n')));
    m_report->show();
    m_text->hide(); // the report tells as much
}

} // namespace vitfleet::app
