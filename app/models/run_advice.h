// SPDX-License-Identifier: GPL-3.0-or-later
// How long a run takes on 1, 2, … nodes and what it costs: of the nodes at hand, from the speeds that were measured in
// this session; of a profile, from its finished runs, its start-up times and its price, as `vitfleet-cli fleet advise`
// tells it. What was predicted for a run is kept until it has ended, and then stands beside what came true.
#pragma once

#include "app/core/measured_runs.h"

#include <QObject>

#include <memory>
#include <optional>

namespace vitfleet::app {

class FleetHistory;
class ScaleOut;
class StoreAsker;

class RunAdvice : public QObject
{
    Q_OBJECT
public:
    /// The run that is being set up, that goes, or that has ended.
    struct SetUp
    {
        Profile profile; ///< where its nodes come from; without a name: this machine
        std::string modelPath, precision, backend;
        std::uint64_t items = 0; ///< that have no row yet; 0: not known
        std::uint32_t nodes = 0; ///< that the profile is asked for
        bool isActive = false;
        RunId ended; ///< the run that is shown, once it has finished
    };
    struct Prediction
    {
        std::vector<Advice> lines;        ///< for 1, 2, … nodes; empty: nothing has been measured yet
        std::vector<Advice> promised;     ///< what was predicted for `ended` before it began
        std::vector<RunThatWas> cameTrue; ///< finished runs of as many pictures, the newest first
        RunId ended;
        QString currency; ///< empty: it has no price
        /// Of `lines` or `promised`, for so many nodes; null: not told.
        static const Advice* find(const std::vector<Advice>& lines, std::size_t nodes);
        /// "0.0247 EUR", as the user writes numbers.
        QString money(double sum) const;
    };

    RunAdvice(const FleetHistory& history, StoreAsker& asker, const ScaleOut* scaleOut, QObject* parent = nullptr);

    /// Asks the database where it has to; changed() tells when there is an answer.
    void setSetUp(const SetUp& setUp);
    Prediction prediction() const;
    /// Start was pressed: what is predicted now is what will be held against the run,
    void promise();
    /// which got this number.
    void started(RunId run);

Q_SIGNALS:
    void changed();

private:
    void ask();
    std::vector<Advice> lines() const;
    bool isToldOfEnd() const;

    const FleetHistory& m_history;
    StoreAsker& m_asker;
    const ScaleOut* m_scaleOut;
    SetUp m_setUp;
    std::vector<MeasuredRun> m_runs;     ///< like the one that is set up
    std::shared_ptr<KnownSpans> m_known; ///< used in the asker's thread
    bool m_isAsking = false;
    int m_asksLeft = 0; ///< for the end of a run, which is written a moment after it is shown
    struct Promise
    {
        RunId run;
        std::uint64_t items = 0;
        std::vector<Advice> lines;
    } m_promise;
};

} // namespace vitfleet::app
