// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet in six figures.
#pragma once

#include "app/core/snapshot.h"
#include "app/ui/widgets.h"

namespace vitfleet::app {

class FleetFigures : public QWidget
{
    Q_OBJECT
public:
    explicit FleetFigures(QWidget* parent = nullptr);
    void update(const FleetSnapshot& snapshot);

private:
    void updateRun(const RunSnapshot& run);

    Tile* m_nodes;
    Tile* m_rate;
    Tile* m_done;
    Tile* m_queue;
    Tile* m_eta;
    Tile* m_failed;
};

} // namespace vitfleet::app
