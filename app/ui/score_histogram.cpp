// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/score_histogram.h"

#include "app/ui/format.h"
#include "app/ui/theme.h"

#include <QLocale>
#include <QPainter>

#include <algorithm>
#include <numeric>

namespace vitfleet::app {

ScoreHistogram::ScoreHistogram(const Theme& theme, QWidget* parent)
    : Chart(tr("Rows by their best score"), theme, parent)
{
}

std::uint64_t ScoreHistogram::total() const
{
    return std::accumulate(m_counts.begin(), m_counts.end(), std::uint64_t{0});
}

void ScoreHistogram::setCounts(std::vector<std::uint64_t> counts)
{
    m_counts = std::move(counts);
    QStringList texts;
    for (std::size_t i = 0; i < m_counts.size(); ++i) {
        if (m_counts[i] > 0)
            texts << tr("from %1: %2")
                         .arg(QLocale().toString(static_cast<double>(i) / static_cast<double>(m_counts.size()), 'f', 2),
                              formatCount(m_counts[i]));
    }
    setAccessibleDescription(texts.join(QStringLiteral(", ")));
    update();
}

void ScoreHistogram::paintEvent(QPaintEvent*)
{
    if (m_counts.empty())
        return;
    QPainter painter(this);
    prepare(painter);
    const Colours& colours = this->colours();
    const QRectF area = QRectF(rect()).adjusted(8, 20, -8, -24);
    const auto highest = std::max<std::uint64_t>(1, *std::ranges::max_element(m_counts));
    const double step = area.width() / static_cast<double>(m_counts.size());
    for (std::size_t i = 0; i < m_counts.size(); ++i) {
        const double height = area.height() * static_cast<double>(m_counts[i]) / static_cast<double>(highest);
        const QRectF bar(area.left() + static_cast<double>(i) * step + 2, area.bottom() - height, step - 4, height);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colours.accent);
        painter.drawRoundedRect(bar, 2, 2);
        painter.setPen(colours.textSecondary);
        if (m_counts[i] > 0)
            painter.drawText(QRectF(bar.left() - 20, bar.top() - 17, bar.width() + 40, 16), Qt::AlignCenter,
                             formatCount(m_counts[i]));
    }
    painter.setPen(colours.line);
    painter.drawLine(area.bottomLeft(), area.bottomRight());
    painter.setPen(colours.textSecondary);
    for (int tenth = 0; tenth <= 10; tenth += 2) {
        paintBelow(painter, area.adjusted(-20, 0, 20, 0), area.left() + area.width() * tenth / 10.0,
                   QLocale().toString(tenth / 10.0, 'f', 1));
    }
}

} // namespace vitfleet::app
