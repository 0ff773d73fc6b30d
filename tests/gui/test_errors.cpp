// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever goes wrong, the window says it with its code, what happened, the facts and what to do: as the command line
// and the CSV do, from the one list.
#include <QTest>

#include "app/ui/format.h"
#include "app/ui/start_problem.h"
#include "shared/base/error.h"

#include <QLabel>

using namespace vitfleet;
using namespace vitfleet::app;

class TestErrors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyErrorIsShown_data()
    {
        QTest::addColumn<int>("code");
        for (const ErrorInfo& error : allErrors())
            QTest::newRow(std::string(error.name).c_str()) << static_cast<int>(error.code);
        QVERIFY(allErrors().size() > 30);
    }
    void everyErrorIsShown()
    {
        QFETCH(const int, code);
        const Error error{static_cast<ErrorCode>(code), "a/\"><b>.png"};
        const ErrorInfo& entry = info(error.code);
        QCOMPARE(entry.code, error.code);
        QVERIFY(!entry.what.empty() && !entry.remedy.empty());
        const QString name = fromView(entry.name), what = fromView(entry.what), remedy = fromView(entry.remedy);

        QCOMPARE(formatError(error), QStringLiteral("%1 (a/\"><b>.png) %2 (%3)").arg(what, remedy, name));

        // Before there is a window.
        const StartProblem problem(error, QStringLiteral("fleet.db"));
        QString shown;
        const auto labels = problem.findChildren<QLabel*>();
        for (const QLabel* label : labels)
            shown += label->text() + QLatin1Char('\n');
        QVERIFY2(shown.contains(what + QStringLiteral(" (a/\"><b>.png)")), qPrintable(shown));
        QVERIFY2(shown.contains(name), qPrintable(shown));
        // The window knows more of this one: the other may be a window of this user's.
        if (error.code != ErrorCode::DbBusy)
            QVERIFY2(shown.contains(remedy), qPrintable(shown));
    }
};

QTEST_MAIN(TestErrors)
#include "test_errors.moc"
