// SPDX-License-Identifier: GPL-3.0-or-later
// What each node did in the last minute, one line each, at most a dozen: working, idle, held, late, lost.
#pragma once

#include "app/models/fleet_history.h"
#include "app/ui/chart.h"

namespace vitfleet::app {

class NodeTimeline : public Chart
{
    Q_OBJECT
public:
    static constexpr std::size_t mostRows = 12;
    static constexpr UnixMs shownMs = 60'000;

    NodeTimeline(const FleetHistory& history, const Theme& theme, QWidget* parent = nullptr);
    /// Those that are shown: the lost first, then as they were added.
    std::vector<NodeId> rows() const;
    QSize sizeHint() const override { return {400, 120}; }
    /// Four nodes and the axis.
    QSize minimumSizeHint() const override { return {240, 90}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    /// Working: a whole bar; waiting: a line; the rest is hatched, each in its own way. Colour is not needed.
    void paintPart(QPainter& painter, const QRect& part, const FleetHistory::Sample& sample) const;
    QString wordOf(const FleetHistory::Sample& sample) const;
    void describe();

    const FleetHistory& m_history;
};

} // namespace vitfleet::app
