// SPDX-License-Identifier: GPL-3.0-or-later
// What happened, oldest first: what the database kept, and then each event as it comes.
#pragma once

#include "app/models/named_choices.h"
#include "app/models/store_asker.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

#include <deque>
#include <set>

namespace vitfleet::app {

class EventModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column
    {
        TimeColumn,
        RunColumn,
        KindColumn,
        NodeColumn,
        TextColumn,
        ColumnCount
    };
    static constexpr int LookRole = Qt::UserRole + 200;
    static constexpr std::size_t keptEvents = 20'000;

    explicit EventModel(QObject* parent = nullptr);

    /// Reads what the database has; live events that come before the answer follow it.
    void load(StoreAsker& asker);
    void add(const std::vector<EventRecord>& events);
    const EventRecord* event(const QModelIndex& index) const;
    /// "Node lost", "Run started", …
    static QString kindText(EventKind kind);
    static QString groupText(EventKind kind);
    static NamedChoices groups();
    static NamedChoices kinds();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    /// The database could not be read.
    void failed(const vitfleet::Error& error);

private:
    void insert(const std::vector<EventRecord>& events);

    std::deque<EventRecord> m_events;
    std::vector<EventRecord> m_waiting; ///< live, while the database is being read
    bool m_loading = false;
};

/// Of one kind, node, run; and with a text somewhere.
class EventFilter : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;
    /// `kinds`: of groups, too.
    void setFilter(QStringList kinds, QStringList nodes, QStringList runs, QString text);
    /// What happened to a deleted run is nowhere to be seen, unless that is taken back.
    void setGone(RunId run, bool gone);
    bool isGone(RunId run) const { return m_gone.contains(run); }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    QStringList m_kinds, m_nodes, m_runs;
    QString m_text;
    std::set<RunId> m_gone;
};

} // namespace vitfleet::app
