// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/inputs.h"

#include <QPainter>
#include <QStyleOption>
#include <QWheelEvent>

namespace vitfleet::app {

ChoiceBox::ChoiceBox(const QString& name, QWidget* parent) : QComboBox(parent)
{
    setAccessibleName(name);
    setCursor(Qt::PointingHandCursor);
}

void ChoiceBox::wheelEvent(QWheelEvent* event)
{
    event->ignore();
}

void ChoiceBox::paintEvent(QPaintEvent* event)
{
    QComboBox::paintEvent(event);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::PlaceholderText),
                        1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const QPointF middle(width() - 15, height() / 2.0);
    painter.drawPolyline(QPolygonF({middle + QPointF(-4, -2), middle + QPointF(0, 2), middle + QPointF(4, -2)}));
}

TickBox::TickBox(const QString& text, QWidget* parent) : QCheckBox(text, parent)
{
    setCursor(Qt::PointingHandCursor);
}

void TickBox::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QStyleOptionButton option;
    initStyleOption(&option);
    constexpr double size = 16;
    const QRectF box(1, (height() - size) / 2.0, size, size);
    const QColor accent = palette().color(QPalette::Link);
    painter.setPen(QPen(hasFocus() ? accent : palette().color(QPalette::PlaceholderText), hasFocus() ? 2 : 1));
    if (isChecked() && !hasFocus())
        painter.setPen(accent);
    painter.setBrush(isChecked() ? accent : palette().color(QPalette::Base));
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    if (isChecked()) {
        painter.setPen(QPen(palette().color(QPalette::Base), 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.drawPolyline(QPolygonF(
            {box.topLeft() + QPointF(4, 8.2), box.topLeft() + QPointF(7, 11.2), box.topLeft() + QPointF(12.2, 5)}));
        if (hasFocus()) {
            // The ring of the focus is to be seen around a filled box too.
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(palette().color(QPalette::Text), 1.5));
            painter.drawRoundedRect(box.adjusted(-0.5, -0.5, 0.5, 0.5), 5, 5);
        }
    }
    painter.setPen(palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::WindowText));
    painter.drawText(rect().adjusted(static_cast<int>(size) + 10, 0, 0, 0),
                     Qt::AlignLeft | Qt::AlignVCenter | Qt::TextShowMnemonic, text());
}

} // namespace vitfleet::app
