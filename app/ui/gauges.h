// SPDX-License-Identifier: GPL-3.0-or-later
// Small instruments: a bar with its figure, a curve of a minute. Values that are old are grey and say how old; a
// missing sensor says why.
#pragma once

#include "app/ui/widgets.h"

#include <optional>
#include <vector>

namespace vitfleet::app {

class Theme;

/// A name, a bar, a figure. 0 … 1, or a sentence instead.
class Gauge : public QWidget
{
    Q_OBJECT
public:
    Gauge(const QString& name, const Theme& theme, QWidget* parent = nullptr);
    /// `stale`: the value is older than it should be; the text says so.
    void setValue(double share, const QString& text, bool stale = false);
    void setMissing(const QString& why);
    QString text() const { return m_text; }
    bool isStale() const { return m_stale; }
    QSize sizeHint() const override { return {240, 24}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    QString m_name;
    QString m_text;
    std::optional<double> m_share;
    bool m_stale = false;
};

/// A curve without axes over a fixed span, from 0 to its own maximum; the maximum stands beside it.
class Sparkline : public QWidget
{
    Q_OBJECT
public:
    Sparkline(const QString& name, const Theme& theme, QWidget* parent = nullptr);
    /// Points from the oldest (0) to the newest (1) end of the span; `maximumText` names the top.
    void setPoints(std::vector<QPointF> points, double top, const QString& maximumText);
    QSize sizeHint() const override { return {240, 56}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    QString m_name;
    std::vector<QPointF> m_points; ///< x 0 … 1, y 0 … top
    double m_top = 1;
    QString m_maximum;
};

} // namespace vitfleet::app
