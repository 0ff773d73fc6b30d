// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/filter_box.h"

#include "app/ui/theme.h"

#include <QPainter>

namespace vitfleet::app {
namespace {

constexpr int chipHeight = 28;
constexpr int chipPadding = 13;
constexpr int arrowRoom = 16;
constexpr int widestChip = 220;

} // namespace

FilterBox::FilterBox(const QString& name, const Theme& theme, QWidget* parent) : QComboBox(parent), m_theme(theme)
{
    setAccessibleName(name);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setMaxVisibleItems(24);
    connect(this, &QComboBox::currentIndexChanged, this, [this] { updateGeometry(); });
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

QSize FilterBox::sizeHint() const
{
    QFont strong = font();
    strong.setWeight(QFont::DemiBold);
    const int text = QFontMetrics(strong).horizontalAdvance(currentText());
    return {std::min(widestChip, text + 2 * chipPadding + arrowRoom), chipHeight};
}

void FilterBox::paintEvent(QPaintEvent*)
{
    const Colours& colours = m_theme.colours();
    const bool filters = currentIndex() > 0;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double line = hasFocus() ? 2 : 1;
    painter.setPen(QPen(hasFocus() || filters ? colours.accent : colours.line, line));
    painter.setBrush(filters ? colours.accentSoft : underMouse() ? colours.raised : colours.surface);
    const QRectF chip = QRectF(rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2);
    painter.drawRoundedRect(chip, chip.height() / 2, chip.height() / 2);
    QFont font = this->font();
    if (filters)
        font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    const QColor ink = !isEnabled() ? colours.textSecondary : filters ? colours.accent : colours.text;
    painter.setPen(ink);
    const QRect room = rect().adjusted(chipPadding, 0, -chipPadding - arrowRoom + 4, 0);
    painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetrics(font).elidedText(currentText(), Qt::ElideRight, room.width()));
    const QPointF tip(width() - chipPadding - 4, height() / 2.0 + 2.5);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    painter.drawPolygon(QPolygonF({tip, tip + QPointF(-4, -5), tip + QPointF(4, -5)}));
}

} // namespace vitfleet::app
