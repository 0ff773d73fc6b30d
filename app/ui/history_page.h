// SPDX-License-Identifier: GPL-3.0-or-later
// Past runs: looked at, cloned, compared, reported, deleted with undo; and the scale-out benchmark.
#pragma once

#include "app/ui/page.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

class QStackedWidget;

namespace vitfleet::app {

class CompareCard;
class PlainTable;
class RunHistory;
class ScaleOutCard;
class Segmented;

class HistoryPage : public Page
{
    Q_OBJECT
public:
    explicit HistoryPage(const UiContext& context, QWidget* parent = nullptr);

    void update(const FleetSnapshot& snapshot);
    RunHistory& model() { return *m_model; }
    PlainTable& table() { return *m_table; }
    CompareCard& comparison() { return *m_compare; }
    ScaleOutCard& scaleOut() { return *m_scaleOut; }
    void showScaleOut();
    void compareSelected();
    void deleteSelected();
    /// Writes the selected run's report; `file` empty asks for it.
    void report(const QString& file = {});
    /// The database could not be read; until it can again.
    void showUnreadable(const Error& error);
    QString message() const { return m_message->wholeText(); }

    void takeFocus() override;
    bool goBack() override;
    void refresh() override;
    QList<QWidget*> panes() const override;

Q_SIGNALS:
    void resultsRequested(RunId run);
    void cloneRequested(const RunRecord& run);
    void runRequested();
    void eventsRequested(RunId run);
    /// It was deleted, or that was taken back.
    void runHidden(RunId run, bool hidden);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* makeRuns();
    void connectActions();
    void updateActions();
    std::vector<RunId> selected() const;
    void setHidden(RunId run, bool hidden);
    void writeReport(RunId run, const QString& file);
    void say(const QString& message, const char* role);

    UiContext m_context;
    RunHistory* m_model;
    PlainTable* m_table;
    CompareCard* m_compare;
    ScaleOutCard* m_scaleOut;
    QStackedWidget* m_stack;
    Segmented* m_view;
    ElidedLabel* m_message;
    QPushButton* m_results;
    QPushButton* m_clone;
    QPushButton* m_compareButton;
    QPushButton* m_report;
    QPushButton* m_delete;
    bool m_isUnreadable = false;
    RunId m_active;  ///< the run that goes now
    RunId m_seenRun; ///< of the last snapshot
    RunState m_seenState = RunState::Invalid;
};

} // namespace vitfleet::app
