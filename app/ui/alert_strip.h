// SPDX-License-Identifier: GPL-3.0-or-later
// What needs a person: which ends do not reach each other, since when, what was done about it, and the next step.
#pragma once

#include "app/core/snapshot.h"

#include <QFrame>

#include <map>
#include <set>

class QLabel;
class QPushButton;

namespace vitfleet::app {

class Actions;
class Theme;

class AlertStrip : public QFrame
{
    Q_OBJECT
public:
    explicit AlertStrip(const Theme& theme, QWidget* parent = nullptr);
    void update(const FleetSnapshot& snapshot);
    /// What became of the pictures of nodes that were lost.
    void addEvents(const std::vector<EventRecord>& events);
    void addTo(Actions& actions);
    QString text() const;
    /// Hides what is shown until there is something else to say. False where nothing is shown.
    bool dismiss();

Q_SIGNALS:
    /// Shows the node that the alert is about.
    void nodesRequested(NodeId node);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void show(const QString& title, const QString& text, bool isError);
    void showNodes(const std::vector<const NodeSnapshot*>& troubled, const FleetSnapshot& snapshot);

    const Theme& m_theme;
    QLabel* m_title;
    QLabel* m_text;
    QPushButton* m_nodes;
    QPushButton* m_hide;
    /// What is wrong now, and which of it the user has seen: identities, not texts, in which seconds count.
    std::set<QString> m_troubles, m_seen;
    std::map<std::string, std::uint64_t> m_givenBack; ///< by node: pictures, since it was lost last
    NodeId m_node;                                    ///< that the alert is about
    bool m_isError = true;
};

} // namespace vitfleet::app
