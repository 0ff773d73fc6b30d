// SPDX-License-Identifier: GPL-3.0-or-later
// What a run is told, and what becomes of a backend's logits.
#include "agent/backends/synthetic/plan.h"
#include "agent/core/name_note.h"
#include "agent/core/rate_meter.h"
#include "agent/core/run_options.h"
#include "agent/core/scores.h"
#include "shared/base/limits.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace vitfleet;
using namespace vitfleet::agent;
using namespace std::chrono_literals;

class TestAnswers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void scoresAreSoftmax();
    void scoresBreakTiesByLabel();
    void scoresOfOtherProblems();
    void scoresRefuseNan();
    void optionsOfNodes();
    void planOfTheSyntheticBackend();
    void modesOfTheSyntheticBackend();
    void planRefusesWhatItDoesNotKnow_data();
    void planRefusesWhatItDoesNotKnow();
    void answersSurviveSoftmax();
    void namesThatLie();
    void rateOfFiveSeconds();
};

void TestAnswers::scoresAreSoftmax()
{
    const std::vector<float> logits = {1, 3, 2, -1, 0, 0.5F, 2.5F};
    const auto top = topScores(logits, ProblemType::SingleLabel);
    QCOMPARE(top.size(), limits::topK);
    double sum = 0;
    for (const float logit : logits)
        sum += std::exp(static_cast<double>(logit));
    QCOMPARE(top[0].label, 1U);
    QCOMPARE(top[0].score, static_cast<float>(std::exp(3.0) / sum));
    QCOMPARE(top[1].label, 6U);
    QCOMPARE(top[4].label, 5U);
    QCOMPARE(topScores(std::vector<float>{1000, -1000}, ProblemType::SingleLabel)[0].score, 1.0F);
}

void TestAnswers::scoresBreakTiesByLabel()
{
    const auto top = topScores(std::vector<float>{0, 1, 1, 0, 1, 1, 1}, ProblemType::SingleLabel);
    for (std::size_t i = 0; i < top.size(); ++i)
        QCOMPARE(top[i].label, (std::vector<std::uint32_t>{1, 2, 4, 5, 6})[i]);
}

void TestAnswers::scoresOfOtherProblems()
{
    QCOMPARE(topScores(std::vector<float>{0, -1}, ProblemType::MultiLabel)[0].score, 0.5F);
    QCOMPARE(topScores(std::vector<float>{-3, 7.5F}, ProblemType::Regression)[0].score, 7.5F);
}

void TestAnswers::scoresRefuseNan()
{
    QVERIFY(topScores(std::vector<float>{0, std::nanf("")}, ProblemType::SingleLabel).empty());
    QVERIFY(topScores(std::vector<float>{0, std::numeric_limits<float>::infinity()}, ProblemType::SingleLabel).empty());
}

void TestAnswers::optionsOfNodes()
{
    const std::string json = R"({"ms_per_item": 2, "decode": false, "nodes": {"b": {"ms_per_item": 9}}})";
    auto options = readRunOptions("synthetic", json, "a");
    QVERIFY(options.ok());
    QVERIFY(!options->decode);
    QCOMPARE(synthetic::readPlan(options->backend)->millisecondsPerItem, 2.0);
    QCOMPARE(synthetic::readPlan(readRunOptions("synthetic", json, "b")->backend)->millisecondsPerItem, 9.0);
    QVERIFY(readRunOptions("torch", "", "a").ok());
    QCOMPARE(readRunOptions("torch", "{}", "a").error().code, ErrorCode::Protocol);
    for (const char* wrong : {"[]", "{", "{\"decode\": 1}", "{\"nodes\": 1}", "{\"nodes\": {\"a\": 1}}"})
        QCOMPARE(readRunOptions("synthetic", wrong, "a").error().code, ErrorCode::Settings);
}

void TestAnswers::planOfTheSyntheticBackend()
{
    const auto plan = synthetic::readPlan(
        R"({"ms_per_item": 0.5, "labels": 7, "batch": 3, "replicas": 2, "slow_after": {"items": 9, "factor": 4},
            "fail_load": "E_DEVICE", "load_ms": 5, "fail_items": {"4": "crash", "5": "hang", "6": "fail", "7": "nan", "8": "memory"},
            "fail_every": {"items": 10, "how": "nan"}})");
    QVERIFY(plan.ok());
    QCOMPARE(plan->labels, 7U);
    QCOMPARE(plan->slowAfterItems, std::uint64_t(9));
    QCOMPARE(plan->loadError, ErrorCode::Device);
    QCOMPARE(plan->faultOf(4), synthetic::Fault::Crash);
    QCOMPARE(plan->faultOf(5), synthetic::Fault::Hang);
    QCOMPARE(plan->faultOf(6), synthetic::Fault::Fail);
    QCOMPARE(plan->faultOf(20), synthetic::Fault::Nan);
    QCOMPARE(plan->faultOf(21), synthetic::Fault::Invalid);
}

void TestAnswers::planRefusesWhatItDoesNotKnow_data()
{
    QTest::addColumn<QByteArray>("json");
    for (const char* json :
         {"[]", "{", "{\"speed\": 1}", "{\"ms_per_item\": -1}", "{\"labels\": \"a\"}", "{\"batch\": 0}",
          "{\"fail_items\": {\"x\": \"nan\"}}", "{\"fail_items\": {\"1\": \"explode\"}}",
          "{\"slow_after\": {\"when\": 1}}", "{\"fail_load\": \"E_NOTHING\"}", "{\"labels\": 1e30}", "{\"modes\": []}",
          "{\"modes\": {\"fp32\": {}}}", "{\"modes\": {\"int8\": {\"disagree\": 1.01}}}",
          "{\"modes\": {\"int8\": {\"shift\": 0.11}}}", "{\"modes\": {\"int8\": {\"speed\": 1}}}"})
        QTest::newRow(json) << QByteArray(json);
}

void TestAnswers::planRefusesWhatItDoesNotKnow()
{
    QFETCH(QByteArray, json);
    const auto plan = synthetic::readPlan(json.toStdString());
    QVERIFY(!plan.ok());
    QCOMPARE(plan.error().code, ErrorCode::Settings);
}

void TestAnswers::modesOfTheSyntheticBackend()
{
    const auto plan = synthetic::readPlan(R"({"ms_per_item": 2, "modes": {"bf16": {"ms_per_item": 1},
        "int8": {"disagree": 0.1, "shift": 0.01, "ms_per_item": 0.5}, "fp16": {"ms_per_item": 3}}})");
    QVERIFY(plan.ok());
    QCOMPARE(plan->precisions(), (std::vector<std::string>{"int8", "bf16", "fp32"}));
    const synthetic::Mode& mode = plan->modes.at("int8");
    int different = 0;
    for (std::uint64_t item = 0; item < 10'000; ++item) {
        const auto full = synthetic::answerOf(item, 10), reduced = synthetic::answerOf(item, 10, mode);
        different += full.label != reduced.label;
        QCOMPARE(full.score - reduced.score, 0.01);
    }
    QVERIFY2(different > 900 && different < 1100, qPrintable(QString::number(different)));
}

void TestAnswers::answersSurviveSoftmax()
{
    for (std::uint64_t item = 0; item < 200; ++item) {
        const auto answer = synthetic::answerOf(item, 10);
        std::vector<float> logits(10);
        synthetic::writeLogits(answer, logits.data(), 10);
        const auto top = topScores(logits, ProblemType::SingleLabel);
        QCOMPARE(top[0].label, answer.label);
        QVERIFY(std::abs(top[0].score - answer.score) < 1e-6);
        QVERIFY(answer.score >= 0.5 && answer.score < 0.99);
    }
}

void TestAnswers::namesThatLie()
{
    const auto note = [](const char* path, std::string_view head) {
        return nameNote(path, std::as_bytes(std::span(head.data(), head.size())));
    };
    QCOMPARE(note("a/b.jpg", "\x89PNG\r\n\x1a\nxx"), std::string("PNG named .jpg"));
    QCOMPARE(note("a/b.JPEG", "\xff\xd8\xff\xe0"), std::string());
    QCOMPARE(note("a.v2/b", "\xff\xd8\xff\xe0"), std::string());
    QCOMPARE(note("b.v2", "\xff\xd8\xff\xe0"), std::string());
    QCOMPARE(note("b.png", "RIFF....WEBPVP8 "), std::string("WebP named .png"));
    QCOMPARE(note("b.png", "RIFF....WAVEfmt "), std::string());
    QCOMPARE(note(".png", "GIF89a"), std::string());
}

void TestAnswers::rateOfFiveSeconds()
{
    RateMeter meter;
    const RateMeter::TimePoint begin = std::chrono::steady_clock::now();
    QCOMPARE(meter.sample(0, begin), 0.0F);
    for (int second = 1; second <= 20; ++second)
        QCOMPARE(meter.sample(static_cast<std::uint64_t>(second) * 10, begin + std::chrono::seconds(second)), 10.0F);
    QCOMPARE(meter.sample(200, begin + 40s), 0.0F);
}

QTEST_APPLESS_MAIN(TestAnswers)
#include "test_answers.moc"
