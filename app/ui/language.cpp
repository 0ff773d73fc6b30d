// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/language.h"

#include <QCoreApplication>
#include <QLocale>
#include <QTranslator>

/// Resources of a static library are linked only where they are asked for, and from outside any namespace.
static void initTranslations()
{
    Q_INIT_RESOURCE(translations);
}

namespace vitfleet::app {

std::vector<Language> languages()
{
    return {{QString(), QCoreApplication::translate("Language", "As the system")},
            {QStringLiteral("en"), QStringLiteral("English")},
            {QStringLiteral("de"), QStringLiteral("Deutsch")}};
}

QString languageKey()
{
    return QStringLiteral("appearance/language");
}

void installLanguage(QCoreApplication& application, const QString& code)
{
    initTranslations();
    const QString wanted = code.isEmpty() ? QLocale::system().name().section(QLatin1Char('_'), 0, 0) : code;
    QLocale::setDefault(wanted == QLatin1String("de") ? QLocale(QLocale::German) : QLocale(QLocale::English));
    if (wanted == QLatin1String("en"))
        return;
    auto* translator = new QTranslator(&application);
    if (translator->load(QStringLiteral(":/vitfleet/translations/vitfleet_%1.qm").arg(wanted)))
        QCoreApplication::installTranslator(translator);
    else
        delete translator;
}

} // namespace vitfleet::app
