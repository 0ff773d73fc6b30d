// SPDX-License-Identifier: GPL-3.0-or-later
// Images per second of a run, at most its last two minutes: one line, a band from the slowest to the fastest second of
// the last five around it, and what happened as dashed lines with their names. Or node by node: a line each, above
// twelve a band with the middle node's line and those that are far below it. When the run ends the curve stands still.
// It is drawn in throughput_chart_paint.cpp.
#pragma once

#include "app/core/snapshot.h"
#include "app/models/fleet_history.h"
#include "app/ui/chart.h"

#include <QStringList>
#include <deque>
#include <utility>

namespace vitfleet::app {

class ThroughputChart : public Chart
{
    Q_OBJECT
public:
    static constexpr std::size_t mostLines = 12;
    enum class Mode
    {
        Fleet,
        Nodes
    };

    ThroughputChart(const Theme& theme, const FleetHistory& history, QWidget* parent = nullptr);

    /// `rows`: committed so far in the run; what a single second brought is their difference. Samples that come closer
    /// together than a few a second are ignored; so are those without a run.
    void addSample(UnixMs at, float imagesPerSecond, quint64 rows, bool running);
    void setMode(Mode mode);
    /// Its line is drawn in the accent.
    void setSelected(NodeId node);
    /// How many nodes have a line of their own, how many are named as far below the others.
    std::pair<std::size_t, std::size_t> linesAndOutliers() const;
    std::size_t samples() const { return m_samples.size(); }
    QStringList marks() const;
    /// A loss, a join, a pause; shown while it is inside the window. Others are ignored.
    void addEvent(const EventRecord& event);
    /// Somebody has changed how many nodes the run may use; 0: all.
    void addResize(quint32 nodes);
    QSize sizeHint() const override { return {600, 150}; }
    QSize minimumSizeHint() const override { return {240, 100}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    static constexpr UnixMs longestMs = 120'000;
    static constexpr UnixMs windows[] = {6'000, 12'000, 30'000, 60'000, longestMs}; ///< a short run fills the chart too
    static constexpr UnixMs sampleMs = 240; ///< four a second are smooth and cost little

    struct Sample
    {
        UnixMs at;
        float rate, slowest, fastest;
    };
    struct Second
    {
        UnixMs at;
        float rate;
    };
    struct Mark
    {
        UnixMs at;
        EventKind kind;
        QString node;
        int count;
        QString text() const;
    };
    void countSecond(UnixMs at, quint64 rows);
    void paintAxes(QPainter& painter, const QRectF& area, double top) const;
    void paintMarks(QPainter& painter, const QRectF& area) const;
    void paintSeries(QPainter& painter, const QRectF& area, double top) const;
    void paintNodes(QPainter& painter, const QRectF& area, double top) const;
    void paintSpread(QPainter& painter, const QRectF& area, double top) const;
    /// Where the line ends.
    double paintNodeLine(QPainter& painter, const QRectF& area, double top, const FleetHistory::Node& node,
                         const QColor& colour, double width) const;
    void paintName(QPainter& painter, const QRectF& area, double y, const QString& name) const;
    void paintOutliers(QPainter& painter, const QRectF& area, double top) const;
    void begin(UnixMs at);
    void standStill();
    void describe();
    QStringList nodeTexts() const;
    double highest() const;
    /// Of the run, also when it has ended and the history has gone on.
    struct Nodes
    {
        std::map<NodeId, FleetHistory::Node> nodes;
        std::deque<FleetHistory::Spread> spread;
        std::vector<NodeId> outliers;
    };
    bool standsStill() const { return !m_running && !m_samples.empty(); }
    const std::map<NodeId, FleetHistory::Node>& nodes() const;
    std::vector<NodeId> outliers() const;
    const std::deque<FleetHistory::Spread>& spread() const;
    UnixMs end() const;
    bool showsLines() const;
    double x(const QRectF& area, UnixMs at) const;

    const FleetHistory& m_history;
    Mode m_mode = Mode::Fleet;
    NodeId m_selected;
    bool m_running = false;
    Nodes m_atEnd;
    UnixMs m_began = 0;
    std::deque<Sample> m_samples;
    std::deque<Second> m_seconds; ///< the last five
    std::deque<Mark> m_marks;
    UnixMs m_now = 0;
    UnixMs m_window = 0;     ///< what is shown: ten seconds, and more as soon as there is more, up to two minutes
    bool m_hasBegun = false; ///< the first rows of the run have come
    UnixMs m_secondAt = 0;
    quint64 m_secondRows = 0;
};

} // namespace vitfleet::app
