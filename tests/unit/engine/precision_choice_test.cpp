// SPDX-License-Identifier: GPL-3.0-or-later
// Which precision each kind of device computes a run in, with nodes that load at once and answer as the test says.
#include <QTest>

#include "app/core/engine/precision_choice.h"
#include "app/core/text.h"
#include "shared/protocol/precision_names.h"

#include <algorithm>
#include <map>

using namespace vitfleet;
using namespace vitfleet::app;

namespace {

/// A run's nodes and what was asked of them.
class Run
{
public:
    explicit Run(const std::string& precision, double floor = 0.985)
    {
        RunRecord record;
        record.precision = precision;
        record.precisionFloor = floor;
        record.labels.resize(100);
        choice = std::make_unique<PrecisionChoice>(
            record, PrecisionChoice::Host{[this](Node& node, const std::string& asked) { open(node, asked); },
                                          [this](Node& node, LeaseId, const std::vector<ItemId>& items) {
                                              leases.emplace_back(&node, items);
                                              return true;
                                          },
                                          [](Node& node) { node.phase = RunPhase::Working; },
                                          [this](std::uint32_t count) {
                                              std::vector<ItemId> items;
                                              while (items.size() < count)
                                                  items.emplace_back(m_next++);
                                              return items;
                                          },
                                          [] { return std::optional<std::uint64_t>(100'000); },
                                          [this](const PrecisionCheck& check) { decided.push_back(check); }});
    }

    /// It has loaded the model in fp32, or in what is guessed for it.
    Node& join(const std::string& device, const std::string& deviceName, std::vector<protocol::Precision> precisions,
               const std::string& gpu = {})
    {
        const NodeId id(static_cast<std::uint32_t>(nodes.size() + 1));
        Node& node = *nodes.emplace_back(id, std::make_unique<Node>()).second;
        node.id = id;
        node.name = "node-" + std::to_string(id.value);
        node.ready.backendVersion = "LibTorch 2.13.0";
        node.ready.device = device;
        node.ready.deviceName = deviceName;
        node.ready.precisions = std::move(precisions);
        node.welcome.gpu = gpu;
        node.phase = RunPhase::Checking;
        open(node, choice->openWith(node));
        return node;
    }

    /// Until every node has been admitted. In a reduced precision one item in `disagreeing` has another label.
    void work(std::uint32_t disagreeing = 0)
    {
        for (int turns = 0; turns < 10'000; ++turns) {
            choice->step(nodes, 0, false);
            const auto given = std::move(leases);
            leases.clear();
            for (const auto& [node, items] : given) {
                for (const ItemId item : items) {
                    protocol::ResultItem result;
                    result.item = item;
                    result.precision = node->ready.precision;
                    const bool full = result.precision == protocol::Precision::Fp32;
                    const bool other = !full && disagreeing > 0 && item.value % disagreeing == 0;
                    result.top = {{other ? 8U : 7U, 0.8F}};
                    computed[full ? "fp32" : "reduced"] +=
                        choice->answer(*node, result) != PrecisionChoice::Use::Unwanted;
                }
            }
            if (std::ranges::all_of(nodes, [](const auto& entry) { return entry.second->phase == RunPhase::Working; }))
                return;
        }
        QFAIL("it is never decided");
    }

    std::unique_ptr<PrecisionChoice> choice;
    Nodes nodes;
    std::vector<std::pair<Node*, std::vector<ItemId>>> leases;
    std::vector<PrecisionCheck> decided;
    std::map<std::string, int> computed;
    std::map<NodeId, std::vector<std::string>> opened;

private:
    void open(Node& node, const std::string& asked)
    {
        opened[node.id].push_back(asked);
        node.asked = asked;
        node.ready.precision = protocol::precisionFromName(asked);
    }

    std::uint32_t m_next = 0;
};

const std::vector<protocol::Precision> fastInt8{protocol::Precision::Int8, protocol::Precision::Fp32};

/// 253 of 256: the interval goes from 96.6 to 99.6 %.
PrecisionCheck earlier(const Node& node, double floor, PrecisionVerdict verdict)
{
    PrecisionCheck check;
    check.kind = node.kind;
    check.precision = "int8";
    check.verdict = verdict;
    check.sample = check.compared = 256;
    check.agreed = 253;
    check.floor = floor;
    check.from = RunId(1);
    return check;
}

} // namespace

class PrecisionChoiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void kindIsDecidedOnce();
    void laterKindIsDecidedOnJoining();
    void slowProbeOfALaterNodeChangesNothing();
    void gpusAreKindsOfTheirOwn();
    void verdictHoldsForItsFloor_data();
    void verdictHoldsForItsFloor();
    void wrongGuessIsOpenedInFull();
};

void PrecisionChoiceTest::kindIsDecidedOnce()
{
    Run run("int8");
    run.join("cpu", "AVX2", fastInt8);
    run.join("cpu", "AVX2", fastInt8);
    run.work();
    QCOMPARE(run.decided.size(), std::size_t(1));
    QCOMPARE(run.computed["fp32"], 256);
    QCOMPARE(run.computed["reduced"], 256);
    for (const auto& [id, node] : run.nodes)
        QCOMPARE(node->ready.precision, protocol::Precision::Int8);
}

void PrecisionChoiceTest::laterKindIsDecidedOnJoining()
{
    Run run("auto");
    const Node& first = run.join("cpu", "AVX2", fastInt8);
    run.work();
    QCOMPARE(run.decided.size(), std::size_t(1));
    QCOMPARE(run.decided[0].verdict, PrecisionVerdict::Admitted);

    // Another kind, on which int8 is wrong in a tenth of the pictures. What was found on the first says nothing of it.
    run.computed.clear();
    const Node& later = run.join("cpu", "AVX-512", fastInt8);
    run.work(10);
    QCOMPARE(run.decided.size(), std::size_t(2));
    QCOMPARE(run.decided[1].verdict, PrecisionVerdict::Rejected);
    QVERIFY(run.decided[1].kind != run.decided[0].kind);
    QCOMPARE(run.computed["fp32"], 256);
    QCOMPARE(later.ready.precision, protocol::Precision::Fp32);
    QCOMPARE(first.ready.precision, protocol::Precision::Int8);
    QCOMPARE(run.opened[first.id].size(), std::size_t(2)); // fp32 and int8: it was left alone

    // A third kind, with nothing faster.
    const Node& plain = run.join("cpu", "DEFAULT", {protocol::Precision::Fp32});
    run.work();
    QCOMPARE(run.decided.size(), std::size_t(3));
    QCOMPARE(run.decided[2].precision, std::string("fp32"));
    QCOMPARE(plain.ready.precision, protocol::Precision::Fp32);
}

/// Its kind computes in int8, and so can it.
void PrecisionChoiceTest::slowProbeOfALaterNodeChangesNothing()
{
    Run run("auto");
    run.join("cpu", "AVX2", fastInt8);
    run.work();
    const Node& later = run.join("cpu", "AVX2", {protocol::Precision::Fp32});
    run.work();
    QCOMPARE(later.ready.precision, protocol::Precision::Int8);
    QCOMPARE(run.decided.size(), std::size_t(1));
}

void PrecisionChoiceTest::gpusAreKindsOfTheirOwn()
{
    const std::vector<protocol::Precision> fp16{protocol::Precision::Fp16, protocol::Precision::Fp32};
    Run run("auto");
    run.join("cuda:0", "CUDA", fp16, "Tesla T4");
    run.join("cuda", "CUDA", fp16, "4 × Tesla T4");
    run.join("cuda:1", "CUDA", fp16, "NVIDIA H200");
    run.work();
    QCOMPARE(run.decided.size(), std::size_t(2));
    QVERIFY(run.decided[0].kindText.find("Tesla T4") != run.decided[1].kindText.find("Tesla T4"));
    // A GPU that stands idle changes nothing of what the CPU computes.
    Run idle("int8");
    idle.join("cpu", "AVX2", fastInt8, "Tesla T4");
    idle.join("cpu", "AVX2", fastInt8);
    idle.work();
    QCOMPARE(idle.decided.size(), std::size_t(1));
}

void PrecisionChoiceTest::verdictHoldsForItsFloor_data()
{
    QTest::addColumn<double>("known");
    QTest::addColumn<PrecisionVerdict>("verdict");
    QTest::addColumn<double>("asked");
    QTest::addColumn<bool>("reused");
    using enum PrecisionVerdict;
    QTest::newRow("the same") << 0.985 << Admitted << 0.985 << true;
    QTest::newRow("a lower one, which it straddles") << 0.985 << Admitted << 0.98 << true;
    QTest::newRow("a higher one, which it straddles") << 0.9 << Admitted << 0.985 << false;
    QTest::newRow("one below the interval") << 0.985 << Rejected << 0.9 << true;
    QTest::newRow("one above the interval") << 0.9 << Admitted << 0.999 << true;
}

void PrecisionChoiceTest::verdictHoldsForItsFloor()
{
    QFETCH(const double, known);
    QFETCH(const PrecisionVerdict, verdict);
    QFETCH(const double, asked);
    QFETCH(const bool, reused);
    const text::Interval interval = text::wilson(253, 256);
    QVERIFY(interval.low > 0.9 && interval.low < 0.98 && interval.high > 0.985 && interval.high < 0.999);
    Run first("int8");
    Node& node = first.join("cpu", "AVX2", fastInt8);
    first.work();

    Run run("int8", asked);
    run.choice->setKnown({earlier(node, known, verdict)});
    run.join("cpu", "AVX2", fastInt8);
    run.work();
    QCOMPARE(run.decided.size(), std::size_t(1));
    QCOMPARE(run.decided[0].floor, asked);
    QCOMPARE(run.decided[0].from.value != 0, reused);
    QCOMPARE(run.computed["reduced"], reused ? 0 : 256);
    QCOMPARE(run.decided[0].verdict, asked < 0.999 ? PrecisionVerdict::Admitted : PrecisionVerdict::Rejected);
}

/// Before its kind is known a node is opened as all others are. Where it cannot, that is no failure of it.
void PrecisionChoiceTest::wrongGuessIsOpenedInFull()
{
    Run run("int8");
    run.join("cpu", "AVX2", fastInt8);
    run.work();
    Node& node = run.join("cpu", "DEFAULT", {protocol::Precision::Fp32});
    QCOMPARE(run.opened[node.id], std::vector<std::string>{"int8"});
    QVERIFY(run.choice->failed(node, {ErrorCode::Precision, {}}));
    QCOMPARE(run.opened[node.id].back(), std::string("fp32"));
    QVERIFY(!run.choice->failed(node, {ErrorCode::Precision, {}}));
}

QTEST_GUILESS_MAIN(PrecisionChoiceTest)
#include "precision_choice_test.moc"
