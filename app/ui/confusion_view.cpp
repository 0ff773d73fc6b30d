// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/confusion_view.h"

#include "app/ui/format.h"
#include "app/ui/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace vitfleet::app {
namespace {

constexpr int gap = 2;
constexpr int widestCell = 128, highestCell = 64, smallestCell = 10;
constexpr int figuresFrom = 22, figuresFromHeight = 14,
              smallFiguresBelow = 28; ///< a cell must be this large to hold a figure
constexpr int longestName = 140, titleRoom = 22;
constexpr int narrowestNamed = 20;
constexpr double slant = 0.71; ///< sine and cosine of 45°

QColor mixed(const QColor& from, const QColor& to, double share)
{
    const auto part = [share](int a, int b) { return a + qRound((b - a) * share); };
    return {part(from.red(), to.red()), part(from.green(), to.green()), part(from.blue(), to.blue())};
}

/// WCAG 2.1, relative luminance.
double luminance(const QColor& colour)
{
    const auto linear = [](double part) {
        return part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

double contrast(const QColor& first, const QColor& second)
{
    const double a = luminance(first), b = luminance(second);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

} // namespace

ConfusionView::ConfusionView(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    setAccessibleName(tr("Confusion matrix"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ConfusionView::setInteractive(bool interactive)
{
    m_interactive = interactive;
    setFocusPolicy(interactive ? Qt::StrongFocus : Qt::NoFocus);
}

void ConfusionView::setData(const std::vector<std::string>& labels,
                            const std::vector<StoreReader::ConfusionCell>& cells)
{
    m_total = 0;
    m_allClasses = labels.size();
    std::map<std::uint32_t, std::uint64_t> mistaken;
    for (const auto& cell : cells) {
        m_total += cell.count;
        if (cell.expected != cell.predicted) {
            mistaken[cell.expected] += cell.count;
            mistaken[cell.predicted] += cell.count;
        }
    }
    m_classes.resize(labels.size());
    std::iota(m_classes.begin(), m_classes.end(), 0u);
    if (m_classes.size() > mostClasses) {
        std::ranges::stable_sort(m_classes, std::greater<>(), [&](std::uint32_t label) {
            const auto found = mistaken.find(label);
            return found == mistaken.end() ? std::uint64_t{0} : found->second;
        });
        m_classes.resize(mostClasses);
        std::ranges::sort(m_classes);
    }
    m_names.clear();
    for (const std::uint32_t label : m_classes)
        m_names.push_back(QString::fromStdString(labels[label]));
    m_counts.assign(m_classes.size() * m_classes.size(), 0);
    for (const auto& cell : cells) {
        const auto row = std::ranges::lower_bound(m_classes, cell.expected);
        const auto column = std::ranges::lower_bound(m_classes, cell.predicted);
        if (row == m_classes.end() || *row != cell.expected || column == m_classes.end() || *column != cell.predicted)
            continue;
        m_counts[static_cast<std::size_t>(row - m_classes.begin()) * m_classes.size() +
                 static_cast<std::size_t>(column - m_classes.begin())] = cell.count;
    }
    m_row = std::min(m_row, m_classes.empty() ? 0 : m_classes.size() - 1);
    m_column = std::min(m_column, m_classes.empty() ? 0 : m_classes.size() - 1);
    std::uint64_t right = 0;
    for (std::size_t i = 0; i < m_classes.size(); ++i)
        right += count(i, i);
    QString text = tr("%1 rows, %2 of the shown classes on the diagonal").arg(formatCount(m_total), formatCount(right));
    if (m_interactive && !m_classes.empty())
        text += QStringLiteral(". ") + cellText(m_row, m_column);
    setAccessibleDescription(text);
    update();
}

std::uint64_t ConfusionView::shown() const
{
    return std::accumulate(m_counts.begin(), m_counts.end(), std::uint64_t{0});
}

std::uint64_t ConfusionView::count(std::size_t row, std::size_t column) const
{
    return m_counts[row * m_classes.size() + column];
}

QFont ConfusionView::nameFont() const
{
    QFont small = font();
    small.setPixelSize(m_interactive ? 12 : 11);
    return small;
}

/// The cells fill the view. Names stand level above the columns where these are wide enough, slanted otherwise.
ConfusionView::Place ConfusionView::place() const
{
    const QFontMetrics metrics(nameFont());
    int longest = metrics.horizontalAdvance(tr("expected ↓"));
    for (const QString& name : m_names)
        longest = std::max(longest, metrics.horizontalAdvance(name));
    longest = std::min(longest, longestName);
    const int classes = std::max(1, static_cast<int>(m_classes.size()));
    const int left = longest + 10;
    const int levelTop = titleRoom + 20;
    const int wide = std::min((width() - left) / classes, widestCell);
    const int high = std::clamp((height() - levelTop) / classes, smallestCell, highestCell);
    if (std::min(wide, high * 5 / 2) >= longest + 8)
        return {left, levelTop, std::min(wide, high * 5 / 2), std::min(high, wide), false};
    // Too narrow for any name: the rows have theirs, and the same order.
    const int bare = std::min((width() - left) / classes, (height() - titleRoom) / classes);
    if (bare < narrowestNamed)
        return {left, titleRoom, std::max(smallestCell, bare), std::max(smallestCell, bare), false};
    // The last name reaches out to the right.
    const int reach = static_cast<int>(longest * slant) + 4;
    const int top = reach + 16;
    const int cell = std::min((width() - left - reach + 8) / classes, widestCell);
    const int row = std::clamp((height() - top) / classes, smallestCell, highestCell);
    const int across = std::clamp(cell, smallestCell, std::max(smallestCell, row * 2));
    return {left, top, across, std::min(row, std::max(smallestCell, across * 3 / 2)), true};
}

QRect ConfusionView::cellRect(std::size_t row, std::size_t column) const
{
    const Place at = place();
    return {at.left + static_cast<int>(column) * at.width, at.top + static_cast<int>(row) * at.height, at.width - gap,
            at.height - gap};
}

QString ConfusionView::cellText(std::size_t row, std::size_t column) const
{
    const QString figure = formatCount(count(row, column));
    return row == column ? tr("%1: %2 labelled so, as expected").arg(m_names[row], figure)
                         : tr("Expected %1, labelled %2: %3").arg(m_names[row], m_names[column], figure);
}

bool ConfusionView::find(const QPoint& at, std::size_t& row, std::size_t& column) const
{
    const Place where = place();
    const int x = at.x() - where.left, y = at.y() - where.top;
    if (x < 0 || y < 0)
        return false;
    column = static_cast<std::size_t>(x / where.width);
    row = static_cast<std::size_t>(y / where.height);
    return row < m_classes.size() && column < m_classes.size();
}

void ConfusionView::setCurrent(std::size_t row, std::size_t column)
{
    if (row >= m_classes.size() || column >= m_classes.size())
        return;
    m_row = row;
    m_column = column;
    setAccessibleDescription(cellText(row, column));
    update();
}

void ConfusionView::choose()
{
    if (m_interactive && m_row < m_classes.size() && count(m_row, m_column) > 0)
        Q_EMIT cellChosen(m_names[m_row], m_names[m_column], count(m_row, m_column));
}

void ConfusionView::mousePressEvent(QMouseEvent* event)
{
    std::size_t row = 0, column = 0;
    if (m_interactive && find(event->position().toPoint(), row, column)) {
        setCurrent(row, column);
        choose();
    }
}

void ConfusionView::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
        setCurrent(m_row, m_column == 0 ? 0 : m_column - 1);
        break;
    case Qt::Key_Right:
        setCurrent(m_row, m_column + 1);
        break;
    case Qt::Key_Up:
        setCurrent(m_row == 0 ? 0 : m_row - 1, m_column);
        break;
    case Qt::Key_Down:
        setCurrent(m_row + 1, m_column);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        choose();
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

bool ConfusionView::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        std::size_t row = 0, column = 0;
        QToolTip::showText(help->globalPos(), find(help->pos(), row, column) ? cellText(row, column) : QString(), this);
        return true;
    }
    return QWidget::event(event);
}

void ConfusionView::paintNames(QPainter& painter, const Place& at) const
{
    painter.setPen(m_theme.colours().textSecondary);
    const QFontMetrics metrics = painter.fontMetrics();
    painter.drawText(QRect(at.left, 0, 100, titleRoom - 4), Qt::AlignLeft | Qt::AlignVCenter, tr("labelled →"));
    painter.drawText(QRect(0, at.top - 18, at.left - 8, 16), Qt::AlignRight | Qt::AlignVCenter, tr("expected ↓"));
    painter.setPen(m_theme.colours().text);
    for (std::size_t i = 0; i < m_names.size(); ++i) {
        const QRect line(0, at.top + static_cast<int>(i) * at.height, at.left - 8, at.height - gap);
        painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(m_names[i], Qt::ElideRight, line.width()));
        const int left = at.left + static_cast<int>(i) * at.width;
        if (!at.slanted && at.width < narrowestNamed)
            continue;
        if (!at.slanted) {
            painter.drawText(QRect(left, at.top - 20, at.width - gap, 18), Qt::AlignCenter, m_names[i]);
            continue;
        }
        painter.save();
        painter.translate(left + at.width / 2.0, at.top - 5);
        painter.rotate(-45);
        painter.drawText(QPointF(0, 4), metrics.elidedText(m_names[i], Qt::ElideRight, longestName));
        painter.restore();
    }
}

void ConfusionView::paintCell(QPainter& painter, std::size_t row, std::size_t column, std::uint64_t highestWrong,
                              std::uint64_t highestRight) const
{
    const Colours& colours = m_theme.colours();
    const std::uint64_t value = count(row, column);
    const bool right = row == column;
    const QRect cell = cellRect(row, column);
    const std::uint64_t highest = right ? highestRight : highestWrong;
    // The root, so that few mistakes among many can be seen; the figure tells the rest.
    const double share = highest == 0 ? 0.0 : std::sqrt(static_cast<double>(value) / static_cast<double>(highest));
    const QColor ground = value == 0
                              ? colours.raised
                              : mixed(colours.raised, right ? colours.accent : colours.error, 0.12 + 0.88 * share);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawRoundedRect(cell, 3, 3);
    if (value > 0 && cell.width() >= figuresFrom - gap && cell.height() >= figuresFromHeight - gap) {
        const QColor bright = colours.dark ? colours.text : colours.surface;
        const QColor ink = colours.dark ? colours.window : colours.text;
        QFont figures = nameFont();
        if (cell.width() < smallFiguresBelow)
            figures.setPixelSize(10);
        painter.setFont(figures);
        painter.setPen(contrast(ground, bright) >= std::min(4.5, contrast(ground, ink)) ? bright : ink);
        painter.drawText(cell, Qt::AlignCenter,
                         value < 10'000 ? formatCount(value) : QStringLiteral("%1k").arg(value / 1000));
    }
    if (m_interactive && hasFocus() && row == m_row && column == m_column) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colours.accent, 2));
        painter.drawRoundedRect(cell.adjusted(-1, -1, 1, 1), 4, 4);
    }
}

void ConfusionView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(nameFont());
    if (m_total == 0) {
        painter.setPen(m_theme.colours().textSecondary);
        painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("It fills up as pictures with a known label come in."));
        return;
    }
    std::uint64_t wrong = 0, right = 0;
    for (std::size_t row = 0; row < m_classes.size(); ++row) {
        for (std::size_t column = 0; column < m_classes.size(); ++column)
            (row == column ? right : wrong) = std::max(row == column ? right : wrong, count(row, column));
    }
    paintNames(painter, place());
    for (std::size_t row = 0; row < m_classes.size(); ++row) {
        for (std::size_t column = 0; column < m_classes.size(); ++column)
            paintCell(painter, row, column, wrong, right);
    }
    if (m_classes.size() < m_allClasses) {
        const Place at = place();
        painter.setPen(m_theme.colours().textSecondary);
        painter.drawText(QRect(at.left + 90, 0, width() - at.left - 90, titleRoom - 4),
                         Qt::AlignRight | Qt::AlignVCenter,
                         tr("the %1 of %2 classes that are mistaken most")
                             .arg(formatCount(m_classes.size()), formatCount(m_allClasses)));
    }
}

} // namespace vitfleet::app
