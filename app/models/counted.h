// SPDX-License-Identifier: GPL-3.0-or-later
// Things with their number: "1 node", "12 nodes", "1,234 pictures".
#pragma once

#include <QString>

namespace vitfleet::app::counted {

QString classes(quint64 count);
QString cores(quint64 count);
QString errors(quint64 count);
QString events(quint64 count);
QString labels(quint64 count);
QString nodes(quint64 count);
QString pictures(quint64 count);
QString replicas(quint64 count);
QString rows(quint64 count);

} // namespace vitfleet::app::counted
