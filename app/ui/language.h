// SPDX-License-Identifier: GPL-3.0-or-later
// The languages of the window: English in the source, others from resources/translations.
#pragma once

#include <QString>

#include <memory>
#include <vector>

class QCoreApplication;
class QTranslator;

namespace vitfleet::app {

struct Language
{
    QString code; ///< "de"; empty: as the system
    QString name; ///< in itself
};

std::vector<Language> languages();
QString languageKey();
/// Of a language: Qt's own sentences, in dialogs and the menus of text fields, where its translations are installed
/// (Debian: qt6-translations-l10n); and then ours. None for English.
std::vector<std::unique_ptr<QTranslator>> translatorsOf(const QString& code);
/// Before the first window is made. Empty: what the system speaks; English where that is not translated.
void installLanguage(QCoreApplication& application, const QString& code);

} // namespace vitfleet::app
