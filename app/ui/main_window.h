// SPDX-License-Identifier: GPL-3.0-or-later
// The window: rail, alert strip, pages, status bar. Everything that it can do is an action with a name.
#pragma once

#include "app/ui/ui_context.h"

#include <QMainWindow>

#include <optional>
#include <set>
#include <vector>

class QButtonGroup;
class QStackedWidget;
class QToolButton;

namespace vitfleet::app {

class AlertStrip;
class CommandPalette;
class EventsPage;
class FleetPage;
class HistoryPage;
class Notifier;
class Page;
class ResultsPage;
class RunPage;
class SettingsPage;
class StatusBar;

class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    enum PageIndex
    {
        FleetPageIndex,
        RunPageIndex,
        ResultsPageIndex,
        HistoryPageIndex,
        EventsPageIndex,
        SettingsPageIndex,
        PageCount
    };

    explicit MainWindow(const UiContext& context, QWidget* parent = nullptr);
    ~MainWindow() override;

    void showPage(PageIndex page);
    PageIndex page() const;
    void startDemo();
    FleetPage& fleetPage() { return *m_fleet; }
    RunPage& runPage() { return *m_run; }
    ResultsPage& resultsPage() { return *m_results; }
    HistoryPage& historyPage() { return *m_history; }
    EventsPage& eventsPage() { return *m_events; }
    SettingsPage& settingsPage() { return *m_settingsPage; }
    Notifier& notifier() { return *m_notifier; }
    AlertStrip& alert() { return *m_alert; }
    StatusBar& status() { return *m_status; }
    Actions& actions() { return *m_context.actions; }
    CommandPalette& palette() { return *m_palette; }

public Q_SLOTS:
    /// To the front, for a second start with the same database.
    void present();

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QWidget* makeRail();
    QToolButton* makeRailButton(const QString& text, const QString& icon);
    void makeActions();
    void makeRunActions();
    void makeViewActions();
    void connectPages();
    void connectHistory();
    void showResultsOf(RunId run);
    /// On the results page, instead of one of the history.
    void showNewest();
    /// A deleted run is nowhere to be seen, unless that is taken back.
    void setGone(RunId run, bool gone);
    /// What pages show: the engine's last snapshot, without a run that was deleted.
    std::shared_ptr<const FleetSnapshot> shown(const std::shared_ptr<const FleetSnapshot>& snapshot) const;
    void showNodeNamed(const QString& name);
    void update(const std::shared_ptr<const FleetSnapshot>& latest);
    void updateActions();
    /// On the results page.
    std::optional<RunSnapshot> shownRun() const;
    void onRunLoaded(const RunRecord& run, const std::optional<Seal>& seal);
    void goBack();
    void goToPane(int step);
    void setInspectorShown(bool shown);
    bool inspectorIsShown(int page) const;
    void restoreLayout();
    void saveLayout();
    void resetLayout();
    Page& current() const;

    UiContext m_context;
    std::vector<Page*> m_allPages; ///< by PageIndex
    QStackedWidget* m_pages;
    FleetPage* m_fleet;
    RunPage* m_run;
    ResultsPage* m_results;
    HistoryPage* m_history;
    EventsPage* m_events;
    SettingsPage* m_settingsPage = nullptr; ///< made last: it lists every action
    Notifier* m_notifier;
    QButtonGroup* m_railButtons;
    QWidget* m_rail = nullptr;
    AlertStrip* m_alert;
    StatusBar* m_status;
    CommandPalette* m_palette = nullptr;
    QAction* m_inspectorAction = nullptr;
    RunId m_shownRun;
    std::set<RunId> m_gone;              ///< deleted
    std::optional<RunSnapshot> m_pinned; ///< of the history, shown on the results page
    std::optional<RunSnapshot> m_stored; ///< the database's newest run, until there is one of this session
};

} // namespace vitfleet::app
