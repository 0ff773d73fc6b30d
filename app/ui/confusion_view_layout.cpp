// SPDX-License-Identifier: GPL-3.0-or-later
// Where the matrix has its cells and names, and what fits into a cell.
#include "app/ui/confusion_view.h"
#include "app/ui/format.h"

#include <QFontMetrics>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int widestCell = 128, highestCell = 64, smallestCell = 10;
constexpr int smallestFigure = 10; ///< pixels
constexpr int figureMargin = 1;
constexpr int narrowestSlanted = 20, narrowestUpright = 12;
constexpr double slant = 0.71; ///< sine and cosine of 45°

QString inThousands(std::uint64_t value)
{
    return QStringLiteral("%1k").arg(value / 1'000);
}

} // namespace

QFont ConfusionView::nameFont() const
{
    QFont small = font();
    small.setPixelSize(m_interactive ? 12 : 11);
    return small;
}

const ConfusionView::Place& ConfusionView::place() const
{
    if (!m_place || m_place->size != size() || m_place->font != font()) {
        Place at{};
        placeCells(at);
        chooseFigures(at);
        at.size = size();
        at.font = font();
        m_place = at;
    }
    return *m_place;
}

/// The cells fill the view. Names stand level above the columns where these are wide enough, slanted or upright
/// otherwise.
void ConfusionView::placeCells(Place& at) const
{
    const QFontMetrics metrics(nameFont());
    int longest = metrics.horizontalAdvance(tr("expected ↓"));
    for (const QString& name : m_names)
        longest = std::max(longest, metrics.horizontalAdvance(name));
    longest = std::min(longest, longestName);
    const int classes = std::max(1, static_cast<int>(m_classes.size()));
    const int left = longest + 10;
    const int bottom = height() - (m_interactive ? readoutRoom : 0);
    const auto set = [&at, left](int top, int width, int height, Names names) {
        at.left = left;
        at.top = top;
        at.width = width;
        at.height = height;
        at.names = names;
    };
    const int levelTop = titleRoom + 20;
    const int wide = std::min((width() - left) / classes, widestCell);
    const int high = std::clamp((bottom - levelTop) / classes, smallestCell, highestCell);
    if (const int across = std::min(wide, high * 5 / 2); across >= longest + 8)
        return set(levelTop, across, std::min(high, wide), Names::Level);
    // The last slanted name reaches out to the right.
    const int reach = static_cast<int>(longest * slant) + 4;
    const int top = reach + 16;
    const int cell = std::min((width() - left - reach + 8) / classes, widestCell);
    const int row = std::clamp((bottom - top) / classes, smallestCell, highestCell);
    if (const int across = std::min(cell, row * 2); across >= narrowestSlanted && row >= narrowestSlanted)
        return set(top, across, std::min(row, across * 3 / 2), Names::Slanted);
    const int uprightTop = std::min(longest, longestUpright) + titleRoom + 4;
    const int narrow = (width() - left) / classes, low = (bottom - uprightTop) / classes;
    if (std::min(narrow, low * 2) >= narrowestUpright && low >= smallestCell)
        return set(uprightTop, std::min(narrow, low * 2), std::min(low, narrow * 3 / 2), Names::Upright);
    // Too small for any: the rows have their names, and the same order.
    const int bare = std::max(smallestCell, std::min(narrow, (bottom - titleRoom) / classes));
    set(titleRoom, bare, bare, Names::None);
}

/// As large as the widest figure and the height of the cells allow.
void ConfusionView::chooseFigures(Place& at) const
{
    const std::uint64_t highest = m_counts.empty() ? 0 : *std::ranges::max_element(m_counts);
    const QString widest = highest < 10'000 ? formatCount(highest) : inThousands(highest);
    at.figures = nameFont();
    for (int pixels = at.figures.pixelSize(); pixels >= smallestFigure; --pixels) {
        at.figures.setPixelSize(pixels);
        const QFontMetrics metrics(at.figures);
        if (metrics.horizontalAdvance(widest) + figureMargin <= at.width - gap &&
            metrics.capHeight() + figureMargin <= at.height - gap)
            return;
    }
}

QString ConfusionView::figure(std::size_t row, std::size_t column) const
{
    const std::uint64_t value = count(row, column);
    const QRect cell = cellRect(row, column);
    const QFontMetrics metrics(place().figures);
    if (value == 0 || metrics.capHeight() + figureMargin > cell.height())
        return {};
    QStringList ways;
    if (value < 10'000)
        ways << formatCount(value);
    if (value >= 1'000)
        ways << inThousands(value);
    for (const QString& way : ways) {
        if (metrics.horizontalAdvance(way) + figureMargin <= cell.width())
            return way;
    }
    return {};
}

QRect ConfusionView::cellRect(std::size_t row, std::size_t column) const
{
    const Place& at = place();
    return {at.left + static_cast<int>(column) * at.width, at.top + static_cast<int>(row) * at.height, at.width - gap,
            at.height - gap};
}

std::optional<ConfusionView::Cell> ConfusionView::find(const QPoint& at) const
{
    const Place& where = place();
    const int x = at.x() - where.left, y = at.y() - where.top;
    if (x < 0 || y < 0)
        return std::nullopt;
    const Cell cell{static_cast<std::size_t>(y / where.height), static_cast<std::size_t>(x / where.width)};
    return cell.row < m_classes.size() && cell.column < m_classes.size() ? std::optional(cell) : std::nullopt;
}

} // namespace vitfleet::app
