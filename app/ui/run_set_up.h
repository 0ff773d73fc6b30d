// SPDX-License-Identifier: GPL-3.0-or-later
// The card in which a run is set up, started, held and stopped.
#pragma once

#include "app/models/set_up_probe.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QTimer;

namespace vitfleet::app {

class NodeCountCurve;
class PreviewStrip;

class RunSetUp : public Card
{
    Q_OBJECT
public:
    explicit RunSetUp(const UiContext& context, QWidget* parent = nullptr);

    /// What the fields say.
    RunRequest request() const;
    void setRequest(const RunRequest& request);
    /// The run that is shown on the page, or none.
    void showRun(const RunSnapshot* run);
    /// Between pressing Start and the engine's answer.
    void setStarting(bool starting);
    void setMessage(const QString& text);
    void setData(const QString& path);
    void focusStart();
    /// The curve of predicted time, from what has been measured so far.
    void updatePrediction();
    NodeCountCurve& curve() { return *m_curve; }
    PreviewStrip& preview() { return *m_preview; }
    QString dataFacts() const { return m_dataFacts->wholeText(); }
    /// The same run for a terminal.
    QString commandLine() const;

Q_SIGNALS:
    void startRequested();
    void resumeRequested();
    void pauseRequested(bool paused);
    void stopRequested();
    void nodesRequested(quint32 nodes);

private:
    void addPath(const QString& name, QLineEdit* edit, ElidedLabel* facts, std::initializer_list<QPushButton*> choose);
    void addNumbers();
    QHBoxLayout* makeButtons();
    void chooseDirectory(QLineEdit* edit, const QString& title);
    void chooseFile();
    void probe();
    void showCounted(const DataCount& count);
    void updateActions();
    void pressMain();

    UiContext m_context;
    QLineEdit* m_data;
    QLineEdit* m_model;
    ElidedLabel* m_dataFacts;
    ElidedLabel* m_modelFacts;
    PreviewStrip* m_preview;
    NodeCountCurve* m_curve;
    ElidedLabel* m_predicted;
    Stepper* m_agents;
    Stepper* m_nodes;
    QLabel* m_message;
    QPushButton* m_start;
    QPushButton* m_pause;
    QPushButton* m_stop;
    QPushButton* m_resume;
    QTimer* m_probeTimer;
    RunId m_run;
    int m_nodesInUse = 0; ///< as asked for last
    quint64 m_limit = 0;
    quint64 m_counted = 0; ///< pictures of the data set in the field; 0: not known
    quint64 m_left = 0;    ///< of the run that is shown
    bool m_active = false, m_paused = false, m_canResume = false, m_starting = false;
    bool m_hadFocus = false; ///< the button that started the run
};

} // namespace vitfleet::app
