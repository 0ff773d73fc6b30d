// SPDX-License-Identifier: GPL-3.0-or-later
// The real window over the real engine and a store on the disk, with scripted agents, on a time of the test's own.
#pragma once

#include "app/models/engine_bridge.h"
#include "app/models/fleet_history.h"
#include "app/models/node_model.h"
#include "app/models/results_loader.h"
#include "app/models/set_up_probe.h"
#include "app/models/store_asker.h"
#include "app/models/thumbnails.h"
#include "app/models/ui_settings.h"
#include "app/models/undo.h"
#include "app/ui/fleet_page.h"
#include "app/ui/main_window.h"
#include "app/ui/theme.h"
#include "tests/support/manual_time.h"
#include "tests/unit/engine/application.h"
#include "tests/unit/engine/run_folder.h"

#include <QtTest>

namespace vitfleet::test {

class TimedStage : public RunFolder
{
public:
    using Milliseconds = ManualTime::Milliseconds;

    explicit TimedStage(int pictures = 0);
    ~TimedStage();

    /// One that computes `perItem` for a picture; 0: it keeps what it is given.
    Script::Agent& addAgent(const std::string& address, Milliseconds perItem = Milliseconds(0));
    /// A run on these; returns once each of them has work.
    void start(const std::vector<std::string>& agents);
    /// What a view would see then is what the window shows.
    void advance(Milliseconds time);
    /// In hundred milliseconds at a time, until `reached`; false where that takes more than `most`.
    template <typename Reached>
    bool advanceUntil(Reached reached, Milliseconds most)
    {
        for (; !reached(); most -= look) {
            if (most < look)
                return false;
            advance(look);
        }
        return true;
    }
    /// Until its last heartbeat is so old. It must have fallen silent.
    void advanceToAge(const std::string& name, Milliseconds age);
    /// Hours: nothing but heartbeats comes.
    void advanceFar(Milliseconds time);
    /// Until the seal is there.
    void finish();

    app::NodeSnapshot node(const std::string& name) const;
    app::RunSnapshot run() const { return m_bridge->snapshot()->run.value_or(app::RunSnapshot()); }
    Milliseconds now() const { return Milliseconds(time.unixMs()); }
    /// What stands in the row of that node.
    QString cell(const std::string& name, app::NodeModel::Column column) const;
    app::FleetSource& fleet() { return *m_bridge; }
    ScriptedLink& link() { return *m_link; }
    /// A change of the script, between two of the engine's looks at it.
    template <typename Change>
    void change(const std::string& address, Change change)
    {
        const std::lock_guard lock(script.mutex);
        change(script.agents[address]);
    }
    /// Rows that the database has of the run.
    std::size_t storedRows();

    ManualTime time;
    Script script;

private:
    static constexpr Milliseconds look{100}; ///< as the engine looks
    void catchUp();

    NoProvisioner m_provisioner;
    std::unique_ptr<app::Store> m_store;
    ScriptedLink* m_link = nullptr;
    EventLoop* m_loop = nullptr;
    std::unique_ptr<app::Engine> m_engine;
    std::unique_ptr<app::EngineBridge> m_bridge;
    app::Theme m_theme;
    app::UiSettings m_settings;
    app::Undo m_undo;
    app::FleetHistory m_history;
    std::unique_ptr<app::ResultsLoader> m_results;
    std::unique_ptr<app::StoreAsker> m_asker;
    app::ThumbnailCache m_thumbnails, m_liveThumbnails, m_preview;
    app::SetUpProbe m_probe;

public:
    std::unique_ptr<app::MainWindow> window;
};

} // namespace vitfleet::test
