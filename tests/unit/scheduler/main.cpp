// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/scheduler/tests.h"

#include <QtTest>

template <typename... Tests>
static int runAll(int argc, char** argv)
{
    int failed = 0;
    const auto run = [&](QObject&& test) { failed += QTest::qExec(&test, argc, argv); };
    (run(Tests{}), ...);
    return failed;
}

int main(int argc, char** argv)
{
    return runAll<TestItems, TestErrors, TestLosses, TestBreaker, TestChunks, TestTail, TestAudit>(argc, argv);
}
