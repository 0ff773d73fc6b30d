// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/language.h"

#include <QCoreApplication>
#include <QLibraryInfo>
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

std::vector<std::unique_ptr<QTranslator>> translatorsOf(const QString& code)
{
    initTranslations();
    std::vector<std::unique_ptr<QTranslator>> translators;
    if (code == QLatin1String("en"))
        return translators;
    const QString qt = QLibraryInfo::path(QLibraryInfo::TranslationsPath) + QStringLiteral("/qtbase_%1.qm");
    for (const QString& file : {qt, QStringLiteral(":/vitfleet/translations/vitfleet_%1.qm")}) {
        auto translator = std::make_unique<QTranslator>();
        if (translator->load(file.arg(code)))
            translators.push_back(std::move(translator));
    }
    return translators;
}

void installLanguage(QCoreApplication& application, const QString& code)
{
    const QString system = QLocale::system().name().section(QLatin1Char('_'), 0, 0);
    const QString wanted =
        (code.isEmpty() ? system : code) == QLatin1String("de") ? QStringLiteral("de") : QStringLiteral("en");
    QLocale::setDefault(wanted == QLatin1String("de") ? QLocale(QLocale::German) : QLocale(QLocale::English));
    for (auto& translator : translatorsOf(wanted)) {
        translator->setParent(&application);
        QCoreApplication::installTranslator(translator.release());
    }
}

} // namespace vitfleet::app
