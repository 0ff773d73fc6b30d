// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/timed_stage.h"

namespace vitfleet::test {

using namespace app;

TimedStage::TimedStage(int pictures)
    : m_thumbnails("/no/such/decoder"), m_liveThumbnails("/no/such/decoder"), m_preview("/no/such/decoder")
{
    renew();
    if (pictures > 0)
        makeData(pictures);
    m_store = std::move(*openStore(database(), OpenMode::ReadWrite));
    const auto makeLink = [this](EventLoop& loop) {
        auto made = std::make_unique<ScriptedLink>(loop, script);
        m_loop = &loop;
        m_link = made.get();
        return made;
    };
    m_engine = std::make_unique<Engine>(Engine::Parts{*m_store, m_provisioner, makeLink, time});
    m_bridge = std::make_unique<EngineBridge>(*m_engine);
    m_results = std::make_unique<ResultsLoader>(*m_store);
    m_asker = std::make_unique<StoreAsker>(*m_store);
    m_theme.setMode(Theme::Mode::Light);
    window = std::make_unique<MainWindow>(UiContext{*m_bridge, m_history, *m_results, *m_asker, m_thumbnails,
                                                    m_liveThumbnails, m_preview, m_probe, m_theme, m_settings, m_undo});
    window->show();
    [[maybe_unused]] const bool isShown = QTest::qWaitForWindowExposed(window.get());
}

TimedStage::~TimedStage()
{
    time.flow(); // a run stops in the engine's own time
    window.reset();
    m_bridge.reset();
    m_engine.reset();
}

Script::Agent& TimedStage::addAgent(const std::string& address, Milliseconds perItem)
{
    Script::Agent& agent = script.agents[address];
    agent.answers = perItem.count() > 0;
    agent.perItem = perItem;
    agent.oneByOne = agent.seesFiles = true;
    return agent;
}

void TimedStage::start(const std::vector<std::string>& agents)
{
    // The data set is scanned in a thread of its own: the agents come when that is done, however long it takes.
    for (const std::string& name : agents)
        change(name, [](Script::Agent& agent) { agent.comesUp = false; });
    RunRequest asked = request(agents);
    asked.waitForNodes = true;
    m_bridge->startRun(asked, window.get(), [](const Result<RunId>& run) { QVERIFY(run.ok()); });
    const auto isScanned = [this] {
        advance(look);
        return run().scanComplete;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isScanned(), 60'000);
    for (const std::string& name : agents)
        m_link->restore(name);
    const auto isWorking = [&] {
        return std::ranges::all_of(agents, [this](const auto& name) { return node(name).leased > 0; });
    };
    QVERIFY(advanceUntil(isWorking, std::chrono::seconds(2)));
}

/// The store works in a thread of its own, and the window in this one: neither takes any of the test's time.
void TimedStage::catchUp()
{
    [[maybe_unused]] const auto flushed = m_store->writer().flush();
    ManualTime::settle(*m_loop);
    QCoreApplication::processEvents();
}

void TimedStage::advance(Milliseconds span)
{
    for (; span.count() > 0; span -= look) {
        time.advance(*m_loop, std::min(span, look));
        catchUp();
    }
}

void TimedStage::advanceToAge(const std::string& name, Milliseconds age)
{
    advance(Milliseconds(*node(name).lastBeat) + age - now());
}

void TimedStage::advanceFar(Milliseconds span)
{
    time.advance(*m_loop, span, look, 2);
    catchUp();
}

void TimedStage::finish()
{
    const auto isSealed = [this] {
        advance(look);
        return run().seal.has_value();
    };
    QTRY_VERIFY_WITH_TIMEOUT(isSealed(), 60'000);
}

NodeSnapshot TimedStage::node(const std::string& name) const
{
    const auto& nodes = m_bridge->snapshot()->nodes;
    const auto found = std::ranges::find(nodes, name, &NodeSnapshot::name);
    return found == nodes.end() ? NodeSnapshot() : *found;
}

QString TimedStage::cell(const std::string& name, NodeModel::Column column) const
{
    const NodeModel& model = window->fleetPage().model();
    for (int row = 0; row < model.rowCount(); ++row) {
        if (model.node(model.index(row, 0))->name == name)
            return model.index(row, column).data().toString();
    }
    return {};
}

std::size_t TimedStage::storedRows()
{
    const auto reader = m_store->openReader();
    const auto items = reader ? (*reader)->itemsWithResult(run().id) : Result<std::vector<ItemId>>(reader.error());
    return items ? items->size() : 0;
}

} // namespace vitfleet::test
