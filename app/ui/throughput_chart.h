// SPDX-License-Identifier: GPL-3.0-or-later
// Images per second over the last two minutes: one line, a band from the slowest to the fastest second of the last five
// around it, and what happened as dashed lines with their names.
#pragma once

#include "app/core/snapshot.h"

#include <QWidget>

#include <deque>

namespace vitfleet::app {

class Theme;

class ThroughputChart : public QWidget
{
    Q_OBJECT
public:
    explicit ThroughputChart(const Theme& theme, QWidget* parent = nullptr);

    /// `rows`: committed so far in the run; what a single second brought is their difference. Samples that come closer
    /// together than a few a second are ignored.
    void addSample(UnixMs at, float imagesPerSecond, quint64 rows);
    /// A loss, a join, a pause; shown while it is inside the window. Others are ignored.
    void addEvent(const EventRecord& event);
    QSize sizeHint() const override { return {600, 190}; }
    QSize minimumSizeHint() const override { return {240, 140}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
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
    double x(const QRectF& area, UnixMs at) const;

    const Theme& m_theme;
    std::deque<Sample> m_samples;
    std::deque<Second> m_seconds; ///< the last five
    std::deque<Mark> m_marks;
    UnixMs m_now = 0;
    UnixMs m_window = 0; ///< what is shown: 30 s, and twice as much as soon as there is more, up to two minutes
    UnixMs m_secondAt = 0;
    quint64 m_secondRows = 0;
};

} // namespace vitfleet::app
