// SPDX-License-Identifier: GPL-3.0-or-later
// What is left of the window while nodes are given back: how many there still are, and a way not to wait.
#pragma once

#include <QTimer>
#include <QWidget>

#include <chrono>

class QLabel;
class QPushButton;

namespace vitfleet::app {

class ScaleOut;

class Farewell : public QWidget
{
    Q_OBJECT
public:
    /// Begins to give back what does not stay.
    explicit Farewell(ScaleOut& scaleOut, QWidget* parent = nullptr);

    /// When the window has been closed: returns when nothing is left to wait for, when the person does not want to, or
    /// after a minute. What is left then is in the ledger, and given back at the next start.
    static void wait(ScaleOut& scaleOut);

    QString text() const;
    QPushButton& button() { return *m_leave; }

Q_SIGNALS:
    void finished();

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void look();

    ScaleOut& m_scaleOut;
    QLabel* m_what;
    QPushButton* m_leave;
    QTimer m_timer;
    std::chrono::steady_clock::time_point m_begun;
};

} // namespace vitfleet::app
