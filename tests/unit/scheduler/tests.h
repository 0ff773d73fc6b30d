// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class TestItems : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void leasesRiseAndFollowItemOrder();
    void aNodeHoldsNoMoreThanItsCredit();
    void aResultIsAcceptedOnce();
    void foreignResultsAreRefused();
    void resultsOfEarlierSessions();
    void theEndIsToldOnce();
    void anEmptyDataSetEnds();
    void settledItemsAreNotGivenOut();
    void settledItemsMayBeToldAhead();
    void aSettledItemIsOwedByNobody();
    void aLeaseThatWasNotSentComesBack();
    void aCopyGoesTheSameWay();
    void aMillionItems();
};

class TestErrors : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void itemErrorsNeedTwoNodes_data();
    void itemErrorsNeedTwoNodes();
    void aLoneVerdictIsFinal();
    void aVerdictIsFinalWhenTheOthersLeave();
    void theLabelWins();
    void aRepeatedVerdictIsNoSecondOne();
    void nodeErrorsAreTriedElsewhere();
    void noNodeIsLeft();
    void aGoneNodeMayComeBackInTime();
    void aGoneNodeIsNotWaitedForLonger();
    void otherKindsOfErrorsAreTheNodes();
};

class TestLosses : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void lostItemsGoBackUncharged();
    void lateResultsOfALostNodeCount();
    void poisonIsTriedAloneAndThenEnds();
    void whoLeavesInOrderLosesNothingInExecution();
    void poisonIsTriedOnAnotherNode();
    void nothingFailsWhileNobodyIsOnline();
    void aLeaseTimesOut();
    void aHeldUpStoreIsNobodysFault();
    void resultsKeepALeaseAlive();
    void bytesOnTheirWayKeepALeaseAlive();
    void theSecondLeaseWaitsItsTurn();
    void drainingNodesFinishOnly();
    void drainingNowTakesBack();
    void whatComesBackUnaskedIsNotSentAgainAtOnce();
    void whatWasGivenBackIsNotHeldAnyMore();
    void aPauseGivesNothingOut();
};

class TestBreaker : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void threeErrorsInARowSetAside();
    void aLabelBreaksTheRow();
    void aProbeRestores();
    void aFailedProbePausesAgain();
    void theItemsOwnErrorsDoNotCount();
    void anErrorThatProvesToBeTheItemsIsTakenBack();
    void contradictedVerdictsCount();
    void badPicturesSetNobodyAside();
    void aNodeThatReturnsIsStillAside();
};

class TestChunks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theFirstChunkIsSmall();
    void aSmallSetIsShared();
    void chunksFollowTheMeasuredSpeed();
    void chunksHaveLimits();
    void failingIsNoSpeed();
    void expectedEndFollowsTheSpeed();
    void chunksAreWholeBatches();
    void theLastItemsAreSpread();
};

class TestTail : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void idleNodesTakeFromTheLongest();
    void nothingIsTakenWithoutGain();
    void aSlowNodeGetsNoLastItem();
    void onlySuspectsAreDuplicated();
    void theFirstOfTwoAnswersCounts();
    void anUnansweredTakeBackIsRepeated();
};

class TestAudit : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aSecondNodeIsAskedAndNoRowChanges();
    void aThirdNodeDecides();
    void withTwoNodesADisputeStands();
    void nobodyIsBlamedWhereAllThreeDiffer();
    void whoAnswersWronglyIsSetAside();
    void lostOpinionsAreAskedForElsewhere();
    void theRunDoesNotWaitForLong();
    void aSingleNodeIsNotAudited();
    void theShareIsKept();
    void aFleetLargeForItsDataIsAudited();
};
