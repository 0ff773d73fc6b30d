// SPDX-License-Identifier: GPL-3.0-or-later
// An application of a test: a real engine with a real scheduler and a real store, and agents that follow a script.
#pragma once

#include "app/core/engine.h"
#include "app/store/sqlite_store.h"
#include "tests/unit/engine/scripted_link.h"

#include <filesystem>
#include <future>

namespace vitfleet::test {

using namespace vitfleet::app;

class NoProvisioner : public Provisioner
{
public:
    std::vector<std::vector<int>> partitionCores(std::uint32_t agents) const override
    {
        return std::vector<std::vector<int>>(agents);
    }
    void start(const LocalAgentRequest&, std::function<void(Result<StartedAgent>)> done) override
    {
        done(Error{ErrorCode::AgentStart, "there are none in this test"});
    }
    void stop(const std::string&) override {}
    bool kill(const std::string&) override { return false; }
    void stopAll() override {}
    void onExited(std::function<void(const std::string&, const std::string&)>) override {}
};

/// One application: its store, its engine, its link.
struct Application
{
    Application(const std::filesystem::path& database, Script& script)
        : store(std::move(*openStore(database, OpenMode::ReadWrite))),
          engine(std::make_unique<Engine>(Engine::Parts{*store, provisioner, [this, &script](EventLoop& loop) {
                                                            auto made = std::make_unique<ScriptedLink>(loop, script);
                                                            link = made.get();
                                                            return made;
                                                        }}))
    {
    }

    Result<RunId> start(const RunRequest& request)
    {
        std::promise<Result<RunId>> promise;
        engine->startRun(request, [&promise](Result<RunId> result) { promise.set_value(std::move(result)); });
        return promise.get_future().get();
    }
    Result<RunId> resume(RunId run)
    {
        std::promise<Result<RunId>> promise;
        engine->resumeRun(run, [&promise](Result<RunId> result) { promise.set_value(std::move(result)); });
        return promise.get_future().get();
    }
    void stop()
    {
        std::promise<void> promise;
        engine->stopRun([&promise](const Result<void>&) { promise.set_value(); });
        promise.get_future().wait();
    }
    RunSnapshot run() const { return engine->snapshot()->run.value_or(RunSnapshot()); }

    NoProvisioner provisioner;
    std::unique_ptr<Store> store;
    ScriptedLink* link = nullptr;
    std::unique_ptr<Engine> engine;
};

} // namespace vitfleet::test
