// SPDX-License-Identifier: GPL-3.0-or-later
// Every page's tests in one program: the widgets are linked once. VITFLEET_TEST_SUITE names some of them, with
// commas between.
#include "tests/gui/suites.h"

#include <QApplication>
#include <QtTest>

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    const QStringList only = qEnvironmentVariable("VITFLEET_TEST_SUITE").split(QLatin1Char(','), Qt::SkipEmptyParts);
    int failures = 0;
    for (const auto& make : vitfleet::test::suites()) {
        const std::unique_ptr<QObject> suite = make();
        if (only.isEmpty() || only.contains(QLatin1String(suite->metaObject()->className())))
            failures += QTest::qExec(suite.get(), argc, argv);
    }
    return std::min(failures, 125);
}
