// SPDX-License-Identifier: GPL-3.0-or-later
// One node in depth: what it is and does, its gauges, a minute of history, its last errors and the end of its log.
#pragma once

#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

#include <QFrame>

#include <deque>

class QPlainTextEdit;
class QTimer;

namespace vitfleet::app {

class FactGrid;
class Gauge;
class Sparkline;

class NodeInspector : public QFrame
{
    Q_OBJECT
public:
    explicit NodeInspector(const UiContext& context, QWidget* parent = nullptr);

    /// 0: none.
    void setNode(NodeId node);
    NodeId node() const { return m_node; }
    void update();
    void addEvents(const std::vector<EventRecord>& events);
    QString errorsText() const { return m_errors->text(); }
    QString gpuText() const;
    QString factsText() const;
    /// Where the log is, or its title where it is shown.
    QString logText() const { return m_logTitle->text(); }
    QSize sizeHint() const override { return {320, 400}; }

private:
    QWidget* makeBody();
    void showNode(const NodeSnapshot& node);
    QString transferText(const NodeSnapshot& node) const;
    void showFacts(const NodeSnapshot& node);
    void showGauges(const NodeSnapshot& node);
    void showHistory(const NodeSnapshot& node);
    void showErrors();
    void askLog();
    void showLog(const QString& file, const QString& text);

    UiContext m_context;
    NodeId m_node;
    QString m_name, m_logFile;
    QLabel* m_title;
    QLabel* m_state;
    QLabel* m_doing;
    QLabel* m_nothing;
    QWidget* m_body;
    Gauge* m_cpu;
    Gauge* m_memory;
    Gauge* m_gpu;
    Gauge* m_beat;
    Sparkline* m_rate;
    Sparkline* m_load;
    FactGrid* m_facts;
    QLabel* m_errors;
    QLabel* m_logTitle;
    QPlainTextEdit* m_log;
    QTimer* m_logTimer;
    struct Trouble
    {
        QString node, text;
    };
    std::deque<Trouble> m_troubles; ///< newest first
};

} // namespace vitfleet::app
