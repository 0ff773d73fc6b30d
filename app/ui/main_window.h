// SPDX-License-Identifier: GPL-3.0-or-later
// The window: rail, alert strip, pages, status bar.
#pragma once

#include "app/ui/ui_context.h"

#include <QMainWindow>

#include <optional>

class QButtonGroup;
class QLabel;
class QStackedWidget;
class QToolButton;
class QVBoxLayout;

namespace vitfleet::app {

class AlertStrip;
class FleetPage;
class ResultsPage;
class RunPage;
class StatusBar;

class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    enum Page
    {
        FleetPageIndex,
        RunPageIndex,
        ResultsPageIndex
    };

    explicit MainWindow(const UiContext& context, QWidget* parent = nullptr);

    void showPage(Page page);
    Page page() const;
    void startDemo();
    FleetPage& fleetPage() { return *m_fleet; }
    RunPage& runPage() { return *m_run; }
    ResultsPage& resultsPage() { return *m_results; }
    AlertStrip& alert() { return *m_alert; }
    StatusBar& status() { return *m_status; }

private:
    QWidget* makeRail();
    QToolButton* makeRailButton(const QString& text, const QString& icon);
    void makeShortcuts();
    void connectPages();
    void update(const std::shared_ptr<const FleetSnapshot>& snapshot);
    void onRunLoaded(const RunRecord& run, const std::optional<Seal>& seal);
    void goBack();
    void takeFocus();

    UiContext m_context;
    QStackedWidget* m_pages;
    FleetPage* m_fleet;
    RunPage* m_run;
    ResultsPage* m_results;
    QButtonGroup* m_railButtons;
    AlertStrip* m_alert;
    StatusBar* m_status;
    RunId m_shownRun;
    std::optional<RunSnapshot> m_stored; ///< the database's newest run, until there is one of this session
};

} // namespace vitfleet::app
