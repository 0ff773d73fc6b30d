// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/replay_card.h"

#include "app/models/node_groups.h"
#include "app/models/store_asker.h"
#include "app/ui/format.h"
#include "app/ui/node_tiles.h"
#include "app/ui/theme.h"

#include <QHBoxLayout>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QSlider>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace vitfleet::app {
namespace {

constexpr std::size_t eventsAtOnce = 5'000;
constexpr int sliderSteps = 1'000;
constexpr int handleWidth = 14;      ///< of the slider, as in window.qss
constexpr qsizetype mostLosses = 12; ///< that a screen reader is told of

float highestOf(const Replay& replay)
{
    float highest = 1;
    for (const ThroughputSample& sample : replay.total())
        highest = std::max(highest, sample.imagesPerSecond);
    return highest;
}

struct Stored
{
    std::vector<ThroughputSample> samples;
    std::vector<EventRecord> events;
    std::vector<NodeRecord> nodes;
    bool isWhole = false; ///< nothing more comes
};

Result<std::vector<EventRecord>> readEvents(StoreReader& reader, RunId run)
{
    std::vector<EventRecord> events;
    for (;;) {
        const auto page = reader.events(run, events.empty() ? 0 : events.back().id, eventsAtOnce);
        if (!page)
            return page.error();
        events.insert(events.end(), page->begin(), page->end());
        if (page->size() < eventsAtOnce)
            return events;
    }
}

Result<Stored> readStored(StoreReader& reader, RunId run)
{
    // First of all: what comes between this and the samples would be missed otherwise.
    const auto record = reader.run(run);
    if (!record)
        return record.error();
    const bool isWhole = record->state != RunState::Created && record->state != RunState::Running;
    auto samples = reader.samples(run);
    if (!samples)
        return samples.error();
    auto events = readEvents(reader, run);
    if (!events)
        return events.error();
    auto nodes = reader.nodes(run);
    if (!nodes)
        return nodes.error();
    return Stored{std::move(*samples), std::move(*events), std::move(*nodes), isWhole};
}

} // namespace

ReplayChart::ReplayChart(const Theme& theme, QWidget* parent) : Chart(tr("The run's speed"), theme, parent)
{
    setCursor(Qt::SizeHorCursor);
}

void ReplayChart::setReplay(const Replay* replay)
{
    m_replay = replay;
    describe();
    update();
}

void ReplayChart::describe()
{
    if (!m_replay || m_replay->isEmpty()) {
        setAccessibleDescription(tr("Choose a run, or one of its events, to go through it."));
        return;
    }
    QStringList texts{tr("From %1 to %2, at most %3 images per second")
                          .arg(formatClock(m_replay->begin()), formatClock(m_replay->end()),
                               formatRate(static_cast<double>(highestOf(*m_replay))))};
    for (const EventRecord& event : m_replay->events()) {
        if (event.kind == EventKind::NodeLost && texts.size() <= mostLosses)
            texts << tr("%1 lost at %2").arg(QString::fromStdString(event.node), formatClock(event.at));
    }
    setAccessibleDescription(texts.join(QStringLiteral("; ")));
}

void ReplayChart::setMoment(UnixMs moment)
{
    m_moment = moment;
    update();
}

QRectF ReplayChart::area() const
{
    return QRectF(rect()).adjusted(m_replay ? roomFor(highestText(), 72) : 72, 8, -handleWidth / 2, -20);
}

QString ReplayChart::highestText() const
{
    return tr("%1 img/s").arg(formatRate(static_cast<double>(highestOf(*m_replay))));
}

double ReplayChart::x(UnixMs at) const
{
    const double span = std::max<double>(1.0, static_cast<double>(m_replay->end() - m_replay->begin()));
    return area().left() + static_cast<double>(at - m_replay->begin()) / span * area().width();
}

void ReplayChart::mousePressEvent(QMouseEvent* event)
{
    if (!m_replay || m_replay->isEmpty())
        return;
    const double share = std::clamp((event->position().x() - area().left()) / area().width(), 0.0, 1.0);
    Q_EMIT momentChosen(m_replay->begin() +
                        static_cast<UnixMs>(share * static_cast<double>(m_replay->end() - m_replay->begin())));
}

void ReplayChart::mouseMoveEvent(QMouseEvent* event)
{
    mousePressEvent(event);
}

void ReplayChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    prepare(painter);
    if (!m_replay || m_replay->isEmpty()) {
        paintSentence(painter, rect(), tr("Choose a run, or one of its events, to go through it."));
        return;
    }
    const Colours& colours = this->colours();
    const QRectF room = area();
    const float highest = highestOf(*m_replay);
    paintLevel(painter, room, room.top(), Line::Grid, highestText());
    paintLevel(painter, room, room.bottom(), Line::Axis, QStringLiteral("0"));
    paintBelow(painter, room, room.left(), formatClock(m_replay->begin()));
    paintBelow(painter, room, room.right(), formatClock(m_replay->end()));
    QPainterPath line;
    for (const ThroughputSample& sample : m_replay->total()) {
        const QPointF at(x(sample.at),
                         room.bottom() - static_cast<double>(sample.imagesPerSecond / highest) * room.height());
        line.elementCount() == 0 ? line.moveTo(at) : line.lineTo(at);
    }
    painter.setPen(QPen(colours.accent, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(line);
    for (const EventRecord& event : m_replay->events()) {
        if (event.kind != EventKind::NodeLost && event.kind != EventKind::NodeReady)
            continue;
        painter.setPen(QPen(event.kind == EventKind::NodeLost ? colours.error : colours.ok, 1, Qt::DashLine));
        painter.drawLine(QPointF(x(event.at), room.top()), QPointF(x(event.at), room.bottom()));
    }
    painter.setPen(QPen(colours.text, 1.5));
    painter.drawLine(QPointF(x(m_moment), room.top() - 4), QPointF(x(m_moment), room.bottom()));
}

ReplayCard::ReplayCard(const UiContext& context, QWidget* parent)
    : Card(tr("Go through a run"), parent), m_context(context), m_chart(new ReplayChart(context.theme)),
      m_slot(new QWidget), m_slider(new QSlider(Qt::Horizontal)), m_text(makeLabel({}, "secondary")),
      m_nodes(new NodeModel(this)), m_groups(new NodeGroups(*m_nodes, this)),
      m_tiles(new NodeTiles(*m_groups, context.theme, NodeTiles::Kind::Replay))
{
    m_slider->setRange(0, sliderSteps);
    m_slider->setPageStep(sliderSteps / 20);
    m_slider->setAccessibleName(tr("Moment of the run"));
    m_tiles->setMinimumHeight(124);
    auto* left = new QVBoxLayout;
    left->setSpacing(4);
    left->addWidget(m_chart, 1);
    auto* slot = new QHBoxLayout(m_slot);
    slot->addWidget(m_slider);
    left->addWidget(m_slot);
    left->addWidget(m_text);
    auto* columns = new QHBoxLayout;
    columns->setSpacing(16);
    columns->addLayout(left, 3);
    columns->addWidget(m_tiles, 2);
    content()->addLayout(columns, 1);
    connect(m_chart, &ReplayChart::momentChosen, this, &ReplayCard::setMoment);
    connect(m_slider, &QSlider::valueChanged, this, [this](int value) {
        if (!m_replay.isEmpty())
            setMoment(m_replay.begin() + (m_replay.end() - m_replay.begin()) * value / sliderSteps);
    });
    setRun(RunId());
}

/// Without a run there is a sentence, and nothing beside or below it.
void ReplayCard::showReplay()
{
    const bool isThere = !m_replay.isEmpty();
    m_chart->setReplay(isThere ? &m_replay : nullptr);
    setUsable(m_slider, isThere, tr("Choose a run first."));
    for (QWidget* widget : {m_slot, static_cast<QWidget*>(m_tiles)})
        widget->setVisible(isThere);
    const int left = static_cast<int>(m_chart->area().left()) - handleWidth / 2;
    m_slot->layout()->setContentsMargins(left, 0, 0, 0);
}

void ReplayCard::setRun(RunId run)
{
    if (run == m_run && run != RunId()) {
        if (!m_isWhole && !m_isReading)
            read();
        return;
    }
    m_run = run;
    m_isWhole = m_isReading = m_isOld = false;
    m_replay = {};
    m_chart->setReplay(nullptr);
    m_nodes->update(std::make_shared<const FleetSnapshot>());
    setSubtitle(run == RunId() ? QString() : tr("run %1").arg(run.value));
    m_text->clear();
    if (run != RunId())
        read();
    else
        showReplay();
}

void ReplayCard::refresh()
{
    if (m_run == RunId())
        return;
    if (m_isReading)
        m_isOld = true;
    else
        read();
}

void ReplayCard::read()
{
    m_isReading = true;
    m_context.asker.askAtLength(
        this, [run = m_run](StoreReader& reader) { return readStored(reader, run); },
        [this, run = m_run](const Result<Stored>& found) {
            if (run != m_run)
                return;
            m_isReading = false;
            if (std::exchange(m_isOld, false)) {
                read();
                return;
            }
            m_isWhole = found && found->isWhole;
            if (!found || found->samples.empty()) {
                showReplay();
                m_text->setText(!found      ? formatError(found.error())
                                : m_isWhole ? tr("This run was too short to leave samples.")
                                            : tr("This run has left no samples yet."));
                return;
            }
            m_replay = Replay(found->samples, found->events, found->nodes);
            showReplay();
            setMoment(m_moment);
            Q_EMIT loaded();
        });
}

void ReplayCard::setMoment(UnixMs moment)
{
    m_moment = moment;
    if (m_replay.isEmpty())
        return;
    m_moment = std::clamp(moment, m_replay.begin(), m_replay.end());
    const UnixMs span = std::max<UnixMs>(1, m_replay.end() - m_replay.begin());
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(static_cast<int>((m_moment - m_replay.begin()) * sliderSteps / span));
    m_chart->setMoment(m_moment);
    const FleetSnapshot fleet = m_replay.at(m_moment);
    const QString form =
        fleet.online == 1 ? tr("%1: %2 node online, %3 lost, %4 img/s") : tr("%1: %2 nodes online, %3 lost, %4 img/s");
    m_text->setText(form.arg(formatClock(m_moment), formatCount(fleet.online), formatCount(fleet.lost),
                             formatRate(static_cast<double>(fleet.imagesPerSecond))));
    m_slider->setAccessibleDescription(m_text->text()); // its own figure is a step, which says nothing
    m_nodes->update(std::make_shared<const FleetSnapshot>(fleet));
}

} // namespace vitfleet::app
