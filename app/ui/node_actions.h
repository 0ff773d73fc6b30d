// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done with one node, a selection or all of them, each after the chunk in hand or now. Nothing asks back:
// it can be undone instead.
#pragma once

#include "app/ui/ui_context.h"

#include <QObject>

#include <unordered_set>
#include <vector>

class QAction;
class QMenu;

namespace vitfleet::app {

class NodeActions : public QObject
{
    Q_OBJECT
public:
    explicit NodeActions(const UiContext& context, QObject* parent = nullptr);

    /// The nodes that the actions are about; none: all of them.
    void setSelection(std::vector<NodeId> nodes);
    QMenu* makeMenu(QWidget* parent) const;
    /// Sets texts and what can be used, from the fleet as it is now.
    void update();
    /// Nodes that are removed at the end of the undo time.
    const std::unordered_set<NodeId>& leaving() const { return m_leaving; }

    void drain(Engine::When when);
    void undrain();
    void restart();
    /// They keep their rows and can be started again.
    void stop(Engine::When when);
    void remove(Engine::When when);
    void copyAddress();

Q_SIGNALS:
    void leavingChanged();

private:
    std::vector<const NodeSnapshot*> targets() const;
    /// "node-03", "3 nodes", "all 8 nodes".
    QString nameOf(const std::vector<const NodeSnapshot*>& nodes) const;
    void registerActions();

    UiContext m_context;
    std::vector<NodeId> m_selection;
    std::unordered_set<NodeId> m_leaving;
    QAction* m_drain = nullptr;
    QAction* m_drainNow = nullptr;
    QAction* m_undrain = nullptr;
    QAction* m_restart = nullptr;
    QAction* m_stop = nullptr;
    QAction* m_stopNow = nullptr;
    QAction* m_remove = nullptr;
    QAction* m_removeNow = nullptr;
    QAction* m_copy = nullptr;
};

} // namespace vitfleet::app
