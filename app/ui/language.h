// SPDX-License-Identifier: GPL-3.0-or-later
// The languages of the window: English in the source, others from resources/translations.
#pragma once

#include <QString>

#include <vector>

class QCoreApplication;

namespace vitfleet::app {

struct Language
{
    QString code; ///< "de"; empty: as the system
    QString name; ///< in itself
};

std::vector<Language> languages();
QString languageKey();
/// Before the first window is made. Empty: what the system speaks; English where that is not translated.
void installLanguage(QCoreApplication& application, const QString& code);

} // namespace vitfleet::app
