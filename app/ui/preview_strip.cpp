// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/preview_strip.h"

#include "app/models/thumbnails.h"
#include "app/ui/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int edge = 38, gap = 5;

} // namespace

PreviewStrip::PreviewStrip(const UiContext& context, QWidget* parent) : QWidget(parent), m_context(context)
{
    setAccessibleName(tr("A few pictures of the data set"));
    setFixedHeight(edge);
    connect(&context.preview, &ThumbnailCache::ready, this, qOverload<>(&QWidget::update));
    connect(&context.theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void PreviewStrip::setItems(const DataSetSpec& dataSet, std::vector<ItemRecord> items)
{
    m_dataSet = dataSet;
    m_items = std::move(items);
    QStringList names;
    for (const ItemRecord& item : m_items)
        names << QString::fromStdString(item.path);
    setAccessibleDescription(names.join(QStringLiteral(", ")));
    update();
}

int PreviewStrip::places() const
{
    return (width() + gap) / (edge + gap);
}

int PreviewStrip::missingPictures() const
{
    const auto shown = std::min(m_items.size(), static_cast<std::size_t>(places()));
    return static_cast<int>(std::count_if(m_items.begin(), m_items.begin() + static_cast<std::ptrdiff_t>(shown),
                                          [this](const ItemRecord& item) {
                                              return m_context.preview.thumbnail(RunId(), item).isNull() &&
                                                     !m_context.preview.isImpossible(RunId(), item.id);
                                          }));
}

void PreviewStrip::paintEvent(QPaintEvent*)
{
    if (!m_items.empty())
        m_context.preview.setDataSet(m_dataSet); // decoders are started for what is looked at, not before
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    for (int i = 0; i < places(); ++i) {
        const QRect place(i * (edge + gap), 0, edge, edge);
        QPainterPath clip;
        clip.addRoundedRect(place, 4, 4);
        painter.fillPath(clip, m_context.theme.colours().raised);
        if (i >= static_cast<int>(m_items.size()))
            continue;
        const QImage image = m_context.preview.thumbnail(RunId(), m_items[static_cast<std::size_t>(i)]);
        if (image.isNull())
            continue;
        painter.save();
        painter.setClipPath(clip);
        painter.drawImage(place, image);
        painter.restore();
    }
}

} // namespace vitfleet::app
