// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/just_in.h"

#include "app/models/thumbnails.h"
#include "app/ui/picture_cell.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <QPainter>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int smallestCell = 98; ///< a label and its score fit under it
constexpr int largestCell = 146;
constexpr int wantedPictures = 24; ///< as many as the engine shows
constexpr int gap = 10;
constexpr std::size_t waitingMost = 24;
constexpr int placeEveryMs = 250;
constexpr qint64 patienceMs = 1500; ///< then a row is shown without its picture

} // namespace

JustIn::JustIn(const UiContext& context, QWidget* parent) : QWidget(parent), m_context(context)
{
    setAccessibleName(tr("Latest pictures with their labels"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    m_timer.setInterval(placeEveryMs);
    connect(&m_timer, &QTimer::timeout, this, &JustIn::place);
    connect(&m_context.liveThumbnails, &ThumbnailCache::ready, this, qOverload<>(&QWidget::update));
    connect(&m_context.liveThumbnails, &ThumbnailCache::dataSetChanged, this, qOverload<>(&QWidget::update));
    connect(&m_context.theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

JustIn::Grid JustIn::grid() const
{
    // As large as the wanted number of them allows; where there is no room for it, as many as there is room for.
    Grid best{1, 1, smallestCell, smallestCell + gap};
    int bestCount = 0;
    for (int columns = 1; (smallestCell + gap) * columns <= width() + gap; ++columns) {
        for (int rows = 1; (smallestCell + captionHeight + gap) * rows <= height() + gap; ++rows) {
            const int cell =
                std::min({largestCell, (width() + gap) / columns - gap, (height() + gap) / rows - gap - captionHeight});
            const int count = std::min(columns * rows, wantedPictures);
            if (count < bestCount || (count == bestCount && cell <= best.cell))
                continue;
            bestCount = count;
            // Both edges are straight, unless the gaps became holes.
            const double step = columns > 1 ? (width() - cell) / static_cast<double>(columns - 1) : cell;
            best = {columns, rows, cell, std::min(step, cell + 4.0 * gap)};
        }
    }
    return best;
}

void JustIn::setRows(RunId run, const std::vector<ResultView>& rows, const std::vector<std::string>& labels)
{
    if (run != m_run) {
        m_run = run;
        m_shown.clear();
        m_waiting.clear();
        m_seen.clear();
        m_oldest = 0;
        m_labels = labels;
        update();
    }
    if (m_labels.size() != labels.size())
        m_labels = labels;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        if (!m_seen.insert(row->item.id).second)
            continue;
        m_context.liveThumbnails.thumbnail(m_run, row->item);
        m_waiting.push_back(*row);
    }
    while (m_waiting.size() > waitingMost)
        m_waiting.pop_front();
    if (!m_waiting.empty() && !m_timer.isActive()) {
        m_placed.start();
        m_timer.start();
        place();
    }
}

/// Puts rows whose picture is there into the oldest places, a few at a time.
void JustIn::place()
{
    const Grid cells = grid();
    const auto room = static_cast<std::size_t>(cells.columns) * static_cast<std::size_t>(cells.rows);
    const bool filling = m_shown.size() < room;
    const bool impatient = m_placed.elapsed() > patienceMs;
    std::size_t budget = filling ? room - m_shown.size() : 2;
    bool changed = false;
    for (auto row = m_waiting.begin(); row != m_waiting.end() && budget > 0;) {
        const bool ready = impatient || m_context.liveThumbnails.isImpossible(m_run, row->item.id) ||
                           !m_context.liveThumbnails.thumbnail(m_run, row->item).isNull();
        if (!ready) {
            ++row;
            continue;
        }
        if (m_shown.size() < room) {
            m_shown.push_back(std::move(*row));
        } else {
            m_oldest %= room;
            m_shown[m_oldest++] = std::move(*row);
        }
        row = m_waiting.erase(row);
        --budget;
        changed = true;
    }
    if (changed) {
        m_placed.restart();
        QStringList captions;
        for (const ResultView& row : m_shown)
            captions << caption(row);
        setAccessibleDescription(captions.join(QStringLiteral(", ")));
        update();
    }
    if (m_waiting.empty())
        m_timer.stop();
}

QString JustIn::caption(const ResultView& row) const
{
    return cellOf(row, m_labels).caption;
}

void JustIn::paintPicture(QPainter& painter, const QRect& place, const ResultView& row)
{
    PictureCell cell = cellOf(row, m_labels);
    cell.image = m_context.liveThumbnails.thumbnail(m_run, row.item);
    cell.isImpossible = cell.image.isNull();
    paintPictureCell(painter, place, cell, m_context.theme.colours());
}

void JustIn::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    QFont small = font();
    small.setPixelSize(12);
    painter.setFont(small);
    if (m_shown.empty()) {
        painter.setPen(m_context.theme.colours().textSecondary);
        painter.drawText(rect().adjusted(cardPadding, 0, -cardPadding, 0), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("The first pictures appear here as they are labelled."));
        return;
    }
    const Grid cells = grid();
    const int cellHeight = cells.cell + captionHeight;
    const auto room = static_cast<std::size_t>(cells.columns) * static_cast<std::size_t>(cells.rows);
    for (std::size_t i = 0; i < std::min(room, m_shown.size()); ++i) {
        const int column = static_cast<int>(i) % cells.columns;
        const int line = static_cast<int>(i) / cells.columns;
        paintPicture(painter, QRect(qRound(column * cells.stepX), line * (cellHeight + gap), cells.cell, cellHeight),
                     m_shown[i]);
    }
}

} // namespace vitfleet::app
