// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/data/files.h"
#include "tests/unit/data/tests.h"

#include "app/core/data/label_matcher.h"
#include "app/core/data/wordnet.h"
#include "shared/base/limits.h"

#include <set>

using namespace vitfleet;
using namespace vitfleet::app;

namespace {

LabelMatcher matcher(std::vector<std::string> labels, const fs::path& map = {})
{
    auto made = LabelMatcher::create(std::move(labels), map);
    if (!made)
        qFatal("%s", made.error().detail.c_str());
    return std::move(*made);
}

using Index = std::optional<std::uint32_t>;

} // namespace

void TestLabels::orderOfRules()
{
    const LabelMatcher m = matcher({"tench, Tinca tinca", "goldfish, Carassius auratus", "3", "cat", "CAT food"});
    QCOMPARE(m.match("tench, Tinca tinca"), Index(0));
    QCOMPARE(m.match("tinca TINCA"), Index(0));
    QCOMPARE(m.match("Goldfish"), Index(1));
    QCOMPARE(m.match("  goldfish "), Index(1));
    QCOMPARE(m.match("cat"), Index(3));
    QCOMPARE(m.match("Cat"), Index(3));
    QCOMPARE(m.match("3"), Index(2)); // its name before its number
    QCOMPARE(m.match("4"), Index(4));
    QCOMPARE(m.match("004"), Index(4));
    QCOMPARE(m.match("5"), Index());
    QCOMPARE(m.match("-1"), Index());
    QCOMPARE(m.match("4x"), Index());
    QCOMPARE(m.match("99999999999"), Index());
    QCOMPARE(m.match(""), Index());
    QCOMPARE(m.match("dog"), Index());
    QCOMPARE(matcher({"a,,b", ","}).match(""), Index());
}

void TestLabels::ambiguousNamesMatchNothing()
{
    const LabelMatcher m = matcher({"crane", "crane", "maillot", "maillot, tank suit"});
    QCOMPARE(m.match("crane"), Index());
    QCOMPARE(m.match("maillot"), Index(2)); // exactly one is called just so
    QCOMPARE(m.match("Maillot"), Index());
    QCOMPARE(m.match("tank suit"), Index(3));
    QCOMPARE(m.match("0"), Index(0));
}

void TestLabels::labelMap()
{
    const Folder folder;
    const fs::path map = folder.write("map.csv", "folder,label\r\nkatze,cat\r\nhund,1\r\nvogel,bird\r\ncat,dog\r\n");
    const LabelMatcher m = matcher({"cat", "dog"}, map);
    QCOMPARE(m.match("katze"), Index(0));
    QCOMPARE(m.match("hund"), Index(1));
    QCOMPARE(m.match("vogel"), Index()); // the model knows no bird
    QCOMPARE(m.match("cat"), Index(0));  // the model's own names come first
    const LabelMatcher other =
        matcher({"cat", "dog"}, folder.write("other.csv", "label,note,folder\ndog,x,n01440764\n"));
    QCOMPARE(other.match("n01440764"), Index(1));
}

void TestLabels::damagedLabelMaps_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("one column") << QByteArray("folder\na\n");
    QTest::newRow("other columns") << QByteArray("from,to\na,b\n");
    QTest::newRow("too few fields") << QByteArray("folder,label\na\n");
    QTest::newRow("open quote") << QByteArray("folder,label\na,\"b\n");
    QByteArray many("folder,label\n");
    for (std::size_t i = 0; i <= limits::maxLabels; ++i)
        many += QByteArray::number(static_cast<qulonglong>(i)) + ",a\n";
    QTest::newRow("too many") << many;
}

void TestLabels::damagedLabelMaps()
{
    QFETCH(const QByteArray, content);
    const Folder folder;
    const auto made = LabelMatcher::create({"a"}, folder.write("map.csv", content.toStdString()));
    QVERIFY(!made);
    QCOMPARE(made.error().code, ErrorCode::DataLabelMap);
    QCOMPARE(LabelMatcher::create({"a"}, folder / "none.csv").error().code, ErrorCode::DataLabelMap);
    QCOMPARE(LabelMatcher::create({"a"}, folder.path()).error().code, ErrorCode::DataLabelMap);
}

void TestLabels::wordNetIds()
{
    const auto classes = imagenetClasses();
    QCOMPARE(classes.size(), 1000U);
    QVERIFY(std::ranges::is_sorted(classes, {}, &WordNetClass::id));
    std::set<std::string_view> ids;
    std::vector<std::string> names, nameless, others;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        ids.insert(classes[i].id);
        names.push_back(std::string(classes[i].name) + ", some other name");
        nameless.push_back("LABEL_" + std::to_string(i));
        others.push_back("kind " + std::to_string(i));
    }
    QCOMPARE(ids.size(), 1000U);
    for (const auto& labels : {names, nameless}) {
        const LabelMatcher m = matcher(labels);
        QCOMPARE(m.match("n01440764"), Index(0));
        QCOMPARE(m.match("n02012849"), Index(134)); // crane, the bird
        QCOMPARE(m.match("n03126707"), Index(517)); // crane, the machine
        QCOMPARE(m.match("n15075141"), Index(999));
        QCOMPARE(m.match("n99999999"), Index());
    }
    // A thousand classes of something else are not ImageNet's.
    QCOMPARE(matcher(others).match("n01440764"), Index());
}

void TestLabels::wordNetIdsByName()
{
    const LabelMatcher m = matcher({"goldfish, Carassius auratus", "tench", "crane"});
    QCOMPARE(m.match("n01440764"), Index(1));
    QCOMPARE(m.match("n01443537"), Index(0));
    QCOMPARE(m.match("n02012849"), Index()); // which crane is meant, the label does not say
}
