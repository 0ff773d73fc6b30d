// SPDX-License-Identifier: GPL-3.0-or-later
// Totals, always on the screen, and how old they are.
#pragma once

#include "app/core/snapshot.h"
#include "app/ui/widgets.h"

#include <QTimer>

namespace vitfleet::app {

class Undo;

class StatusBar : public QFrame
{
    Q_OBJECT
public:
    StatusBar(const QString& database, const Undo& undo, QWidget* parent = nullptr);
    void update(const FleetSnapshot& snapshot);

Q_SIGNALS:
    void undoRequested();

private:
    SteadyLabel* addFigure(QLabel*& word);
    void showAge();
    void showUndo();

    SteadyLabel* m_nodes;
    QLabel* m_nodesWord;
    SteadyLabel* m_rate;
    QLabel* m_rateWord;
    SteadyLabel* m_done;
    QLabel* m_doneWord;
    SteadyLabel* m_eta;
    QLabel* m_etaWord;
    const Undo& m_undo;
    QPushButton* m_undoButton;
    SteadyLabel* m_age;
    QTimer m_timer;
    UnixMs m_at = 0;
};

} // namespace vitfleet::app
