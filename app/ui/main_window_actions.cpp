// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that the window can do, with its names and keys.
#include "app/models/fleet_source.h"
#include "app/models/stored_run.h"
#include "app/models/ui_settings.h"
#include "app/models/undo.h"
#include "app/ui/actions.h"
#include "app/ui/command_palette.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/main_window.h"
#include "app/ui/node_actions.h"
#include "app/ui/results_page.h"
#include "app/ui/run_page.h"
#include "app/ui/run_set_up.h"
#include "app/ui/shell_words.h"
#include "app/ui/status_bar.h"
#include "app/ui/theme.h"

#include <QApplication>

namespace vitfleet::app {

void MainWindow::makeActions()
{
    Actions& actions = *m_context.actions;
    const auto keys = [](const char* text) { return QKeySequence(QLatin1String(text)); };
    const QString go = tr("Go to");
    const QString names[] = {tr("Fleet"), tr("Run"), tr("Results"), tr("History"), tr("Events"), tr("Settings")};
    for (int page = 0; page < PageCount; ++page) {
        actions.add(QStringLiteral("go.%1").arg(page), go, names[page],
                    QKeySequence(QStringLiteral("Ctrl+%1").arg(page + 1)), [this, page] {
                        showPage(static_cast<PageIndex>(page));
                        current().takeFocus();
                    });
    }
    actions.add(QStringLiteral("go.nextPane"), go, tr("Next pane"), keys("F6"), [this] { goToPane(1); });
    actions.add(QStringLiteral("go.previousPane"), go, tr("Previous pane"), keys("Shift+F6"), [this] { goToPane(-1); });
    makeRunActions();
    makeViewActions();
    const QString program = tr("Program");
    actions.add(QStringLiteral("program.palette"), program, tr("Find an action"), keys("Ctrl+K"),
                [this] { m_palette->open(); });
    actions.add(QStringLiteral("program.undo"), program, tr("Undo"), keys("Ctrl+Z"), [this] { m_context.undo.undo(); });
    actions.add(QStringLiteral("program.quit"), program, tr("Quit"), keys("Ctrl+Q"), [this] { close(); });
}

void MainWindow::makeRunActions()
{
    Actions& actions = *m_context.actions;
    const auto keys = [](const char* text) { return QKeySequence(QLatin1String(text)); };
    const QString run = tr("Run");
    const QString nodes = tr("Nodes");
    actions.add(
        QStringLiteral("run.new"), run, tr("New run"), keys("Ctrl+N"),
        [this] {
            showPage(RunPageIndex);
            m_run->takeFocus();
        },
        [this] { return m_run->setUp().commandLine(); });
    actions.add(
        QStringLiteral("run.demo"), run, tr("Start the demo fleet"), {}, [this] { startDemo(); },
        [this] {
            QStringList words{QStringLiteral("vitfleet-cli"), QStringLiteral("run"),
                              QStringLiteral("--data"),       m_context.demoData,
                              QStringLiteral("--model"),      m_context.demoModel,
                              QStringLiteral("--local"),      QString::number(m_context.demoAgents)};
            if (m_context.demoLimit > 0)
                words << QStringLiteral("--limit") << QString::number(m_context.demoLimit);
            return shellLine(words);
        });
    actions.add(QStringLiteral("run.pause"), run, tr("Pause the run"), keys("Ctrl+P"), [this] {
        const auto& shown = m_context.fleet.snapshot()->run;
        m_run->setPaused(shown && !shown->paused);
    });
    actions.add(QStringLiteral("run.drain"), run, tr("Drain the run, then stop it"), {}, [this] { m_run->drain(); });
    actions.add(QStringLiteral("run.stop"), run, tr("Stop the run"), {}, [this] { m_run->stop(); });
    actions.add(
        QStringLiteral("run.copy"), run, tr("Copy the run as a command"), keys("Ctrl+Shift+C"),
        [this] { m_run->copyCommand(); }, [this] { return m_run->setUp().commandLine(); });
    actions.add(QStringLiteral("nodes.add"), nodes, tr("Add a node"), keys("Ctrl+Shift+N"), [this] {
        showPage(FleetPageIndex);
        m_fleet->showAddNode();
    });
    const std::tuple<QString, QString, ResultsPage::Only> views[] = {
        {QStringLiteral("results.wrong"), tr("Show only what was labelled wrong"), ResultsPage::Only::Wrong},
        {QStringLiteral("results.errors"), tr("Show only errors"), ResultsPage::Only::Errors},
        {QStringLiteral("results.all"), tr("Show all results"), ResultsPage::Only::Everything}};
    for (const auto& [id, text, only] : views)
        actions.add(id, tr("Results"), text, {}, [this, only = only] {
            showPage(ResultsPageIndex);
            m_results->showOnly(only);
        });
    actions.add(
        QStringLiteral("results.export"), tr("Results"), tr("Export what is shown"), keys("Ctrl+E"),
        [this] {
            showPage(ResultsPageIndex);
            m_results->exportShown();
        },
        [this] { return m_results->exportCommand(); });
}

void MainWindow::makeViewActions()
{
    Actions& actions = *m_context.actions;
    const auto keys = [](const char* text) { return QKeySequence(QLatin1String(text)); };
    const QString view = tr("View");
    const QString history = tr("History");
    actions.add(QStringLiteral("history.scaleOut"), history, tr("Scale-out benchmark"), {}, [this] {
        showPage(HistoryPageIndex);
        m_history->showScaleOut();
    });
    m_inspectorAction = actions.add(QStringLiteral("view.inspector"), view, tr("Show the inspector"), keys("F9"),
                                    [this] { setInspectorShown(!inspectorIsShown(page())); });
    actions.add(QStringLiteral("view.refresh"), view, tr("Read everything again"), keys("F5"), [this] {
        update(m_context.fleet.snapshot());
        current().refresh();
    });
    actions.add(QStringLiteral("view.back"), view, tr("Back: selection, filters, alert"), keys("Esc"),
                [this] { goBack(); });
    const std::pair<Theme::Mode, QString> modes[] = {{Theme::Mode::System, tr("Look: as the system")},
                                                     {Theme::Mode::Light, tr("Look: light")},
                                                     {Theme::Mode::Dark, tr("Look: dark")}};
    for (const auto& [mode, text] : modes)
        actions.add(QStringLiteral("view.look%1").arg(static_cast<int>(mode)), view, text, {}, [this, mode = mode] {
            m_context.theme.setMode(mode);
            m_context.settings.set(QStringLiteral("appearance/theme"), static_cast<int>(mode));
        });
    actions.add(QStringLiteral("view.resetLayout"), view, tr("Layout as on the first day"), {},
                [this] { resetLayout(); });
}

void MainWindow::updateActions()
{
    Actions& actions = *m_context.actions;
    const auto& run = m_context.fleet.snapshot()->run;
    const bool active = run && isActive(*run);
    QAction* pause = actions.action(QStringLiteral("run.pause"));
    pause->setText(active && run->paused ? tr("Continue the run") : tr("Pause the run"));
    Actions::setUsable(pause, active, tr("No run is going."));
    for (const char* id : {"run.stop", "run.drain"})
        Actions::setUsable(actions.action(QLatin1String(id)), active, tr("No run is going."));
    Actions::setUsable(actions.action(QStringLiteral("run.demo")), !active && !m_context.demoData.isEmpty(),
                       active ? tr("A run is going.") : tr("The demo's files were not found beside the program."));
    QAction* undo = actions.action(QStringLiteral("program.undo"));
    undo->setText(m_context.undo.isOffered() ? tr("Undo: %1").arg(m_context.undo.what()) : tr("Undo"));
    Actions::setUsable(undo, m_context.undo.isOffered(), tr("There is nothing to undo."));
    m_inspectorAction->setText(inspectorIsShown(page()) ? tr("Hide the inspector") : tr("Show the inspector"));
    Actions::setUsable(m_inspectorAction, current().hasInspector(), tr("This page has no inspector."));
    for (const char* id : {"results.export", "results.wrong", "results.errors", "results.all"})
        Actions::setUsable(actions.action(QLatin1String(id)), m_results->hasRows(), tr("There are no rows yet."));
}

} // namespace vitfleet::app
