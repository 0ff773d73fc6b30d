// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class TestFolder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void kindsAndMissingSets();
    void orderIsBytewiseByPath();
    void everyFileCounts();
    void classFoldersAreExpectedLabels();
    void linksInsideAndOutside();
    void whatIsNoFile();
    void namesThatAreNoText();
    void namesThatAreTooLong();
    void whatMayNotBeRead();
    void readingFailuresAreTheNodes();
    void limitAndBatches();
    void cancelling();
    void reading();
    void readingWhatHasChanged();
    void imagenetSample();
    void oddImages();
};

class TestManifest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void columnsInAnyOrder();
    void quotesLinesAndByteOrderMark();
    void tabSeparated();
    void pathsThatLeadOut();
    void theSamePathTwice();
    void rowsThatAreWrong();
    void anotherRoot();
    void damagedManifests_data();
    void damagedManifests();
    void damageInTheMiddle();
    void recordLength();
};

class TestIdx : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void plainAndCompressed();
    void withoutLabels();
    void damagedFiles_data();
    void damagedFiles();
    void tooLarge();
    void readingChecks();
    void fashionMnist();
};

class TestLabels : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void orderOfRules();
    void ambiguousNamesMatchNothing();
    void labelMap();
    void damagedLabelMaps_data();
    void damagedLabelMaps();
    void wordNetIds();
    void wordNetIdsByName();
};

class TestItems : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatGoesInComesOut();
    void aMillionItems();
};

class TestModel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void reading();
    void defaults();
    void missingFiles();
    void shards();
    void numberOfShards();
    void families();
    void processorConfig();
    void untrustedFormats();
    void damagedConfigs_data();
    void damagedConfigs();
    void depthOfConfig();
    void sizeLimits();
    void demoModel();
};
