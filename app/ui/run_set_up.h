// SPDX-License-Identifier: GPL-3.0-or-later
// The card in which a run is set up, started, held and stopped.
#pragma once

#include "app/models/set_up_probe.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

class QCheckBox;
class QLabel;
class QTimer;

namespace vitfleet::app {

class NodeCountCurve;
class NodeSource;
class PathField;
class PrecisionField;
class PreviewStrip;
class RunAdvice;

class RunSetUp : public Card
{
    Q_OBJECT
public:
    explicit RunSetUp(const UiContext& context, QWidget* parent = nullptr);

    /// What the fields say.
    RunRequest request() const;
    /// Where its nodes come from: a profile's name, or empty for this machine; and how many are asked for.
    QString profile() const;
    quint32 profileNodes() const;
    void setRequest(const RunRequest& request);
    /// The run that is shown on the page, or none.
    void showRun(const RunSnapshot* run);
    /// Between pressing Start and the engine's answer.
    void setStarting(bool starting);
    void setMessage(const QString& text);
    /// It ends once nodes have finished what they hold.
    void setDraining(bool draining);
    void setData(const QString& path);
    /// What was dropped beside the fields: it finds out which of them it is for.
    void take(const QString& path);
    /// The fields can be filled: no run is going.
    bool isOpen() const { return !m_active && !m_starting; }
    void focusStart();
    /// The curve of predicted time, from what has been measured so far.
    void updatePrediction();
    NodeCountCurve& curve() { return *m_curve; }
    /// Below it, in words: what is predicted, and what came true.
    QString predicted() const;
    QString cameTrue() const;
    PreviewStrip& preview() { return *m_preview; }
    PathField& data() { return *m_data; }
    PathField& model() { return *m_model; }
    PrecisionField& precision() { return *m_precision; }
    NodeSource& source() { return *m_source; }
    /// What a run that goes was started with; the fields are away meanwhile.
    QString given() const;
    QString dataFacts() const;
    /// The same run for a terminal.
    QString commandLine() const;
    /// Empty where no run can go on.
    QString resumeCommand() const;

Q_SIGNALS:
    void startRequested();
    void resumeRequested();
    void pauseRequested(bool paused);
    void drainRequested();
    void stopRequested();
    void nodesRequested(quint32 nodes);

private:
    QWidget* makeFields();
    QWidget* makeGiven();
    void addNumbers();
    QWidget* makeButtons();
    void probe();
    void askRuns();
    void showRuns(const std::vector<RunRecord>& runs);
    void showNodesWanted(std::uint32_t nodes, bool begins);
    void showGiven(const RunSnapshot& run);
    void showCounted(const DataCount& count);
    void showPrediction();
    void chooseNodes(int nodes);
    void updateActions();
    void pressMain();
    double precisionFloor() const;
    QStringList addedNodes() const;
    quint64 limit() const;
    void showLimit();

    UiContext m_context;
    PathField* m_data;
    PathField* m_model;
    PreviewStrip* m_preview;
    PrecisionField* m_precision;
    NodeSource* m_source;
    QWidget* m_fields = nullptr;
    struct Given
    {
        ElidedLabel* text;
        QLabel* facts;
    };
    QWidget* m_givenGrid = nullptr;
    Given m_givenData{}, m_givenModel{}, m_givenPrecision{}; ///< of the run that goes
    NodeCountCurve* m_curve;
    RunAdvice* m_advice;
    ElidedLabel* m_predicted;
    ElidedLabel* m_cameTrue;
    Stepper* m_nodes;
    QLabel* m_message;
    QPushButton* m_start;
    QPushButton* m_pause;
    QPushButton* m_drain;
    QPushButton* m_stop;
    QPushButton* m_resume;
    QTimer* m_probeTimer;
    RunId m_run;
    bool m_finished = false;         ///< that run has
    int m_nodesInUse = 0;            ///< as asked for last
    std::uint32_t m_nodesWanted = 0; ///< as the run said last
    std::string m_runPrecision;      ///< of the run that goes
    RunRequest m_like;               ///< what the fields were set to: part of it has no field
    QCheckBox* m_limited;            ///< only so many of its pictures
    quint64 m_counted = 0;           ///< pictures of the data set in the field; 0: not known
    quint64 m_left = 0;              ///< of the run that is shown
    bool m_active = false, m_paused = false, m_canResume = false, m_starting = false, m_draining = false;
    bool m_hadFocus = false; ///< the button that started the run
};

} // namespace vitfleet::app
