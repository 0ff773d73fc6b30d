// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/confusion_view.h"

#include "app/models/counted.h"
#include "app/ui/contrast.h"
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

ConfusionView::ConfusionView(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    setAccessibleName(tr("Confusion matrix"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ConfusionView::setInteractive(bool interactive)
{
    m_interactive = interactive;
    m_place.reset();
    setFocusPolicy(interactive ? Qt::StrongFocus : Qt::NoFocus);
    setMouseTracking(interactive);
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
    m_pointed.reset();
    m_place.reset();
    std::uint64_t right = 0;
    for (std::size_t i = 0; i < m_classes.size(); ++i)
        right += count(i, i);
    QString text = tr("%1, %2 of the shown classes on the diagonal").arg(counted::rows(m_total), formatCount(right));
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

std::optional<ConfusionView::Cell> ConfusionView::lookedAt() const
{
    if (!m_interactive || m_classes.empty())
        return std::nullopt;
    if (m_pointed && m_pointed->row < m_classes.size() && m_pointed->column < m_classes.size())
        return m_pointed;
    return hasFocus() ? std::optional(Cell{m_row, m_column}) : std::nullopt;
}

QString ConfusionView::readout() const
{
    if (const auto cell = lookedAt())
        return cellText(cell->row, cell->column);
    return tr("Point at a cell, or go through them with the arrows; Enter shows the pictures of one");
}

QString ConfusionView::cellText(std::size_t row, std::size_t column) const
{
    const QString figure = formatCount(count(row, column));
    return row == column ? tr("%1: %2 labelled so, as expected").arg(m_names[row], figure)
                         : tr("Expected %1, labelled %2: %3").arg(m_names[row], m_names[column], figure);
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
    const auto cell = find(event->position().toPoint());
    if (!m_interactive || !cell)
        return;
    setCurrent(cell->row, cell->column);
    choose();
}

void ConfusionView::mouseMoveEvent(QMouseEvent* event)
{
    const auto cell = m_interactive ? find(event->position().toPoint()) : std::nullopt;
    if (cell == m_pointed)
        return;
    m_pointed = cell;
    setCursor(cell && count(cell->row, cell->column) > 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

void ConfusionView::leaveEvent(QEvent* event)
{
    m_pointed.reset();
    update();
    QWidget::leaveEvent(event);
}

void ConfusionView::keyPressEvent(QKeyEvent* event)
{
    m_pointed.reset(); // the keyboard has it now
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
    case Qt::Key_Home:
        setCurrent(m_row, 0);
        break;
    case Qt::Key_End:
        setCurrent(m_row, m_classes.size() - 1);
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
        const auto cell = find(help->pos());
        QToolTip::showText(help->globalPos(), cell ? cellText(cell->row, cell->column) : QString(), this);
        return true;
    }
    return QWidget::event(event);
}

void ConfusionView::paintNames(QPainter& painter, const Place& at) const
{
    const Colours& colours = m_theme.colours();
    painter.setPen(colours.textSecondary);
    const QFontMetrics metrics = painter.fontMetrics();
    painter.drawText(QRect(at.left, 0, 100, titleRoom - 4), Qt::AlignLeft | Qt::AlignVCenter, tr("labelled →"));
    painter.drawText(QRect(0, at.top - 18, at.left - 8, 16), Qt::AlignRight | Qt::AlignVCenter, tr("expected ↓"));
    const auto looked = lookedAt();
    for (std::size_t i = 0; i < m_names.size(); ++i) {
        const QRect line(0, at.top + static_cast<int>(i) * at.height, at.left - 8, at.height - gap);
        painter.setPen(looked && looked->row == i ? colours.accent : colours.text);
        painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter | Qt::TextDontClip,
                         metrics.elidedText(m_names[i], Qt::ElideRight, line.width()));
        painter.setPen(looked && looked->column == i ? colours.accent : colours.text);
        paintColumnName(painter, at, i);
    }
}

void ConfusionView::paintColumnName(QPainter& painter, const Place& at, std::size_t column) const
{
    const int left = at.left + static_cast<int>(column) * at.width;
    if (at.names == Names::None)
        return;
    if (at.names == Names::Level) {
        painter.drawText(QRect(left, at.top - 20, at.width - gap, 18), Qt::AlignCenter, m_names[column]);
        return;
    }
    const bool upright = at.names == Names::Upright;
    painter.save();
    painter.translate(left + (upright ? (at.width - gap) / 2.0 : at.width / 2.0), at.top - 5);
    painter.rotate(upright ? -90 : -45);
    painter.drawText(QPointF(0, 4), painter.fontMetrics().elidedText(m_names[column], Qt::ElideRight,
                                                                     upright ? longestUpright : longestName));
    painter.restore();
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
    if (const QString text = figure(row, column); !text.isEmpty()) {
        const QColor bright = colours.dark ? colours.text : colours.surface;
        const QColor ink = colours.dark ? colours.window : colours.text;
        painter.setFont(figureFont());
        painter.setPen(contrast(ground, bright) >= std::min(4.5, contrast(ground, ink)) ? bright : ink);
        painter.drawText(cell, Qt::AlignCenter | Qt::TextDontClip, text);
    }
    const bool focused = m_interactive && hasFocus() && row == m_row && column == m_column;
    if (focused || m_pointed == Cell{row, column}) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(focused ? QPen(colours.accent, 2) : QPen(colours.textSecondary, 1));
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
    painter.setFont(nameFont());
    if (m_interactive) {
        painter.setPen(lookedAt() ? m_theme.colours().text : m_theme.colours().textSecondary);
        const QRect line(place().left, height() - readoutRoom + 4, width() - place().left, readoutRoom - 4);
        painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(readout(), Qt::ElideRight, line.width()));
    }
    if (m_classes.size() < m_allClasses) {
        const Place& at = place();
        painter.setPen(m_theme.colours().textSecondary);
        painter.drawText(QRect(at.left + 90, 0, width() - at.left - 90, titleRoom - 4),
                         Qt::AlignRight | Qt::AlignVCenter,
                         tr("the %1 of %2 classes that are mistaken most")
                             .arg(formatCount(m_classes.size()), formatCount(m_allClasses)));
    }
}

} // namespace vitfleet::app
