// SPDX-License-Identifier: GPL-3.0-or-later
// How far the run is: figures that add up, the seal at its end, the latest pictures.
#pragma once

#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

#include <QElapsedTimer>

class QGridLayout;
class QHBoxLayout;

namespace vitfleet::app {

class ConfusionView;
class JustIn;
class NodeTimeline;

class RunProgress : public QWidget
{
    Q_OBJECT
public:
    explicit RunProgress(const UiContext& context, QWidget* parent = nullptr);
    /// None: everything has its place and no value yet.
    void showRun(const RunSnapshot* run);
    /// "6,104 + 704 + 2 + 3,190 = 10,000"
    QString sum() const { return m_sum->text(); }
    Card& sealCard() { return *m_sealCard; }
    QString sealText() const { return m_seal->text(); }
    JustIn& justIn() { return *m_justIn; }
    ConfusionView& confusion() { return *m_confusion; }
    NodeTimeline& timeline() { return *m_timeline; }

Q_SIGNALS:
    void resultsRequested();
    void exportRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeFigures();
    void makeSeal();
    void showFigures(const RunSnapshot& run);
    void showSeal(const RunSnapshot* run);
    /// In a low window the seal is worth more than what each node did.
    void fitHeight();
    /// Counts the matrix again, as often as the database can bear.
    void followConfusion(const RunSnapshot& run);

    UiContext m_context;
    SteadyLabel* m_percent;
    SteadyLabel* m_rate;
    SteadyLabel* m_elapsed;
    SteadyLabel* m_eta;
    ElidedLabel* m_accuracy;
    SegmentBar* m_bar;
    QGridLayout* m_bottom = nullptr;
    QWidget* m_legend = nullptr;
    LegendEntry* m_done;
    LegendEntry* m_running;
    LegendEntry* m_failed;
    LegendEntry* m_queued;
    SteadyLabel* m_sum;
    Card* m_sealCard;
    QLabel* m_seal;
    JustIn* m_justIn;
    Card* m_confusionCard;
    ConfusionView* m_confusion;
    Card* m_nodesCard;
    NodeTimeline* m_timeline;
    RunId m_counted; ///< whose matrix is shown
    quint64 m_countedRows = 0;
    bool m_counting = false;
    QElapsedTimer m_sinceCount;
    qint64 m_countMs = 0; ///< what the last count took
};

} // namespace vitfleet::app
