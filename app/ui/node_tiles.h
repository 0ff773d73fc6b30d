// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes as tiles: many at a glance, each with its state, speed and load.
#pragma once

#include <QListView>

namespace vitfleet::app {

class NodeGroups;
class Theme;

class NodeTiles : public QListView
{
    Q_OBJECT
public:
    NodeTiles(NodeGroups& groups, const Theme& theme, QWidget* parent = nullptr);

protected:
    void resizeEvent(QResizeEvent* event) override;
};

} // namespace vitfleet::app
