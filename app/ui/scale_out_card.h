// SPDX-License-Identifier: GPL-3.0-or-later
// The scale-out benchmark with its drawing: measured against linear and against published figures, which are said to
// come from other hardware.
#pragma once

#include "app/models/scale_out_benchmark.h"
#include "app/ui/chart.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

namespace vitfleet::app {

class ChoiceBox;

class SpeedUpChart : public Chart
{
    Q_OBJECT
public:
    explicit SpeedUpChart(const Theme& theme, QWidget* parent = nullptr);
    void setPoints(std::vector<ScaleOutBenchmark::Point> points);
    QSize sizeHint() const override { return {600, 300}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintHuggingFace(QPainter& painter, const QRectF& area, double most) const;
    void paintSeries(QPainter& painter, const QRectF& area, double most,
                     const std::vector<ScaleOutBenchmark::Point>& points, const QColor& colour, const QString& name,
                     bool measured) const;

    std::vector<ScaleOutBenchmark::Point> m_points;
};

class ScaleOutCard : public Card
{
    Q_OBJECT
public:
    explicit ScaleOutCard(const UiContext& context, QWidget* parent = nullptr);
    /// What is run again and again.
    void setRequest(const RunRequest& request);
    void update(const FleetSnapshot& snapshot);
    ScaleOutBenchmark& benchmark() { return *m_scaleOut; }
    QString tableText() const { return m_table->text(); }
    QPushButton& button() { return *m_start; }
    /// Where the nodes come from: those at hand, or a profile; and the most of them.
    ChoiceBox& source() { return *m_source; }
    Stepper& count() { return *m_count; }
    /// Writes scaleout.csv and scaleout.svg; `folder` empty asks for it.
    void save(const QString& folder = {});
    QString text() const { return m_text->text(); }
    /// The same for a terminal; empty with the nodes at hand.
    QString commandLine() const;

protected:
    /// Profiles may have been changed on another page.
    void showEvent(QShowEvent* event) override;

private:
    void press();
    void show();
    void loadProfiles();
    std::vector<std::uint32_t> counts() const;
    QString tableHtml() const;

    UiContext m_context;
    ScaleOutBenchmark* m_scaleOut;
    RunRequest m_request;
    SpeedUpChart* m_chart;
    QLabel* m_what;
    QLabel* m_text;
    QLabel* m_table;
    QPushButton* m_start;
    QPushButton* m_save;
    ChoiceBox* m_source;
    Stepper* m_count;
    QString m_said; ///< what became of the files
    std::uint32_t m_online = 0;
    bool m_runIsGoing = false;
};

} // namespace vitfleet::app
