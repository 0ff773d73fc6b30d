// SPDX-License-Identifier: GPL-3.0-or-later
// Set up a run, start it, see it go and end.
#pragma once

#include "app/ui/page.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

#include <functional>
#include <optional>

class QScrollArea;

namespace vitfleet::app {

class DrillCard;
class EventList;
class RunNodes;
class RunProgress;
class RunSetUp;

class RunPage : public Page
{
    Q_OBJECT
public:
    explicit RunPage(const UiContext& context, QWidget* parent = nullptr);

    /// The active run, the last one, or none.
    void showRun(const std::optional<RunSnapshot>& run);
    void update(const FleetSnapshot& snapshot);
    void addEvents(const std::vector<EventRecord>& events);
    /// Starts the demo, whatever the fields hold, and shows it in them.
    void startDemo();
    /// Fills the fields with what a past run was.
    void clone(const RunRecord& run);
    /// Ends the run; it can be taken back, by going on with it.
    void stop();
    /// Ends it once nodes have finished what they hold; so can this.
    void drain();
    /// Continuing ends a drain, too.
    void setPaused(bool paused);
    void copyCommand();
    void takeFocus() override;
    QList<QWidget*> panes() const override;
    RunSetUp& setUp() { return *m_setUp; }
    DrillCard& drill() { return *m_drill; }
    RunProgress& progress() { return *m_progress; }

Q_SIGNALS:
    void runStarted();
    void resultsRequested();
    void exportRequested();
    /// The run may use so many nodes from now on; 0: all.
    void resized(quint32 nodes);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void fillHeader();
    void start(const RunRequest& request);
    void resume(RunId run);
    /// Asks for the nodes of the profile that is chosen, where they are not there for this run already, then goes.
    void withNodes(RunId run, std::function<void()> go);
    void onAnswer(const Result<RunId>& answer, bool again);
    void offerUndo(const QString& what, std::function<void()> undo);
    void showState(const RunSnapshot& run);
    void followDrain(const RunSnapshot* run);

    UiContext m_context;
    QLabel* m_state;
    ElidedLabel* m_note;
    QPushButton* m_copy;
    RunSetUp* m_setUp;
    RunNodes* m_nodes;
    RunProgress* m_progress;
    Card* m_eventCard;
    EventList* m_events;
    DrillCard* m_drill;
    QWidget* m_left;
    QScrollArea* m_scroll = nullptr;
    RunId m_run;
    bool m_showsDrill = false; ///< its report is kept in view until somebody scrolls or starts the next run
    RunId m_draining;          ///< ends as soon as nothing of it is being worked on
};

} // namespace vitfleet::app
