// SPDX-License-Identifier: GPL-3.0-or-later
// The scale-out benchmark: the same run on 1, 2, 4, 8, 10 … nodes, one after the other; of those at hand, or of a
// profile, which is asked for as many each time and gives them back at the end.
#pragma once

#include "app/models/fleet_source.h"
#ifndef Q_MOC_RUN // moc 6.4 stumbles over <concepts>
#include "app/core/run_spans.h"
#include "app/core/scaleout_report.h"
#endif

#include <QTimer>

#include <chrono>
#include <string>
#include <vector>

namespace vitfleet::app {

class ScaleOut;
class StoreAsker;

class ScaleOutBenchmark : public QObject
{
    Q_OBJECT
public:
    struct Point
    {
        std::uint32_t nodes = 0;
        double seconds = 0; ///< of the run
        RunId run;
        double startSeconds = 0; ///< from asking for the nodes until all of them are there; 0: they were
        /// From the first row to the last, from the first idle node to the end, images a second; 0: not known.
        double steadySeconds = 0, tailSeconds = 0, imagesPerSecond = 0;
        std::uint64_t items = 0;
        std::uint32_t nodesUsed = 0;
        bool synthetic = false;
    };
    /// Measured by others, on other hardware: what our own figures are drawn beside, normalised.
    struct Published
    {
        QString name;
        std::vector<Point> points; ///< of Spark NLP, without runs
        double huggingFace = 0;    ///< its speed-up on one node, against Spark NLP's
    };

    /// `scaleOut` null: of the nodes at hand only.
    ScaleOutBenchmark(FleetSource& fleet, StoreAsker& asker, ScaleOut* scaleOut, QObject* parent = nullptr);

    /// 1, 2, 4, 8, 10 and then doublings, up to `nodes`, which is always among them.
    static std::vector<std::uint32_t> counts(std::uint32_t nodes);
    /// 34,742 images on Databricks, single node to ten: docs/user-guide.md has the source.
    static const std::vector<Published>& published();
    /// Time with one node divided by the time with n.
    static double speedUp(const std::vector<Point>& points, std::size_t index);

    /// `profile` empty: of the nodes at hand.
    void start(const RunRequest& request, std::vector<std::uint32_t> counts, const std::string& profile = {});
    void stop();
    bool isRunning() const { return m_running; }
    const std::vector<Point>& points() const { return m_points; }
    /// For scaleout.csv and scaleout.svg.
    std::vector<ScaleoutPoint> report() const;
    /// What is going on, or why it ended.
    QString text() const { return m_text; }
    const Error& failure() const { return m_failure; }

Q_SIGNALS:
    void changed();

private:
    void next();
    void askForNodes();
    void lookForNodes();
    void run();
    void onSnapshot(const FleetSnapshot& snapshot);
    void measured(const Result<RunSpans>& spans);
    void finish(const QString& text);
    void fail(const Error& error);
    QString step() const; ///< which run of how many

    FleetSource& m_fleet;
    StoreAsker& m_asker;
    ScaleOut* m_scaleOut;
    RunRequest m_request;
    std::string m_profile;
    std::uint32_t m_before = 0; ///< nodes of the profile that were wanted before
    std::chrono::steady_clock::time_point m_askedAt;
    QTimer m_look; ///< whether the nodes are there
    Point m_point; ///< that is being measured
    std::vector<std::uint32_t> m_counts;
    std::vector<Point> m_points;
    std::size_t m_at = 0;
    RunId m_run;
    bool m_running = false;
    QString m_text;
    Error m_failure{ErrorCode::None, {}};
};

} // namespace vitfleet::app
