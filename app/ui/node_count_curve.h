// SPDX-License-Identifier: GPL-3.0-or-later
// How long the run will take with 1, 2, … nodes, from the speeds that were measured. A click chooses a number.
#pragma once

#include "app/ui/chart.h"

#include <vector>

namespace vitfleet::app {

class NodeCountCurve : public Chart
{
    Q_OBJECT
public:
    explicit NodeCountCurve(const Theme& theme, QWidget* parent = nullptr);
    /// Seconds with 1, 2, … nodes; empty: nothing has been measured yet, `why` says so. `chosen` 0: all.
    void setPrediction(std::vector<double> seconds, int chosen, const QString& why);
    const std::vector<double>& prediction() const { return m_seconds; }
    QSize sizeHint() const override { return {300, 104}; }

Q_SIGNALS:
    void nodesChosen(int nodes);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    QPointF at(std::size_t index) const;

    std::vector<double> m_seconds;
    int m_chosen = 0;
    QString m_why;
};

} // namespace vitfleet::app
