// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/data/tests.h"

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
    return runAll<TestFolder, TestManifest, TestIdx, TestLabels, TestItems, TestModel>(argc, argv);
}
