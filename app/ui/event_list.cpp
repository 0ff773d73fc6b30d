// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/event_list.h"

#include "app/models/event_text.h"
#include "app/ui/format.h"
#include "app/ui/theme.h"

#include <QPainter>
#include <QStringList>

namespace vitfleet::app {
namespace {

constexpr std::size_t keptEvents = 32;
constexpr int timeWidth = 64;
constexpr int lineGap = 5;

bool isBadNews(EventKind kind)
{
    return kind == EventKind::NodeLost || kind == EventKind::NodeRefused || kind == EventKind::RunFailed ||
           kind == EventKind::StoreTrouble || kind == EventKind::ResultDisputed || kind == EventKind::NodeOutvoted;
}

} // namespace

EventList::EventList(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    setAccessibleName(tr("Latest events"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void EventList::addEvents(const std::vector<EventRecord>& events)
{
    for (const EventRecord& event : events)
        m_lines.push_front({formatClock(event.at), eventText(event), isBadNews(event.kind)});
    if (m_lines.size() > keptEvents)
        m_lines.resize(keptEvents);
    QStringList all;
    for (const Line& line : m_lines)
        all << line.time + QLatin1Char(' ') + line.text;
    setAccessibleDescription(all.join(QLatin1Char('\n')));
    update();
}

void EventList::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Colours& colours = m_theme.colours();
    QFont small = font();
    small.setPixelSize(12);
    painter.setFont(small);
    if (m_lines.empty()) {
        painter.setPen(colours.textSecondary);
        painter.drawText(rect(), Qt::AlignTop | Qt::TextWordWrap,
                         tr("What happens to the run and its nodes appears here."));
        return;
    }
    int top = 0;
    for (const Line& line : m_lines) {
        const QRect room(timeWidth, top, width() - timeWidth, height());
        const QRect needed = painter.boundingRect(room, Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap, line.text);
        if (needed.bottom() > height())
            break;
        painter.setPen(colours.textSecondary);
        painter.drawText(QRect(0, top, timeWidth, height()), Qt::AlignTop | Qt::AlignLeft, line.time);
        painter.setPen(line.isBad ? colours.error : colours.text);
        painter.drawText(room, Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap, line.text);
        top = needed.bottom() + lineGap;
    }
}

} // namespace vitfleet::app
