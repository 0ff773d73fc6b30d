// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes from elsewhere on the Fleet page: what waits, grows, fails, is given back.
#include "app/ui/allocation_cards.h"
#include "app/ui/farewell.h"
#include "app/ui/fleet_page.h"
#include "app/ui/inputs.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QRegularExpression>
#include <QSignalSpy>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestAllocations : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void allocationCards();
    void growShrinkRelease();
    void failedAllocation();
    void whyOneHasEnded();
    void closingShowsWhatIsGivenBack();
};

/// None while nothing was asked for; then what works, what starts, what waits for what and since when.
void TestAllocations::allocationCards()
{
    Stage stage;
    AllocationCards& cards = stage.window->fleetPage().allocations();
    QVERIFY(!cards.isVisible());
    stage.scaleOut.show(waitingAllocation());
    QTRY_COMPARE(cards.cards().size(), std::size_t{1});
    QVERIFY(cards.isVisible()); // also while there is no node yet
    const QString text = cards.cards().front()->text();
    QVERIFY2(text.contains(QStringLiteral("slurm · 1 of 4 nodes work")), qPrintable(text));
    static const QRegularExpression pending(QStringLiteral("▲ 2 pending: waits for free nodes · for \\d+:\\d\\d"));
    QVERIFY2(text.contains(pending), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("○ 1 starting")), qPrintable(text));
    stage.scaleOut.show({});
    QTRY_VERIFY(cards.cards().empty());
    QVERIFY(!cards.isVisible());
}

void TestAllocations::growShrinkRelease()
{
    Stage stage;
    stage.scaleOut.show(waitingAllocation());
    AllocationCards& cards = stage.window->fleetPage().allocations();
    QTRY_COMPARE(cards.cards().size(), std::size_t{1});
    AllocationCard& card = *cards.cards().front();
    QTest::mouseClick(&card.grow(), Qt::LeftButton);
    QTRY_COMPARE(stage.scaleOut.asked(), QStringList(QStringLiteral("resize cluster 5")));
    QTest::mouseClick(&card.shrink(), Qt::LeftButton);
    QTRY_COMPARE(stage.scaleOut.asked().size(), 2);
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("resize cluster 3"));
    // Nothing is given back while it can be undone, and the card says for how long.
    QTest::mouseClick(&card.release(), Qt::LeftButton);
    QVERIFY(stage.undo.isOffered());
    QVERIFY2(card.text().contains(QStringLiteral("▼ Given back in 10 s")), qPrintable(card.text()));
    for (const QPushButton* button : {&card.grow(), &card.shrink(), &card.release()})
        QVERIFY(!button->isEnabled() && button->toolTip().contains(QStringLiteral("Ctrl+Z")));
    stage.undo.undo();
    QVERIFY(!card.text().contains(QStringLiteral("Given back")));
    QVERIFY(card.release().isEnabled() && card.grow().isEnabled() && card.shrink().isEnabled());
    QCOMPARE(stage.scaleOut.asked().size(), 2);
    QTest::mouseClick(&card.release(), Qt::LeftButton);
    stage.undo.settle();
    QCOMPARE(stage.scaleOut.asked().size(), 3);
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("release cluster"));
    stage.scaleOut.show({});
    QTRY_VERIFY(cards.cards().empty());
    // A window that closes does what is pending.
    stage.scaleOut.show(waitingAllocation());
    QTRY_COMPARE(cards.cards().size(), std::size_t{1});
    QTest::mouseClick(&cards.cards().front()->release(), Qt::LeftButton);
    QCOMPARE(stage.scaleOut.asked().size(), 3);
    stage.window.reset();
    QCOMPARE(stage.scaleOut.asked().size(), 4);
}

void TestAllocations::failedAllocation()
{
    Stage stage;
    ScaleOutSnapshot snapshot = waitingAllocation();
    snapshot.allocations[0].trouble = {ErrorCode::ProviderRefused, "sbatch: error: invalid partition"};
    snapshot.allocations[0].units[0].state = UnitState::Ended;
    snapshot.allocations[0].units[0].reason = "its time limit was reached";
    stage.scaleOut.show(snapshot);
    AllocationCards& cards = stage.window->fleetPage().allocations();
    QTRY_COMPARE(cards.cards().size(), std::size_t{1});
    const QString text = cards.cards().front()->text();
    QVERIFY2(text.contains(QStringLiteral("E_PROVIDER_REFUSED")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("invalid partition")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("✕ 1 ended: its time limit was reached")), qPrintable(text));
    // What is asked for and refused is said on the card, and changes nothing else.
    snapshot.allocations[0].trouble = {ErrorCode::None, {}};
    stage.scaleOut.show(snapshot);
    stage.scaleOut.refuse({ErrorCode::ProviderDenied, "cluster"});
    QTest::mouseClick(&cards.cards().front()->grow(), Qt::LeftButton);
    QTRY_VERIFY(cards.cards().front()->text().contains(QStringLiteral("E_PROVIDER_DENIED")));
}

/// Also where another node has taken its place: then it is in the list of those no more.
void TestAllocations::whyOneHasEnded()
{
    Stage stage;
    ScaleOutSnapshot snapshot = waitingAllocation();
    UnitSnapshot ended = snapshot.allocations[0].units[0];
    ended.state = UnitState::Ended;
    ended.reason = "it reached its time limit";
    snapshot.allocations[0].ended = {ended, ended};
    stage.scaleOut.show(snapshot);
    AllocationCards& cards = stage.window->fleetPage().allocations();
    QTRY_COMPARE(cards.cards().size(), std::size_t{1});
    const QString text = cards.cards().front()->text();
    QVERIFY2(text.contains(QStringLiteral("✕ 2 ended: it reached its time limit")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("1 of 4 nodes work")), qPrintable(text));
}

/// Nobody waits before a window that does not answer: what is left is said, and left to the next start if one wants.
void TestAllocations::closingShowsWhatIsGivenBack()
{
    ScriptedScaleOut scaleOut;
    ScaleOutSnapshot snapshot = waitingAllocation();
    snapshot.allocations[0].units[0].record.keep = true; // stays, and nobody waits for it
    scaleOut.show(snapshot);
    Farewell farewell(scaleOut);
    QCOMPARE(scaleOut.asked(), QStringList(QStringLiteral("release what does not stay")));
    const QSignalSpy finished(&farewell, &Farewell::finished);
    farewell.show();
    QVERIFY2(farewell.text().contains(QStringLiteral("cluster: 3 left")), qPrintable(farewell.text()));
    scaleOut.show({});
    QTRY_COMPARE(finished.count(), 1);
    Farewell impatient(scaleOut);
    const QSignalSpy left(&impatient, &Farewell::finished);
    impatient.show();
    QTest::mouseClick(&impatient.button(), Qt::LeftButton);
    QVERIFY(left.count() >= 1);
    QVERIFY(!impatient.isVisible());
    Farewell::wait(scaleOut); // nothing is left: returns at once
}

static const Registered<TestAllocations> registered;
#include "test_allocations.moc"
