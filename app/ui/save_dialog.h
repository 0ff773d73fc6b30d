// SPDX-License-Identifier: GPL-3.0-or-later
// Asks where to write a file.
#pragma once

#include <QString>

class QFileDialog;
class QWidget;

namespace vitfleet::app {

class UiSettings;

/// Where the last file went; a name that is free, so that there is nothing to ask about: "run-3.csv", then
/// "run-3-2.csv". The dialog deletes itself; whoever made it opens it and connects its fileSelected.
QFileDialog* makeSaveDialog(QWidget* parent, UiSettings& settings, const QString& title, const QString& filter,
                            const QString& name, const QString& suffix);

} // namespace vitfleet::app
