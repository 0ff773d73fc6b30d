// SPDX-License-Identifier: GPL-3.0-or-later
// How long the run will take with 1, 2, … nodes, start-up and all, as a line; runs that were like it as rings; and,
// once it has ended, what had been predicted for it as a dashed line. A click chooses a number; times and costs of each
// are in its tooltip, and are read out.
#pragma once

#include "app/models/run_advice.h"
#include "app/ui/chart.h"

namespace vitfleet::app {

class NodeCountCurve : public Chart
{
    Q_OBJECT
public:
    explicit NodeCountCurve(const Theme& theme, QWidget* parent = nullptr);
    /// Without lines nothing has been measured yet, `why` says so. `chosen` 0: all.
    void setPrediction(const RunAdvice::Prediction& prediction, int chosen, const QString& why);
    const RunAdvice::Prediction& prediction() const { return m_prediction; }
    /// What is known of so many nodes: "4 nodes: 1:23, 0:45 of it start-up, 0.0421 EUR".
    QString textFor(std::size_t nodes) const;
    QSize sizeHint() const override { return {300, 104}; }

Q_SIGNALS:
    void nodesChosen(int nodes);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    bool isEmpty() const { return m_prediction.lines.empty() && m_prediction.cameTrue.empty(); }
    QPointF at(std::size_t nodes, double seconds) const;
    std::size_t nodesAt(double x) const;
    void paintLine(QPainter& painter, const std::vector<Advice>& lines) const;
    void paintDots(QPainter& painter) const;
    void paintRings(QPainter& painter) const;

    RunAdvice::Prediction m_prediction;
    std::size_t m_most = 1;  ///< nodes, at the right end
    double m_longest = 1e-9; ///< seconds, at the upper end
    int m_chosen = 0;
    QString m_why;
};

} // namespace vitfleet::app
