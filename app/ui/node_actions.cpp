// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_actions.h"

#include "app/models/counted.h"
#include "app/models/fleet_source.h"
#include "app/models/undo.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"

#include <QApplication>
#include <QClipboard>
#include <QMenu>

#include <algorithm>

namespace vitfleet::app {
namespace {

bool isResting(const NodeSnapshot& node)
{
    return node.state == NodeState::Draining || node.state == NodeState::Drained;
}

bool isWorking(const NodeSnapshot& node)
{
    return node.state == NodeState::Online || node.state == NodeState::Suspect || node.state == NodeState::Preparing ||
           node.state == NodeState::SetAside;
}

/// One of a profile would cost on while it is stopped: it is drained, or removed and so given back.
bool canStop(const NodeSnapshot& node)
{
    return node.provider.empty() && (isWorking(node) || isResting(node) || node.state == NodeState::Starting ||
                                     node.state == NodeState::Connecting);
}

/// An agent of this machine that can be started anew; one that is only silent may come back by itself.
bool hasEnded(const NodeSnapshot& node)
{
    return node.local && (node.state == NodeState::Lost || node.state == NodeState::Left);
}

bool canStart(const NodeSnapshot& node)
{
    return node.state == NodeState::Stopped || hasEnded(node);
}

std::vector<NodeId> idsOf(const std::vector<const NodeSnapshot*>& nodes)
{
    std::vector<NodeId> ids;
    for (const NodeSnapshot* node : nodes)
        ids.push_back(node->id);
    return ids;
}

} // namespace

NodeActions::NodeActions(const UiContext& context, QObject* parent) : QObject(parent), m_context(context)
{
    registerActions();
    update();
}

void NodeActions::registerActions()
{
    Actions& actions = *m_context.actions;
    const QString group = tr("Nodes");
    using When = Engine::When;
    m_drain = actions.add(QStringLiteral("nodes.drain"), group, {}, {}, [this] { drain(When::AfterChunk); });
    m_drainNow = actions.add(QStringLiteral("nodes.drainNow"), group, {}, {}, [this] { drain(When::Now); });
    m_undrain = actions.add(QStringLiteral("nodes.undrain"), group, {}, {}, [this] { undrain(); });
    m_restart = actions.add(QStringLiteral("nodes.restart"), group, {}, {}, [this] { restart(); });
    m_stop = actions.add(QStringLiteral("nodes.stop"), group, {}, {}, [this] { stop(When::AfterChunk); });
    m_stopNow = actions.add(QStringLiteral("nodes.stopNow"), group, {}, {}, [this] { stop(When::Now); });
    m_remove = actions.add(QStringLiteral("nodes.remove"), group, {}, {}, [this] { remove(When::AfterChunk); });
    m_removeNow = actions.add(QStringLiteral("nodes.removeNow"), group, {}, {}, [this] { remove(When::Now); });
    // What the queue managers of other clusters call it.
    for (const char* id : {"nodes.drain", "nodes.drainNow"})
        actions.setOtherWords(QLatin1String(id), tr("pause hold node"));
    actions.setOtherWords(QStringLiteral("nodes.undrain"), tr("continue resume node"));
    for (const char* id : {"nodes.stop", "nodes.stopNow"})
        actions.setOtherWords(QLatin1String(id), tr("end disconnect node"));
    for (const char* id : {"nodes.remove", "nodes.removeNow"})
        actions.setOtherWords(QLatin1String(id), tr("delete forget node"));
    m_copy = actions.add(QStringLiteral("nodes.copyAddress"), group, {}, {}, [this] { copyAddress(); });
}

QMenu* NodeActions::makeMenu(QWidget* parent) const
{
    auto* menu = new QMenu(parent);
    menu->setToolTipsVisible(true);
    Actions::setDoes(menu->menuAction(), {QStringLiteral("nodes.menu")});
    menu->addActions({m_drain, m_drainNow, m_undrain});
    menu->addSeparator();
    menu->addActions({m_stop, m_stopNow, m_restart});
    menu->addSeparator();
    menu->addActions({m_remove, m_removeNow});
    menu->addSeparator();
    menu->addAction(m_copy);
    return menu;
}

void NodeActions::setSelection(std::vector<NodeId> nodes)
{
    m_selection = std::move(nodes);
    update();
}

std::vector<const NodeSnapshot*> NodeActions::targets() const
{
    std::vector<const NodeSnapshot*> nodes;
    for (const NodeSnapshot& node : m_context.fleet.snapshot()->nodes) {
        if (m_selection.empty() || std::ranges::find(m_selection, node.id) != m_selection.end())
            nodes.push_back(&node);
    }
    return nodes;
}

/// Some of the targets, or all of them.
QString NodeActions::nameOf(const std::vector<const NodeSnapshot*>& nodes) const
{
    if (nodes.size() == 1)
        return QString::fromStdString(nodes.front()->name);
    const QString text = counted::nodes(nodes.size());
    return m_selection.empty() && nodes.size() == m_context.fleet.snapshot()->nodes.size() ? tr("all %1").arg(text)
                                                                                           : text;
}

void NodeActions::update()
{
    const auto nodes = targets();
    const auto working = static_cast<std::size_t>(
        std::ranges::count_if(nodes, [](const NodeSnapshot* node) { return isWorking(*node); }));
    const auto resting = static_cast<std::size_t>(
        std::ranges::count_if(nodes, [](const NodeSnapshot* node) { return isResting(*node); }));
    const bool canStopSome = std::ranges::any_of(nodes, [](const NodeSnapshot* node) { return canStop(*node); });
    const bool canStartSome = std::ranges::any_of(nodes, [](const NodeSnapshot* node) { return canStart(*node); });
    const bool isOfProfile =
        std::ranges::any_of(nodes, [](const NodeSnapshot* node) { return !node->provider.empty(); });
    const QString all = nameOf(nodes);
    m_drain->setText(tr("Drain %1 after this chunk").arg(all));
    m_drainNow->setText(tr("Drain %1 now").arg(all));
    m_undrain->setText(tr("Let %1 take work again").arg(all));
    m_restart->setText(tr("Start %1 again").arg(all));
    m_stop->setText(tr("Stop %1 after this chunk").arg(all));
    m_stopNow->setText(tr("Stop %1 now").arg(all));
    m_remove->setText(tr("Remove %1 after this chunk").arg(all));
    m_removeNow->setText(tr("Remove %1 now").arg(all));
    m_copy->setText(tr("Copy the address of %1").arg(all));
    const QString none = tr("There is no node.");
    const auto set = [&](QAction* action, bool usable, const QString& why) {
        Actions::setUsable(action, usable, nodes.empty() ? none : why);
        action->setToolTip(usable ? QString() : Actions::whyNot(action));
    };
    const QString notOnline = tr("Only a node that is online can be drained.");
    set(m_drain, working > 0, notOnline);
    set(m_drainNow, working > 0, notOnline);
    set(m_undrain, resting > 0, tr("No node is draining."));
    const QString notThere = isOfProfile
                                 ? tr("A node of a profile would cost on while it is stopped: drain it, or remove it.")
                                 : tr("Only a node that is there can be stopped.");
    set(m_stop, canStopSome, notThere);
    set(m_stopNow, canStopSome, notThere);
    set(m_restart, canStartSome,
        tr("Only a node that was stopped, or an agent of this machine that has ended, can be started again."));
    set(m_remove, !nodes.empty(), none);
    set(m_removeNow, !nodes.empty(), none);
    set(m_copy, !nodes.empty(), none);
}

void NodeActions::drain(Engine::When when)
{
    std::vector<const NodeSnapshot*> nodes = targets();
    std::erase_if(nodes, [](const NodeSnapshot* node) { return !isWorking(*node); });
    if (nodes.empty())
        return;
    const QString who = nameOf(nodes);
    const auto ids = idsOf(nodes);
    for (const NodeId id : ids)
        m_context.fleet.drainNode(id, when);
    m_context.undo.offer(tr("Drain %1").arg(who), [&fleet = m_context.fleet, ids] {
        for (const NodeId id : ids)
            fleet.undrainNode(id);
    });
}

void NodeActions::undrain()
{
    for (const NodeSnapshot* node : targets()) {
        if (isResting(*node))
            m_context.fleet.undrainNode(node->id);
    }
}

void NodeActions::restart()
{
    for (const NodeSnapshot* node : targets()) {
        if (node->state == NodeState::Stopped)
            m_context.fleet.undrainNode(node->id);
        else if (hasEnded(*node))
            m_context.fleet.restartLocalAgent(node->id);
    }
}

void NodeActions::stop(Engine::When when)
{
    std::vector<const NodeSnapshot*> nodes = targets();
    std::erase_if(nodes, [](const NodeSnapshot* node) { return !canStop(*node); });
    if (nodes.empty())
        return;
    const QString who = nameOf(nodes);
    const auto ids = idsOf(nodes);
    for (const NodeId id : ids)
        m_context.fleet.stopNode(id, when);
    m_context.undo.offer(tr("Stop %1").arg(who), [&fleet = m_context.fleet, ids] {
        for (const NodeId id : ids)
            fleet.undrainNode(id);
    });
}

/// They stop taking work at once and leave when nobody takes it back any more.
void NodeActions::remove(Engine::When when)
{
    const std::vector<const NodeSnapshot*> nodes = targets();
    if (nodes.empty())
        return;
    const QString who = nameOf(nodes);
    const auto ids = idsOf(nodes);
    std::vector<NodeId> drained;
    for (const NodeSnapshot* node : nodes) {
        if (!isWorking(*node))
            continue;
        m_context.fleet.drainNode(node->id, when);
        drained.push_back(node->id);
    }
    const auto forget = [this, ids] {
        for (const NodeId id : ids)
            m_leaving.erase(id);
        Q_EMIT leavingChanged();
    };
    m_context.undo.offer(
        tr("Remove %1").arg(who),
        [this, drained, forget] {
            for (const NodeId id : drained)
                m_context.fleet.undrainNode(id);
            forget();
        },
        [this, ids, when, forget] {
            for (const NodeId id : ids)
                m_context.fleet.removeNode(id, when);
            forget();
        });
    m_leaving.insert(ids.begin(), ids.end());
    Q_EMIT leavingChanged();
}

void NodeActions::copyAddress()
{
    QStringList lines;
    for (const NodeSnapshot* node : targets())
        lines << QString::fromStdString(node->address);
    QApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

} // namespace vitfleet::app
