// SPDX-License-Identifier: GPL-3.0-or-later
// Command lines that are copied: what stands in them is what the shell hands over, whatever is in it.
#pragma once

#include <QString>
#include <QStringList>

namespace vitfleet::app {

struct RunRequest;

/// One word for a POSIX shell; quoted only where it must be.
QString shellWord(QString text);
/// What is labelled, and how, as options of `vitfleet-cli run` and `scaleout`; on which nodes is left out.
QStringList requestWords(const RunRequest& request);
/// A command and its arguments, with blanks between.
QString shellLine(const QStringList& words);

} // namespace vitfleet::app
