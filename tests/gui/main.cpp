// SPDX-License-Identifier: GPL-3.0-or-later
// Every page's tests in one program: the widgets are linked once. VITFLEET_TEST_SUITE names some of them, with
// commas between; "-TestLooks" leaves one out.
#include "tests/gui/suites.h"

#include <QApplication>
#include <QtTest>

namespace {

/// Qt 6.4 runs nothing any more, and says that nothing failed, after a suite whose initTestCase() was skipped.
class Sentinel : public QObject
{
    Q_OBJECT
public:
    bool wasRun = false;
private Q_SLOTS:
    void everySuiteWasRun() { wasRun = true; }
};

} // namespace

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QStringList named = qEnvironmentVariable("VITFLEET_TEST_SUITE").split(QLatin1Char(','), Qt::SkipEmptyParts);
    const bool isSome = std::ranges::any_of(named, [](const QString& name) { return !name.startsWith(u'-'); });
    int failures = 0;
    for (const auto& make : vitfleet::test::suites()) {
        const std::unique_ptr<QObject> suite = make();
        const QString name = QLatin1String(suite->metaObject()->className());
        const bool isNamed = named.removeOne(name);
        if (named.removeOne(u'-' + name) || (isSome && !isNamed))
            continue;
        QElapsedTimer timer;
        timer.start();
        failures += QTest::qExec(suite.get(), argc, argv);
        qInfo("%s took %lld ms", qPrintable(name), static_cast<long long>(timer.elapsed()));
    }
    // A suite that was renamed would otherwise be tested nowhere.
    for (const QString& name : std::as_const(named))
        qCritical("there is no suite %s", qPrintable(name));
    Sentinel sentinel;
    failures += QTest::qExec(&sentinel);
    if (!sentinel.wasRun) {
        qCritical("suites were left out: QSKIP belongs into a test, not into initTestCase()");
        ++failures;
    }
    return std::min(failures + static_cast<int>(named.size()), 125);
}

#include "main.moc"
