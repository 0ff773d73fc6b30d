// SPDX-License-Identifier: GPL-3.0-or-later
// The time scrubber: a finished run's speed and its fleet at the moment under the cursor.
#pragma once

#include "app/models/replay.h"
#include "app/ui/chart.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

class QSlider;

namespace vitfleet::app {

class NodeGroups;
class NodeModel;
class NodeTiles;

/// The run's speed with a cursor that can be dragged.
class ReplayChart : public Chart
{
    Q_OBJECT
public:
    explicit ReplayChart(const Theme& theme, QWidget* parent = nullptr);
    void setReplay(const Replay* replay);
    void setMoment(UnixMs moment);
    /// From the first moment to the last.
    QRectF area() const;
    QSize sizeHint() const override { return {500, 110}; }
    QSize minimumSizeHint() const override { return {200, 80}; }

Q_SIGNALS:
    void momentChosen(qint64 moment);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;

private:
    void describe();
    QString highestText() const;
    double x(UnixMs at) const;

    const Replay* m_replay = nullptr;
    UnixMs m_moment = 0;
};

class ReplayCard : public Card
{
    Q_OBJECT
public:
    explicit ReplayCard(const UiContext& context, QWidget* parent = nullptr);
    /// Reads a run's samples and events, once they are all there no second time; 0: shows none.
    void setRun(RunId run);
    /// Reads those of the shown run again.
    void refresh();
    RunId run() const { return m_run; }
    void setMoment(UnixMs moment);
    UnixMs moment() const { return m_moment; }
    const Replay& replay() const { return m_replay; }
    NodeModel& nodes() { return *m_nodes; }
    QString text() const { return m_text->text(); }

Q_SIGNALS:
    void loaded();

private:
    void read();
    void showReplay();

    UiContext m_context;
    Replay m_replay;
    RunId m_run;
    bool m_isWhole = false;   ///< the run had ended when it was read
    bool m_isReading = false; ///< of m_run
    bool m_isOld = false;     ///< what is being read
    UnixMs m_moment = 0;
    ReplayChart* m_chart;
    QWidget* m_slot; ///< of the slider: as long as the curve, so that its handle stands below the cursor
    QSlider* m_slider;
    QLabel* m_text;
    NodeModel* m_nodes;
    NodeGroups* m_groups;
    NodeTiles* m_tiles;
};

} // namespace vitfleet::app
