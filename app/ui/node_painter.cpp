// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_painter.h"

#include "app/ui/theme.h"

#include <QPainter>
#include <QPen>
#include <QPolygonF>

namespace vitfleet::app {

StateLook lookOf(NodeState state, const Colours& colours)
{
    switch (state) {
    case NodeState::Online:
        return {StateShape::Disc, colours.ok, "ok"};
    case NodeState::Suspect:
        return {StateShape::Triangle, colours.warning, "warning"};
    case NodeState::Draining:
    case NodeState::Drained:
    case NodeState::SetAside:
        return {StateShape::Held, colours.held, "held"};
    case NodeState::Lost:
    case NodeState::Refused:
        return {StateShape::Cross, colours.error, "error"};
    default:
        return {StateShape::Circle, colours.textSecondary, "secondary"};
    }
}

void paintShape(QPainter& painter, StateShape shape, const QPointF& centre, const QColor& colour)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    switch (shape) {
    case StateShape::Disc:
        painter.drawEllipse(centre, 4.5, 4.5);
        break;
    case StateShape::Circle:
        painter.setPen(QPen(colour, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(centre, 3.75, 3.75);
        break;
    case StateShape::Triangle:
        painter.drawPolygon(QPolygonF({centre + QPointF(0, -5), centre + QPointF(5, 4), centre + QPointF(-5, 4)}));
        break;
    case StateShape::Held:
        painter.drawPolygon(QPolygonF({centre + QPointF(0, 5), centre + QPointF(5, -4), centre + QPointF(-5, -4)}));
        break;
    case StateShape::Cross:
        painter.setPen(QPen(colour, 2, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(centre + QPointF(-3.5, -3.5), centre + QPointF(3.5, 3.5));
        painter.drawLine(centre + QPointF(-3.5, 3.5), centre + QPointF(3.5, -3.5));
        break;
    }
}

} // namespace vitfleet::app
