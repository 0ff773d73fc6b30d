// SPDX-License-Identifier: GPL-3.0-or-later
// Where the log of a node lies: a file that this computer reads, or what a person types to see it.
#pragma once

#include "app/core/scale_out.h"
#include "app/core/snapshot.h"

#include <QString>

namespace vitfleet::app {

struct NodeLog
{
    QString file;    ///< readable here; empty: it is not
    QString command; ///< for a terminal; empty where there is a file
    QString where;   ///< machine or cluster, for people
};

/// `units`: what is known of nodes that providers were asked for; may be null.
NodeLog logOf(const NodeSnapshot& node, const ScaleOutSnapshot* units);

} // namespace vitfleet::app
