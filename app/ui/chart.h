// SPDX-License-Identifier: GPL-3.0-or-later
// What all charts have in common: a name for a screen reader, the theme's colours, small figures beside a plain frame.
#pragma once

#include <QWidget>

namespace vitfleet::app {

class Theme;
struct Colours;

class Chart : public QWidget
{
    Q_OBJECT
public:
    Chart(const QString& name, const Theme& theme, QWidget* parent = nullptr);

protected:
    enum class Line
    {
        Axis,
        Grid
    };
    const Colours& colours() const;
    /// Smooth lines, letters of 11 pixels in the colour of secondary text.
    void prepare(QPainter& painter) const;
    /// In the middle, while there is nothing to draw.
    void paintSentence(QPainter& painter, const QRectF& area, const QString& sentence) const;
    /// From edge to edge of the area, with its figure to the left of it.
    void paintLevel(QPainter& painter, const QRectF& area, double y, Line line, const QString& figure) const;
    /// What an area needs to its left for such a figure; `least`, so that it stays where it is for small ones.
    double roomFor(const QString& figure, double least) const;
    /// Under the area; at its ends the text stays within it.
    void paintBelow(QPainter& painter, const QRectF& area, double x, const QString& text) const;

private:
    QFont smallFont() const;

    const Theme& m_theme;
};

} // namespace vitfleet::app
