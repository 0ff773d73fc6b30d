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
    enum class Kind
    {
        Live,
        Replay ///< of a past run: neither load nor heartbeat was kept
    };
    NodeTiles(NodeGroups& groups, const Theme& theme, Kind kind = Kind::Live, QWidget* parent = nullptr);

Q_SIGNALS:
    void pointedAt(bool isOver);

protected:
    bool viewportEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    NodeGroups& m_groups;
    const Theme& m_theme;
    Kind m_kind;
};

} // namespace vitfleet::app
