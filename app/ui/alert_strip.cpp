// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/alert_strip.h"

#include "app/core/text.h"
#include "app/models/stored_run.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int outerTop = 12;

bool waitsForNodes(const FleetSnapshot& snapshot)
{
    return snapshot.run && isActive(*snapshot.run) && snapshot.run->waitingForNodes;
}

} // namespace

AlertStrip::AlertStrip(const Theme& theme, QWidget* parent)
    : QFrame(parent), m_theme(theme), m_title(makeLabel({}, "error")), m_text(makeLabel({}, "body")),
      m_nodes(makeButton(tr("Show node"))), m_hide(makeButton(tr("Hide")))
{
    setObjectName(QStringLiteral("alert"));
    setAccessibleName(tr("Alert"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(pageMargin + 16, outerTop + 5, pageMargin + 8, 5);
    layout->setSpacing(10);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(m_title);
    layout->addWidget(m_text, 1);
    m_hide->setToolTip(tr("Until there is something else to say (Esc)"));
    layout->addWidget(m_nodes);
    layout->addWidget(m_hide);
    connect(m_nodes, &QPushButton::clicked, this, [this] { Q_EMIT nodesRequested(m_node); });
    connect(m_hide, &QPushButton::clicked, this, &AlertStrip::dismiss);
    hide();
}

void AlertStrip::paintEvent(QPaintEvent*)
{
    const Colours& colours = m_theme.colours();
    const QColor ink = m_isError ? colours.error : colours.warning;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF strip = QRectF(rect()).adjusted(pageMargin + 0.5, outerTop + 0.5, -pageMargin - 0.5, -0.5);
    QPainterPath outline;
    outline.addRoundedRect(strip, 8, 8);
    painter.fillPath(outline, colours.surface);
    painter.save();
    painter.setClipPath(outline);
    painter.fillRect(QRectF(strip.topLeft(), QSizeF(4, strip.height())), ink);
    painter.restore();
    painter.setPen(ink);
    painter.drawPath(outline);
}

void AlertStrip::addTo(Actions& actions)
{
    actions.addButton(QStringLiteral("alert.node"), tr("Alert"), m_nodes, tr("Show the node that the alert is about"));
    actions.addButton(QStringLiteral("alert.hide"), tr("Alert"), m_hide, tr("Hide the alert"));
}

QString AlertStrip::text() const
{
    return m_title->text() + QLatin1Char(' ') + m_text->text();
}

bool AlertStrip::dismiss()
{
    if (isHidden())
        return false;
    m_seen = m_troubles;
    hide();
    return true;
}

void AlertStrip::show(const QString& title, const QString& text, bool isError)
{
    m_title->setText(title);
    setRole(m_title, isError ? "error" : "warning");
    if (m_text->text() != text)
        m_text->setText(text);
    setAccessibleDescription(title + QLatin1Char(' ') + text);
    m_isError = isError;
    QWidget::update();
    // Where some of it is over, nothing new is to be said.
    setVisible(!std::ranges::includes(m_seen, m_troubles));
}

void AlertStrip::showNodes(const std::vector<const NodeSnapshot*>& troubled, const FleetSnapshot& snapshot)
{
    const NodeSnapshot& node = *troubled.back();
    m_node = node.id;
    const QString name = QString::fromStdString(node.name);
    const QString since = formatClock(node.lastBeat.value_or(node.stateSince));
    const double seconds = static_cast<double>(snapshot.at - node.lastBeat.value_or(node.stateSince)) / 1000.0;
    QString text;
    const bool turnsAway =
        node.reason.code == ErrorCode::NotEnrolled || node.reason.code == ErrorCode::AgentBusy; // the agent does
    if (node.state == NodeState::Refused && turnsAway) {
        text = tr("%1 (%2) refuses this computer since %3: %4")
                   .arg(name, QString::fromStdString(node.address), since, formatError(node.reason));
    } else if (node.state == NodeState::Refused) {
        text = tr("%1 (%2) cannot be used since %3: %4")
                   .arg(name, QString::fromStdString(node.address), since, formatError(node.reason));
    } else {
        text = tr("%1 (%2) has not answered this computer since %3 (%4 s).")
                   .arg(name, QString::fromStdString(node.address), since, formatCount(static_cast<quint64>(seconds)));
    }
    if (snapshot.run && node.state == NodeState::Lost) {
        const auto given = m_givenBack.find(node.name);
        const std::uint64_t pictures = given == m_givenBack.end() ? 0 : given->second;
        if (pictures > 0) // also when the run has ended meanwhile
            text += (snapshot.online > 0 ? tr(" %1 unfinished pictures went to other nodes; nothing is lost.")
                                         : tr(" %1 unfinished pictures went back to the queue; nothing is lost."))
                        .arg(formatCount(pictures));
        else if (isActive(*snapshot.run))
            text += tr(" It held no unfinished picture; nothing is lost.");
    }
    if (troubled.size() > 1)
        text += troubled.size() == 2 ? tr(" One more node is in trouble.")
                                     : tr(" %1 more nodes are in trouble.").arg(formatCount(troubled.size() - 1));
    if (waitsForNodes(snapshot))
        text += tr(" No node is online: the run waits, and goes on as soon as one is.");
    // What the transport said: for whoever wants to know more.
    m_text->setToolTip(node.reason.code == ErrorCode::None ? QString()
                                                           : QString::fromStdString(text::errorMessage(node.reason)));
    show(node.state == NodeState::Lost ? tr("✕ Node lost")
         : turnsAway                   ? tr("✕ Node refused")
                                       : tr("✕ Node unusable"),
         text, true);
}

void AlertStrip::addEvents(const std::vector<EventRecord>& events)
{
    for (const EventRecord& event : events) {
        // Of this loss, not of an earlier one; a node that is drained gives pictures back, too.
        if (event.kind == EventKind::NodeJoined || event.kind == EventKind::NodeReady ||
            event.kind == EventKind::NodeBack || event.kind == EventKind::NodeLost)
            m_givenBack.erase(event.node);
        else if (event.kind == EventKind::ItemsRedispatched)
            m_givenBack[event.node] += event.count;
    }
}

void AlertStrip::update(const FleetSnapshot& snapshot)
{
    std::vector<const NodeSnapshot*> troubled;
    std::set<QString> now;
    for (const NodeSnapshot& node : snapshot.nodes) {
        if (node.state != NodeState::Lost && node.state != NodeState::Refused)
            continue;
        troubled.push_back(&node);
        now.insert(QString::number(node.id.value) + QLatin1Char('@') + QString::number(node.stateSince));
    }
    // The newest loss is told first; a refusal has waited since the node was added.
    std::ranges::sort(troubled, {}, [](const NodeSnapshot* node) {
        return std::pair(node->state == NodeState::Lost, node->stateSince);
    });
    const bool storeTrouble = snapshot.run && snapshot.run->storeTrouble.code != ErrorCode::None;
    if (storeTrouble)
        now.insert(QStringLiteral("store"));
    if (waitsForNodes(snapshot))
        now.insert(QStringLiteral("waits"));
    // What is over and happens again is new.
    std::erase_if(m_seen, [&now](const QString& trouble) { return !now.contains(trouble); });
    m_troubles = std::move(now);
    m_nodes->setVisible(!storeTrouble && !troubled.empty());
    if (storeTrouble) {
        show(tr("✕ Database"), formatError(snapshot.run->storeTrouble) + tr(" Rows wait in memory; nothing is lost."),
             true);
    } else if (!troubled.empty()) {
        showNodes(troubled, snapshot);
    } else if (waitsForNodes(snapshot)) {
        show(tr("▲ No node is online"), tr("The run waits and goes on as soon as one is; nothing is lost."), false);
    } else {
        hide();
    }
}

} // namespace vitfleet::app
