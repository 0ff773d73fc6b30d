// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet at a glance: figures, throughput, nodes; or, while there is none, how to get one.
#pragma once

#include "app/ui/throughput_chart.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

#include <QStackedWidget>

class QAction;

namespace vitfleet::app {

class NodeModel;
class NodeTable;

class FleetPage : public QWidget
{
    Q_OBJECT
public:
    explicit FleetPage(const UiContext& context, QWidget* parent = nullptr);

    void update(const std::shared_ptr<const FleetSnapshot>& snapshot);
    void addEvents(const std::vector<EventRecord>& events);
    NodeTable& table() { return *m_table; }
    NodeModel& model() { return *m_model; }
    /// While there is no node: the card with the first steps.
    bool isEmpty() const { return m_stack->currentIndex() == 0; }
    void showAddNode();
    /// The keyboard begins at the first step, or at the nodes.
    void takeFocus();

Q_SIGNALS:
    void demoRequested();
    void runRequested(); ///< to the Run page

private:
    QWidget* makeHeader();
    QWidget* makeEmpty();
    QWidget* makeFleet();
    void makeNodeMenu();
    void toggleDrain();
    void updateHeader();
    void updateTiles(const FleetSnapshot& snapshot);
    void updateRunTiles(const RunSnapshot& run);
    void updateActions();
    const NodeSnapshot* selectedNode() const;

    UiContext m_context;
    NodeModel* m_model;
    NodeTable* m_table = nullptr;
    QStackedWidget* m_stack;
    ElidedLabel* m_subtitle;
    QPushButton* m_addNode;
    QPushButton* m_drain;
    QPushButton* m_remove;
    QPushButton* m_main; ///< Pause or continue the run, or set one up
    QPushButton* m_demo = nullptr;
    QAction* m_drainAction = nullptr;
    QAction* m_removeAction = nullptr;
    ThroughputChart* m_chart = nullptr;
    Tile* m_nodes = nullptr;
    Tile* m_rate = nullptr;
    Tile* m_done = nullptr;
    Tile* m_queue = nullptr;
    Tile* m_eta = nullptr;
    Tile* m_failed = nullptr;
};

} // namespace vitfleet::app
