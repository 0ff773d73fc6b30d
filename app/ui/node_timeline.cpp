// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_timeline.h"

#include "app/models/node_model.h"
#include "app/ui/format.h"
#include "app/ui/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int rowHeight = 18, barHeight = 10, nameWidth = 92, rateWidth = 72, axisHeight = 18;

} // namespace

NodeTimeline::NodeTimeline(const FleetHistory& history, const Theme& theme, QWidget* parent)
    : Chart(tr("What each node did in the last minute"), theme, parent), m_history(history)
{
    connect(&history, &FleetHistory::sampled, this, [this] {
        describe();
        QWidget::update();
    });
}

std::vector<NodeId> NodeTimeline::rows() const
{
    std::vector<std::pair<bool, NodeId>> order;
    for (const auto& [id, node] : m_history.nodes())
        order.emplace_back(node.samples.back().state != NodeState::Lost, id);
    std::ranges::sort(order);
    const auto room = static_cast<std::size_t>(std::max(1, (height() - axisHeight) / rowHeight));
    std::vector<NodeId> ids;
    for (const auto& [alive, id] : order) {
        if (ids.size() < std::min(mostRows, room))
            ids.push_back(id);
    }
    return ids;
}

void NodeTimeline::paintPart(QPainter& painter, const QRect& part, const FleetHistory::Sample& sample) const
{
    const Colours& colours = this->colours();
    const auto hatch = [&](const QColor& colour, Qt::BrushStyle style) {
        painter.fillRect(part, colours.surface);
        painter.fillRect(part, QBrush(colour, style));
        painter.fillRect(QRect(part.left(), part.top(), part.width(), 1), colour);
        painter.fillRect(QRect(part.left(), part.bottom(), part.width(), 1), colour);
    };
    switch (sample.state) {
    case NodeState::Lost:
    case NodeState::Refused:
        hatch(colours.error, Qt::DiagCrossPattern);
        break;
    case NodeState::Suspect:
        hatch(colours.warning, Qt::BDiagPattern);
        break;
    case NodeState::Draining:
    case NodeState::Drained:
    case NodeState::SetAside:
        hatch(colours.held, Qt::HorPattern);
        break;
    default:
        if (sample.working)
            painter.fillRect(part, colours.accent);
        else
            painter.fillRect(QRect(part.left(), part.center().y(), part.width(), 2), colours.textSecondary);
        break;
    }
}

QString NodeTimeline::wordOf(const FleetHistory::Sample& sample) const
{
    if (sample.state == NodeState::Online)
        return sample.working ? tr("working") : tr("idle");
    return NodeModel::stateText(sample.state).toLower();
}

void NodeTimeline::describe()
{
    QStringList texts;
    for (const NodeId id : rows()) {
        const FleetHistory::Node& node = *m_history.node(id);
        texts << QString::fromStdString(node.name) + QLatin1Char(' ') + wordOf(node.samples.back());
    }
    setAccessibleDescription(texts.join(QStringLiteral(", ")));
}

bool NodeTimeline::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const auto ids = rows();
    const auto row = static_cast<std::size_t>(std::max(0, help->pos().y() / rowHeight));
    QString text;
    if (row < ids.size()) {
        const FleetHistory::Node& node = *m_history.node(ids[row]);
        const double share = (help->pos().x() - nameWidth) / static_cast<double>(width() - nameWidth - rateWidth);
        const UnixMs at = m_history.newest() - static_cast<UnixMs>((1.0 - share) * shownMs);
        const auto sample = std::ranges::lower_bound(node.samples, at, {}, &FleetHistory::Sample::at);
        if (sample != node.samples.end())
            text = tr("%1 at %2: %3, %4 img/s")
                       .arg(QString::fromStdString(node.name), formatClock(sample->at), wordOf(*sample),
                            formatRate(static_cast<double>(sample->imagesPerSecond)));
    }
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

void NodeTimeline::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    prepare(painter);
    const Colours& colours = this->colours();
    const auto ids = rows();
    if (ids.empty()) {
        paintSentence(painter, rect(), tr("A line for each node appears here."));
        return;
    }
    const QRectF area(nameWidth, 0, width() - nameWidth - rateWidth, static_cast<double>(ids.size()) * rowHeight);
    const UnixMs now = m_history.newest();
    const auto x = [&](UnixMs at) {
        return area.right() - static_cast<double>(now - at) / static_cast<double>(shownMs) * area.width();
    };
    int top = 0;
    for (const NodeId id : ids) {
        const FleetHistory::Node& node = *m_history.node(id);
        painter.setPen(colours.text);
        painter.drawText(
            QRect(0, top, nameWidth - 8, rowHeight), Qt::AlignLeft | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(QString::fromStdString(node.name), Qt::ElideMiddle, nameWidth - 8));
        painter.setPen(Qt::NoPen);
        for (std::size_t i = 0; i < node.samples.size(); ++i) {
            // Whole pixels: parts of one colour must not show where they meet.
            const FleetHistory::Sample& sample = node.samples[i];
            const int left = qRound(std::max(area.left(), x(sample.at)));
            const int right = qRound(i + 1 < node.samples.size() ? x(node.samples[i + 1].at) : area.right());
            if (right > left)
                paintPart(painter, QRect(left, top + (rowHeight - barHeight) / 2, right - left, barHeight), sample);
        }
        painter.setPen(colours.textSecondary);
        const FleetHistory::Sample& last = node.samples.back();
        painter.drawText(QRect(width() - rateWidth, top, rateWidth, rowHeight), Qt::AlignRight | Qt::AlignVCenter,
                         last.working ? tr("%1 img/s").arg(formatRate(static_cast<double>(last.imagesPerSecond)))
                                      : wordOf(last));
        top += rowHeight;
    }
    painter.setPen(colours.textSecondary);
    const auto more = m_history.nodes().size() - ids.size();
    paintBelow(painter, area, area.left(), QStringLiteral("−1:00"));
    paintBelow(painter, area, area.right(), tr("now"));
    if (more > 0)
        painter.drawText(QRectF(area.left(), top + 1, area.width(), axisHeight), Qt::AlignHCenter | Qt::AlignVCenter,
                         more == 1 ? tr("and one more node, on the Fleet page")
                                   : tr("and %1 more nodes, on the Fleet page").arg(formatCount(more)));
}

} // namespace vitfleet::app
