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
        for (const auto& translator : m_translators)
            QCoreApplication::installTranslator(translator.get());
        QLocale::setDefault(QLocale(QLocale::German));
    }
    ~German()
    {
        for (const auto& translator : m_translators)
            QCoreApplication::removeTranslator(translator.get());
        QLocale::setDefault(m_before);
    }
    German(const German&) = delete;
    German& operator=(const German&) = delete;
    bool isThere() const { return !m_translators.empty(); }

private:
    QLocale m_before;
    std::vector<std::unique_ptr<QTranslator>> m_translators = app::translatorsOf(QStringLiteral("de"));
};

} // namespace vitfleet::test
