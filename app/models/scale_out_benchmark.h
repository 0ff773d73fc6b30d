// SPDX-License-Identifier: GPL-3.0-or-later
// The scale-out benchmark: the same run on 1, 2, 4, 8, 10 … of the nodes at hand, one after the other.
#pragma once

#include "app/models/fleet_source.h"

#include <vector>

namespace vitfleet::app {

class ScaleOutBenchmark : public QObject
{
    Q_OBJECT
public:
    struct Point
    {
        std::uint32_t nodes = 0;
        double seconds = 0;
        RunId run;
    };
    /// Measured by others, on other hardware: what our own figures are drawn beside, normalised.
    struct Published
    {
        const char* name;
        std::vector<Point> points; ///< without runs
    };

    explicit ScaleOutBenchmark(FleetSource& fleet, QObject* parent = nullptr);

    /// 1, 2, 4, 8, 10 and then doublings, up to `nodes`, which is always among them.
    static std::vector<std::uint32_t> counts(std::uint32_t nodes);
    /// 34,742 images on Databricks, single node to ten: docs/user-guide.md has the source.
    static const std::vector<Published>& published();
    /// Time with one node divided by the time with n.
    static double speedUp(const std::vector<Point>& points, std::size_t index);

    void start(const RunRequest& request, std::vector<std::uint32_t> counts);
    void stop();
    bool isRunning() const { return m_running; }
    const std::vector<Point>& points() const { return m_points; }
    /// What is going on, or why it ended.
    QString text() const { return m_text; }
    const Error& failure() const { return m_failure; }

Q_SIGNALS:
    void changed();

private:
    void next();
    void onSnapshot(const FleetSnapshot& snapshot);
    void finish(const QString& text);

    FleetSource& m_fleet;
    RunRequest m_request;
    std::vector<std::uint32_t> m_counts;
    std::vector<Point> m_points;
    std::size_t m_at = 0;
    RunId m_run;
    bool m_running = false;
    QString m_text;
    Error m_failure{ErrorCode::None, {}};
};

} // namespace vitfleet::app
