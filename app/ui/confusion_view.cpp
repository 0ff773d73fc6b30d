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
constexpr int largestCell = 44, smallestCell = 12;
constexpr int figuresFrom = 26; ///< a cell must be this large to hold a figure
constexpr int nameRoom = 108, titleRoom = 22;

QColor mixed(const QColor& from, const QColor& to, double share)
{
    const auto part = [share](int a, int b) { return a + qRound((b - a) * share); };
    return {part(from.red(), to.red()), part(from.green(), to.green()), part(from.blue(), to.blue())};
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

ConfusionView::Place ConfusionView::place() const
{
    const int classes = std::max(1, static_cast<int>(m_classes.size()));
    const int across = (width() - nameRoom) / classes;
    const int down = (height() - titleRoom - nameRoom * 2 / 3) / classes;
    return {nameRoom, titleRoom, std::clamp(std::min(across, down), smallestCell, largestCell)};
}

QRect ConfusionView::cellRect(std::size_t row, std::size_t column) const
{
    const Place at = place();
    return {at.left + static_cast<int>(column) * at.cell, at.top + static_cast<int>(row) * at.cell, at.cell - gap,
            at.cell - gap};
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
    column = static_cast<std::size_t>(x / where.cell);
    row = static_cast<std::size_t>(y / where.cell);
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
    const int size = static_cast<int>(m_names.size()) * at.cell;
    painter.drawText(QRect(at.left, 0, std::max(size, 200), titleRoom - 4), Qt::AlignLeft | Qt::AlignVCenter,
                     tr("labelled →"));
    painter.drawText(QRect(0, 0, at.left - 8, titleRoom - 4), Qt::AlignRight | Qt::AlignVCenter, tr("expected ↓"));
    const QFontMetrics metrics = painter.fontMetrics();
    for (std::size_t i = 0; i < m_names.size(); ++i) {
        const QRect line(0, at.top + static_cast<int>(i) * at.cell, at.left - 8, at.cell - gap);
        painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(m_names[i], Qt::ElideRight, line.width()));
        // Below the columns, slanted: names are longer than cells are wide.
        painter.save();
        painter.translate(at.left + static_cast<int>(i) * at.cell + at.cell / 2.0, at.top + size + 6);
        painter.rotate(40);
        painter.drawText(QRect(0, -8, nameRoom - 16, 16), Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(m_names[i], Qt::ElideRight, nameRoom - 16));
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
                              : mixed(colours.raised, right ? colours.accent : colours.error, 0.12 + 0.68 * share);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawRoundedRect(cell, 3, 3);
    if (value > 0 && cell.width() >= figuresFrom - gap) {
        const QColor bright = colours.dark ? colours.text : colours.surface;
        const QColor ink = colours.dark ? colours.window : colours.text;
        painter.setPen(ground.lightness() < 140 ? bright : ink);
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
    QFont small = font();
    small.setPixelSize(11);
    painter.setFont(small);
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
