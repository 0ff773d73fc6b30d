// SPDX-License-Identifier: GPL-3.0-or-later
// Command lines that are copied: what stands in them is what the shell hands over, whatever is in it.
#pragma once

#include <QString>
#include <QStringList>

namespace vitfleet::app {

/// One word for a POSIX shell; quoted only where it must be.
QString shellWord(QString text);
/// A command and its arguments, with blanks between.
QString shellLine(const QStringList& words);

} // namespace vitfleet::app
