// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/save_dialog.h"

#include "app/models/ui_settings.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QStandardPaths>

namespace vitfleet::app {
namespace {

const QString folderKey = QStringLiteral("export/folder");
constexpr int mostNames = 1'000;

} // namespace

QFileDialog* makeSaveDialog(QWidget* parent, UiSettings& settings, const QString& title, const QString& filter,
                            const QString& name, const QString& suffix)
{
    auto* dialog = new QFileDialog(parent, title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(filter);
    dialog->setDefaultSuffix(suffix);
    QDir folder(settings.text(folderKey));
    if (folder.path() == QStringLiteral(".") || !folder.exists())
        folder = QDir(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation));
    if (!folder.exists())
        folder = QDir::home();
    QString file = QStringLiteral("%1.%2").arg(name, suffix);
    for (int number = 2; folder.exists(file) && number < mostNames; ++number)
        file = QStringLiteral("%1-%2.%3").arg(name).arg(number).arg(suffix);
    dialog->setDirectory(folder);
    dialog->selectFile(file);
    QObject::connect(dialog, &QFileDialog::fileSelected, dialog,
                     [&settings](const QString& chosen) { settings.set(folderKey, QFileInfo(chosen).absolutePath()); });
    return dialog;
}

} // namespace vitfleet::app
