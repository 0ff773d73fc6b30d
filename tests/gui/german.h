// SPDX-License-Identifier: GPL-3.0-or-later
// The window in German, for as long as this lives: windows that are opened meanwhile.
#pragma once

#include "app/ui/language.h"

#include <QApplication>
#include <QLocale>
#include <QTranslator>

namespace vitfleet::test {

class German
{
public:
    German()
    {
        app::installLanguage(*qApp, QStringLiteral("en")); // makes the translations known, and changes nothing
        m_isThere = m_translator.load(QStringLiteral(":/vitfleet/translations/vitfleet_de.qm")) &&
                    QCoreApplication::installTranslator(&m_translator);
        QLocale::setDefault(QLocale(QLocale::German));
    }
    ~German()
    {
        QCoreApplication::removeTranslator(&m_translator);
        QLocale::setDefault(m_before);
    }
    German(const German&) = delete;
    German& operator=(const German&) = delete;
    bool isThere() const { return m_isThere; }

private:
    QLocale m_before;
    QTranslator m_translator;
    bool m_isThere = false;
};

} // namespace vitfleet::test
