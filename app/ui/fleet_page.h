// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet at a glance: figures, throughput, nodes; or, while there is none, how to get one.
#pragma once

#include "app/ui/page.h"
#include "app/ui/throughput_chart.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

#include <QStackedWidget>

class QSplitter;

namespace vitfleet::app {

class AllocationCards;
class FleetFigures;
class NodeActions;
class NodeGroups;
class NodeInspector;
class NodeModel;
class NodeTable;
class NodeTiles;
class Segmented;

class FleetPage : public Page
{
    Q_OBJECT
public:
    explicit FleetPage(const UiContext& context, QWidget* parent = nullptr);

    void update(const std::shared_ptr<const FleetSnapshot>& snapshot);
    void addEvents(const std::vector<EventRecord>& events);
    /// In the chart: the run may use so many nodes from now on; 0: all.
    void showResize(quint32 nodes);
    NodeTable& table() { return *m_table; }
    NodeModel& model() { return *m_model; }
    NodeGroups& groups() { return *m_groups; }
    NodeInspector& inspector() { return *m_inspector; }
    ThroughputChart& chart() { return *m_chart; }
    NodeActions& nodeActions() { return *m_actions; }
    AllocationCards& allocations() { return *m_allocations; }
    /// While there is no node: the card with the first steps.
    bool isEmpty() const { return m_stack->currentIndex() == 0; }
    void showAddNode();
    void showNode(NodeId node);

    void takeFocus() override;
    bool goBack() override;
    void refresh() override;
    QList<QWidget*> panes() const override;
    bool hasInspector() const override { return true; }
    void setInspectorShown(bool shown) override;

Q_SIGNALS:
    void demoRequested();
    void runRequested();
    void pauseRequested(bool paused); ///< to the Run page
    void inspectorRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fillHeader();
    QWidget* makeEmpty();
    QWidget* makeFleet();
    QWidget* makeChart();
    QWidget* makeNodes();
    void connectNodes();
    void showAs(int view);
    void updateHeader();
    void updateSelection();
    void updateHint();

    UiContext m_context;
    std::shared_ptr<const FleetSnapshot> m_snapshot; ///< what is shown
    NodeModel* m_model;
    NodeGroups* m_groups;
    NodeActions* m_actions;
    NodeTable* m_table = nullptr;
    NodeTiles* m_tiles = nullptr;
    NodeInspector* m_inspector = nullptr;
    Segmented* m_view = nullptr;
    Segmented* m_chartMode = nullptr;
    QStackedWidget* m_nodeStack = nullptr;
    AllocationCards* m_allocations;
    QStackedWidget* m_stack;
    ElidedLabel* m_subtitle;
    QPushButton* m_addNode;
    QPushButton* m_nodeMenu;
    QPushButton* m_main; ///< Pause or continue the run, or set one up
    QPushButton* m_demo = nullptr;
    QLabel* m_hint = nullptr;
    FleetFigures* m_figures = nullptr;
    QSplitter* m_split = nullptr; ///< the chart over the nodes
    Card* m_chartCard = nullptr;
    ThroughputChart* m_chart = nullptr;
};

} // namespace vitfleet::app
