// SPDX-License-Identifier: GPL-3.0-or-later
// Why a node of a profile waits or has ended, in the window's language. Providers say it in the one English sentence
// that the log, the events and the command line have, too; those that are not ours (Slurm's, Kubernetes') stay as they
// are.
#pragma once

#include <QString>

#include <string>

namespace vitfleet::app {

QString unitReason(const std::string& reason);

} // namespace vitfleet::app
