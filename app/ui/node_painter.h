// SPDX-License-Identifier: GPL-3.0-or-later
// How a node's state looks, everywhere: a shape, a colour and a word.
#pragma once

#include "app/core/snapshot.h"

#include <QColor>
#include <QPointF>

class QPainter;

namespace vitfleet::app {

struct Colours;

enum class StateShape
{
    Disc,     ///< online
    Circle,   ///< not there yet, or gone in good order
    Triangle, ///< suspect
    Held,     ///< draining, drained, set aside
    Cross     ///< lost, refused
};

struct StateLook
{
    StateShape shape;
    QColor colour;
    const char* role; ///< of a label that says it
};

StateLook lookOf(NodeState state, const Colours& colours);
/// Drawn, not written: fonts disagree about the size of ● and ▲.
void paintShape(QPainter& painter, StateShape shape, const QPointF& centre, const QColor& colour);

} // namespace vitfleet::app
