// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/event_model.h"

#include "app/core/text.h"
#include "app/models/event_text.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr std::size_t readAtOnce = 5'000;
constexpr std::size_t overlap = 256; ///< live events that the database may have told already

bool isSame(const EventRecord& a, const EventRecord& b)
{
    return a.at == b.at && a.kind == b.kind && a.node == b.node && a.count == b.count && a.run == b.run;
}

QByteArray lookOf(EventKind kind)
{
    switch (kind) {
    case EventKind::NodeLost:
    case EventKind::NodeRefused:
    case EventKind::RunFailed:
    case EventKind::StoreTrouble:
        return "error";
    case EventKind::NodeSuspect:
    case EventKind::ItemsRedispatched:
    case EventKind::DuplicateRefused:
    case EventKind::ForeignResult:
    case EventKind::AccuracyNotShown:
        return "warning";
    case EventKind::NodeDraining:
    case EventKind::NodeSetAside:
    case EventKind::RunPaused:
    case EventKind::RunStopped:
        return "held";
    case EventKind::NodeReady:
    case EventKind::NodeBack:
    case EventKind::NodeRestored:
    case EventKind::RunFinished:
        return "ok";
    default:
        return "text";
    }
}

Result<std::vector<EventRecord>> readNewest(StoreReader& reader)
{
    std::deque<EventRecord> kept;
    std::int64_t after = 0;
    for (;;) {
        auto page = reader.events(std::nullopt, after, readAtOnce);
        if (!page)
            return page.error();
        kept.insert(kept.end(), page->begin(), page->end());
        while (kept.size() > EventModel::keptEvents)
            kept.pop_front();
        if (page->size() < readAtOnce)
            return std::vector<EventRecord>(kept.begin(), kept.end());
        after = page->back().id;
    }
}

} // namespace

EventModel::EventModel(QObject* parent) : QAbstractTableModel(parent) {}

void EventModel::load(StoreAsker& asker)
{
    if (m_loading)
        return;
    m_loading = true;
    asker.ask(this, readNewest, [this](const Result<std::vector<EventRecord>>& found) {
        m_loading = false;
        if (!found) {
            Q_EMIT failed(found.error());
        } else {
            beginResetModel();
            m_events.assign(found->begin(), found->end());
            endResetModel();
        }
        std::vector<EventRecord> fresh;
        const auto from = m_events.size() > overlap ? m_events.end() - overlap : m_events.begin();
        for (const EventRecord& event : m_waiting) {
            if (std::none_of(from, m_events.end(), [&](const EventRecord& known) { return isSame(known, event); }))
                fresh.push_back(event);
        }
        m_waiting.clear();
        insert(fresh);
    });
}

void EventModel::add(const std::vector<EventRecord>& events)
{
    if (m_loading)
        m_waiting.insert(m_waiting.end(), events.begin(), events.end());
    else
        insert(events);
}

void EventModel::insert(const std::vector<EventRecord>& events)
{
    if (events.empty())
        return;
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(events.size()) - 1);
    m_events.insert(m_events.end(), events.begin(), events.end());
    endInsertRows();
    if (m_events.size() <= keptEvents)
        return;
    const auto surplus = static_cast<int>(m_events.size() - keptEvents);
    beginRemoveRows({}, 0, surplus - 1);
    m_events.erase(m_events.begin(), m_events.begin() + surplus);
    endRemoveRows();
}

const EventRecord* EventModel::event(const QModelIndex& index) const
{
    return index.isValid() && index.row() < rowCount() ? &m_events[static_cast<std::size_t>(index.row())] : nullptr;
}

QString EventModel::kindText(EventKind kind)
{
    switch (kind) {
    case EventKind::RunCreated:
        return tr("Run created");
    case EventKind::RunStarted:
        return tr("Run started");
    case EventKind::RunPaused:
        return tr("Run paused");
    case EventKind::RunContinued:
        return tr("Run continued");
    case EventKind::RunStopped:
        return tr("Run stopped");
    case EventKind::RunFinished:
        return tr("Run finished");
    case EventKind::RunFailed:
        return tr("Run failed");
    case EventKind::RunResumed:
        return tr("Run resumed");
    case EventKind::NodeJoined:
        return tr("Node joined");
    case EventKind::NodeReady:
        return tr("Node ready");
    case EventKind::NodeSuspect:
        return tr("Node late");
    case EventKind::NodeLost:
        return tr("Node lost");
    case EventKind::NodeBack:
        return tr("Node back");
    case EventKind::NodeLeft:
        return tr("Node left");
    case EventKind::NodeRefused:
        return tr("Node refused");
    case EventKind::NodeDraining:
        return tr("Node draining");
    case EventKind::NodeSetAside:
        return tr("Node set aside");
    case EventKind::NodeRestored:
        return tr("Node restored");
    case EventKind::ItemsRedispatched:
        return tr("Given out again");
    case EventKind::DuplicateRefused:
        return tr("Duplicate refused");
    case EventKind::ForeignResult:
        return tr("Foreign result");
    case EventKind::AccuracyNotShown:
        return tr("No accuracy");
    case EventKind::StoreTrouble:
        return tr("Database");
    default:
        return tr("Note");
    }
}

QString EventModel::groupText(EventKind kind)
{
    if (kind >= EventKind::RunCreated && kind <= EventKind::RunResumed)
        return tr("Runs");
    if (kind >= EventKind::NodeJoined && kind <= EventKind::NodeRestored)
        return tr("Nodes");
    if (kind >= EventKind::ItemsRedispatched && kind <= EventKind::ForeignResult)
        return tr("Pictures");
    return tr("Other");
}

NamedChoices EventModel::groups()
{
    return {{tr("Runs"), tr("Nodes"), tr("Pictures"), tr("Other")},
            {QStringLiteral("runs"), QStringLiteral("nodes"), QStringLiteral("pictures"), QStringLiteral("other")}};
}

NamedChoices EventModel::kinds()
{
    NamedChoices kinds;
    for (auto number = static_cast<int>(EventKind::RunCreated); number <= static_cast<int>(EventKind::Note); ++number) {
        const auto kind = static_cast<EventKind>(number);
        const std::string_view name = text::name(kind);
        kinds.texts << kindText(kind);
        kinds.keys << QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
    }
    return kinds;
}

int EventModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_events.size());
}

int EventModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant EventModel::data(const QModelIndex& index, int role) const
{
    const EventRecord* event = this->event(index);
    if (!event)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment((index.column() == RunColumn ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    if (role == LookRole)
        return index.column() == KindColumn                                   ? lookOf(event->kind)
               : index.column() == TextColumn || index.column() == NodeColumn ? QByteArray("text")
                                                                              : QByteArray("secondary");
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
        return {};
    switch (index.column()) {
    case TimeColumn:
        return QLocale().toString(QDateTime::fromMSecsSinceEpoch(event->at), QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    case RunColumn:
        return event->run == RunId() ? QStringLiteral("–") : QString::number(event->run.value);
    case KindColumn:
        return kindText(event->kind);
    case NodeColumn:
        return event->node.empty() ? QStringLiteral("–") : QString::fromStdString(event->node);
    default:
        return eventText(*event);
    }
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment((section == RunColumn ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    if (role != Qt::DisplayRole)
        return {};
    const QString names[] = {tr("When"), tr("Run"), tr("Kind"), tr("Node"), tr("What happened")};
    return section < ColumnCount ? names[section] : QString();
}

void EventFilter::setFilter(QStringList kinds, QStringList nodes, QStringList runs, QString text)
{
    m_kinds = std::move(kinds);
    m_nodes = std::move(nodes);
    m_runs = std::move(runs);
    m_text = std::move(text);
    invalidateFilter();
}

void EventFilter::setGone(RunId run, bool gone)
{
    if (gone)
        m_gone.insert(run);
    else
        m_gone.erase(run);
    invalidateFilter();
}

bool EventFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    const auto* model = static_cast<const EventModel*>(sourceModel());
    const EventRecord* event = model->event(model->index(row, 0, parent));
    if (!event || isGone(event->run))
        return false;
    if (!m_kinds.isEmpty() && !m_kinds.contains(EventModel::groupText(event->kind)) &&
        !m_kinds.contains(EventModel::kindText(event->kind)))
        return false;
    if (!m_nodes.isEmpty() && !m_nodes.contains(QString::fromStdString(event->node)))
        return false;
    if (!m_runs.isEmpty() && !m_runs.contains(QString::number(event->run.value)))
        return false;
    return m_text.isEmpty() || eventText(*event).contains(m_text, Qt::CaseInsensitive);
}

} // namespace vitfleet::app
