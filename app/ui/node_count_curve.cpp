// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_count_curve.h"

#include "app/ui/format.h"
#include "app/ui/theme.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int left = 24, right = 40, top = 22, bottom = 20;
constexpr std::size_t mostDots = 16;
constexpr int fullHeight = 104, emptyHeight = 40;

} // namespace

NodeCountCurve::NodeCountCurve(const Theme& theme, QWidget* parent)
    : Chart(tr("Predicted time by the number of nodes"), theme, parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFixedHeight(emptyHeight);
}

void NodeCountCurve::setPrediction(const RunAdvice::Prediction& prediction, int chosen, const QString& why)
{
    m_prediction = prediction;
    m_chosen = chosen;
    m_why = why;
    m_most = std::max(m_prediction.lines.size(), m_prediction.promised.size());
    m_longest = 1e-9;
    for (const auto* lines : {&m_prediction.lines, &m_prediction.promised}) {
        for (const Advice& line : *lines)
            m_longest = std::max(m_longest, line.seconds);
    }
    for (const RunThatWas& run : m_prediction.cameTrue) {
        m_most = std::max<std::size_t>(m_most, run.nodes);
        m_longest = std::max(m_longest, run.seconds);
    }
    setFixedHeight(isEmpty() ? emptyHeight : fullHeight);
    QStringList texts;
    for (std::size_t nodes = 1; nodes <= std::min(m_most, mostDots) && !isEmpty(); ++nodes) {
        if (const QString text = textFor(nodes); !text.isEmpty())
            texts << text;
    }
    setAccessibleDescription(texts.isEmpty() ? why : texts.join(QStringLiteral("; ")));
    setCursor(m_prediction.lines.size() > 1 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

QString NodeCountCurve::textFor(std::size_t nodes) const
{
    QStringList parts;
    if (const Advice* line = RunAdvice::Prediction::find(m_prediction.lines, nodes)) {
        parts << formatDuration(line->seconds);
        if (line->startSeconds > 0)
            parts << tr("%1 of it start-up").arg(formatDuration(line->startSeconds));
        if (!m_prediction.currency.isEmpty())
            parts << m_prediction.money(line->cost);
    }
    for (const RunThatWas& run : m_prediction.cameTrue) {
        if (run.nodes != nodes)
            continue;
        QString text = tr("run %1 took %2").arg(run.run).arg(formatDuration(run.seconds));
        if (run.cost)
            text += tr(" for %1").arg(m_prediction.money(*run.cost));
        const Advice* promised =
            RunId(run.run) == m_prediction.ended ? RunAdvice::Prediction::find(m_prediction.promised, nodes) : nullptr;
        if (promised)
            text += tr(" (%1 had been predicted)").arg(formatDuration(promised->seconds));
        parts << text;
    }
    if (parts.isEmpty())
        return {};
    return (nodes == 1 ? tr("1 node: %1") : tr("%1 nodes: %2").arg(nodes)).arg(parts.join(QStringLiteral(", ")));
}

QPointF NodeCountCurve::at(std::size_t nodes, double seconds) const
{
    const double share = m_most < 2 ? 0.0 : static_cast<double>(nodes - 1) / static_cast<double>(m_most - 1);
    return {left + share * (width() - left - right),
            height() - bottom - seconds / m_longest * (height() - top - bottom)};
}

std::size_t NodeCountCurve::nodesAt(double x) const
{
    const double share = (x - left) / static_cast<double>(width() - left - right);
    return static_cast<std::size_t>(
        std::clamp(1 + qRound(share * static_cast<double>(m_most - 1)), 1, static_cast<int>(m_most)));
}

void NodeCountCurve::mousePressEvent(QMouseEvent* event)
{
    if (m_prediction.lines.size() >= 2)
        Q_EMIT nodesChosen(static_cast<int>(std::min(nodesAt(event->position().x()), m_prediction.lines.size())));
}

bool NodeCountCurve::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && !isEmpty()) {
        const auto* help = static_cast<QHelpEvent*>(event);
        QToolTip::showText(help->globalPos(), textFor(nodesAt(help->pos().x())), this);
        return true;
    }
    return Chart::event(event);
}

void NodeCountCurve::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    prepare(painter);
    if (isEmpty()) {
        QFont sentence = font();
        sentence.setPixelSize(12);
        painter.setFont(sentence);
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, m_why);
        return;
    }
    painter.setPen(colours().line);
    painter.drawLine(QPointF(left, height() - bottom + 0.5), QPointF(width() - right, height() - bottom + 0.5));
    painter.setPen(QPen(colours().textSecondary, 1, Qt::DashLine));
    paintLine(painter, m_prediction.promised);
    painter.setPen(QPen(colours().textSecondary, 1.5));
    paintLine(painter, m_prediction.lines);
    paintDots(painter);
    paintRings(painter);
}

void NodeCountCurve::paintLine(QPainter& painter, const std::vector<Advice>& lines) const
{
    QPolygonF line;
    for (const Advice& each : lines)
        line << at(each.nodes, each.seconds);
    painter.drawPolyline(line);
}

void NodeCountCurve::paintDots(QPainter& painter) const
{
    const auto& lines = m_prediction.lines;
    const Colours& colours = this->colours();
    const auto chosen = m_chosen == 0 ? lines.size() : std::min(lines.size(), static_cast<std::size_t>(m_chosen));
    const std::size_t step = (lines.size() + mostDots - 1) / mostDots;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool isChosen = i + 1 == chosen;
        if (i % step != 0 && !isChosen && i + 1 != lines.size())
            continue;
        const QPointF dot = at(i + 1, lines[i].seconds);
        painter.setPen(Qt::NoPen);
        painter.setBrush(isChosen ? colours.accent : colours.textSecondary);
        painter.drawEllipse(dot, isChosen ? 5 : 2.5, isChosen ? 5 : 2.5);
        painter.setPen(isChosen ? colours.accent : colours.textSecondary);
        painter.drawText(QRectF(dot.x() - 20, height() - bottom + 3, 40, 16), Qt::AlignCenter, QString::number(i + 1));
        if (isChosen || i == 0)
            painter.drawText(QRectF(dot.x() + (i == 0 ? 9 : -24), dot.y() - 20, 60, 16),
                             Qt::AlignLeft | Qt::AlignVCenter, formatDuration(lines[i].seconds));
    }
}

/// What came true; the run that is shown stands out.
void NodeCountCurve::paintRings(QPainter& painter) const
{
    for (const RunThatWas& run : m_prediction.cameTrue) {
        const bool isShown = RunId(run.run) == m_prediction.ended;
        painter.setPen(QPen(isShown ? colours().text : colours().textSecondary, isShown ? 2 : 1));
        painter.setBrush(isShown ? QBrush(colours().surface) : Qt::NoBrush);
        painter.drawEllipse(at(run.nodes, run.seconds), 4, 4);
    }
}

} // namespace vitfleet::app
