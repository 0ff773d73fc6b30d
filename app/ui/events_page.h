// SPDX-License-Identifier: GPL-3.0-or-later
// The log: typed, filtered by kind, node and run, followed while it grows; and the time scrubber below it.
#pragma once

#include "app/ui/page.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

class QLineEdit;
class QStackedWidget;
class QTimer;

namespace vitfleet::app {

class ChoiceChip;
class FilterChip;
class EventFilter;
class EventModel;
class PlainTable;
class ReplayCard;

class EventsPage : public Page
{
    Q_OBJECT
public:
    explicit EventsPage(const UiContext& context, QWidget* parent = nullptr);

    void addEvents(const std::vector<EventRecord>& events);
    void showNode(const QString& name);
    /// A run was deleted, or that was taken back.
    void setGone(RunId run, bool gone);
    EventModel& model() { return *m_model; }
    EventFilter& shown() { return *m_filter; }
    PlainTable& table() { return *m_table; }
    ReplayCard& replay() { return *m_replay; }
    ChoiceChip& kindFilter() { return *m_kind; }
    ChoiceChip& nodeFilter() { return *m_node; }
    ChoiceChip& runFilter() { return *m_run; }
    QString message() const { return m_message->wholeText(); }
    bool isFollowing() const { return m_follow->isChecked(); }

    void takeFocus() override;
    bool goBack() override;
    void refresh() override;
    QList<QWidget*> panes() const override;

Q_SIGNALS:
    void nodeRequested(const QString& name); ///< to its row on the Fleet page
    void runRequested();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void fillHeader();
    QWidget* makeFilters();
    void applyFilter();
    void fillFilters();
    QList<FilterChip*> chips() const;
    void rememberFilters();
    void restoreFilters();
    void clearFilters();
    void onSelected();
    void showWhetherNodeIsThere();
    void followEnd();

    UiContext m_context;
    EventModel* m_model;
    EventFilter* m_filter;
    PlainTable* m_table;
    ReplayCard* m_replay;
    QStackedWidget* m_stack;
    ChoiceChip* m_kind;
    ChoiceChip* m_node;
    ChoiceChip* m_run;
    QLineEdit* m_text;
    QPushButton* m_follow;
    QPushButton* m_toNode;
    QLabel* m_count;
    ElidedLabel* m_message;
    QWidget* m_filters = nullptr;
    QTimer* m_fillLater; ///< a filter must not change while its model tells of new rows
    bool m_filling = false;
    bool m_filtersAreOld = true;
};

} // namespace vitfleet::app
