// SPDX-License-Identifier: GPL-3.0-or-later
// What is predicted for a number of nodes, and the files in which it stands beside what came true.
#include "app/core/measured_runs.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace vitfleet;
using namespace vitfleet::app;

class AdviceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void adviceFollowsItsModel()
    {
        AdviceInput input;
        input.items = 100'000;
        input.imagesPerSecondOfNode = 100;
        input.startSeconds = 20;
        input.chunkSeconds = 2;
        input.pricePerNodeHour = 3.6;
        const auto lines = advise(input, 8);
        QCOMPARE(lines.size(), std::size_t{8});
        QCOMPARE(lines[0].seconds, 1020.0); // no tail on one node
        QCOMPARE(lines[3].seconds, 20.0 + 250.0 + 1.0);
        QCOMPARE(lines[3].cost, 4 * 271.0 / 1000);
        QCOMPARE(recommended(lines), 8U);
        // Every node loads the model, all at the same time.
        input.loadSeconds = 5;
        QCOMPARE(advise(input, 8)[3].startSeconds, 25.0);
        QCOMPARE(advise(input, 8)[3].seconds, 276.0);
        input.loadSeconds = 0;
        // A link that carries 250 pictures a second: more than three nodes are of no use.
        input.bytesPerItem = 100'000;
        input.linkBytesPerSecond = 25e6;
        const auto limited = advise(input, 8);
        QVERIFY(limited[1].limit == Advice::Limit::None && limited[2].limit == Advice::Limit::Link);
        QCOMPARE(limited[7].imagesPerSecond, 250.0);
        QCOMPARE(recommended(limited), 3U);
        // The models of many nodes leave one link, too: at some point more nodes take longer.
        input.bytesPerItem = 0;
        input.modelBytes = 350e6;
        const auto many = advise(input, 64);
        QVERIFY(many[63].seconds > many[7].seconds);
        input.imagesPerSecondOfNode = 0;
        QVERIFY(advise(input, 8).empty());
        QCOMPARE(recommended({}), 0U);
    }

    void nodesAtHandBeginAtOnce()
    {
        AdviceInput input;
        input.items = 1'000;
        input.speeds = {30, 20}; // known one by one
        input.imagesPerSecondOfNode = 10;
        input.chunkSeconds = 0;
        const auto lines = advise(input, 3);
        QCOMPARE(lines[0].seconds, 1'000 / 30.0);
        QCOMPARE(lines[1].seconds, 20.0);
        QCOMPARE(lines[2].imagesPerSecond, 60.0);
        // Both are there; a third comes after 10 s, and the two label 500 meanwhile.
        input.readyNodes = 2;
        input.startSeconds = 10;
        QCOMPARE(advise(input, 3)[1].seconds, 20.0);
        QCOMPARE(advise(input, 3)[1].startSeconds, 0.0);
        QCOMPARE(advise(input, 3)[2].seconds, 10 + 500 / 60.0);
        // It comes too late: not longer than without it.
        input.startSeconds = 100;
        QCOMPARE(advise(input, 3)[2].seconds, 20.0);
    }

    void aRunGivesWhatIsNotGiven()
    {
        MeasuredRun kept, waited;
        kept.id = RunId(9);
        kept.spans.items = 400;
        kept.spans.nodeSeconds = 40;
        kept.spans.loadSeconds = 3;
        kept.spans.nodes = 4;
        kept.cost = 0.5;
        waited = kept;
        waited.id = RunId(8);
        waited.spans.startSeconds = 60;
        waited.spans.items = 500;
        const std::vector runs{kept, waited};
        Profile profile;
        profile.pricePerNodeHour = 2;
        AdviceInput input;
        const auto basis = fillIn(input, profile, runs);
        QCOMPARE(input.items, std::uint64_t{400});
        QCOMPARE(input.imagesPerSecondOfNode, 10.0);
        QCOMPARE(input.loadSeconds, 3.0);
        QCOMPARE(input.startSeconds, 60.0); // the newest found its nodes there
        QCOMPARE(input.pricePerNodeHour, 2.0);
        QVERIFY(basis.speed == &runs[0] && basis.start == &runs[1]);
        // What the profile says of its start goes before; what is given stays.
        profile.startSeconds = 20;
        input = {};
        input.items = 500;
        QVERIFY(!fillIn(input, profile, runs).start);
        QCOMPARE(input.startSeconds, 20.0);
        QCOMPARE(input.items, std::uint64_t{500});
        const auto points = whatCameTrue(runs, 500, false);
        QCOMPARE(points.size(), std::size_t{1});
        QCOMPARE(points[0].run, std::int64_t{8});
        QCOMPARE(points[0].cost.value_or(0), 0.5);
        QVERIFY(whatCameTrue(runs, 500, true).empty());
    }

    void whatCameTrueStandsBesideIt()
    {
        const QTemporaryDir dir;
        const auto read = [&](const char* name) {
            QFile file(dir.filePath(QStringLiteral("out/%1").arg(QLatin1String(name))));
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        AdviceInput input;
        input.items = 1000;
        input.imagesPerSecondOfNode = 10;
        input.startSeconds = 5;
        input.chunkSeconds = 2;
        input.pricePerNodeHour = 3.6;
        const std::filesystem::path out = dir.filePath(QStringLiteral("out")).toStdString();
        QVERIFY(writeAdvice(out, advise(input, 4), {{7, 2, 61.5, 18, false}}, "EUR").ok());
        const QList<QByteArray> lines = read("advice.csv").trimmed().split('\n');
        QCOMPARE(lines.size(), 6);
        QCOMPARE(lines.at(2), QByteArray("2,predicted,,56,5,20,0.112,EUR,"));
        QCOMPARE(lines.at(5), QByteArray("2,measured,7,61.5,,18,,,false"));
        QVERIFY(writeAdvice(out, advise(input, 4), {{7, 2, 61.5, 18, false, 0.25}}, "EUR").ok());
        QVERIFY(read("advice.csv").endsWith("2,measured,7,61.5,,18,0.25,EUR,false\n"));
        const QByteArray svg = read("advice.svg");
        QCOMPARE(svg.count("<circle"), 1);
        QVERIFY(svg.contains("predicted (line)") && !svg.contains("SYNTHETIC") && svg.contains("200 s"));
        QVERIFY(writeAdvice(out, advise(input, 4), {{7, 2, 61.5, 18, true}}, "EUR").ok());
        QVERIFY(read("advice.svg").contains("SYNTHETIC"));
        QCOMPARE(writeAdvice("/proc/nothing", advise(input, 4), {}, "EUR").error().code, ErrorCode::Export);
    }
};

QTEST_GUILESS_MAIN(AdviceTest)
#include "test_advice.moc"
