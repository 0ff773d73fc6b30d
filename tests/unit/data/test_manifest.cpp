// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/data/files.h"
#include "tests/unit/data/tests.h"

#include "shared/base/limits.h"

using namespace vitfleet;
using namespace vitfleet::app;

namespace {

Scanned scanManifest(const Folder& folder, std::string_view content)
{
    return scan({folder.write("list.csv", content).string(), {}, 0});
}

} // namespace

void TestManifest::columnsInAnyOrder()
{
    const Folder folder;
    folder.write("a.jpg", "abc");
    folder.write("sub/b.jpg");
    const Scanned scanned =
        scanManifest(folder, "id,Label, PATH ,note\n1,cat,sub/b.jpg,x\n2,dog,a.jpg\n3,bird,missing.jpg,y\n");
    QCOMPARE(scanned.error.code, ErrorCode::None);
    QCOMPARE(scanned.paths(), (std::vector<std::string>{"sub/b.jpg", "a.jpg", "missing.jpg"}));
    QCOMPARE(scanned.items[0].expected, std::string("cat"));
    QCOMPARE(scanned.items[1].expected, std::string("dog"));
    QCOMPARE(scanned.items[1].bytes, 3U);
    QCOMPARE(scanned.items[2].scanError.code, ErrorCode::PathMissing);
    const auto set = DataSet::open({(folder / "list.csv").string(), {}, 0});
    QCOMPARE((*set)->kind(), std::string("manifest"));
    QCOMPARE((*set)->path(), (folder / "list.csv").string());
    QCOMPARE((*set)->root(), folder.path().string());
    QCOMPARE(asText(*(*set)->read(scanned.items[1], 0, 10)), std::string("abc"));
    QCOMPARE(scanManifest(folder, "path\na.jpg\n").items[0].expected, std::string());
    const Scanned first = scan({(folder / "list.csv").string(), {}, 1});
    QCOMPARE(first.items.size(), 1U);
}

void TestManifest::quotesLinesAndByteOrderMark()
{
    const Folder folder;
    for (const char* name : {"comma, here.jpg", "quote\".jpg", "line\nbreak.jpg", "plain.jpg", "last.jpg"})
        folder.write(name);
    const Scanned scanned = scanManifest(folder, "\xEF\xBB\xBFpath,label\r\n"
                                                 "\"comma, here.jpg\",a\r\n"
                                                 "\"quote\"\".jpg\",\"b, c\"\r\n"
                                                 "\r\n"
                                                 "\"line\nbreak.jpg\",\"\"\r\n"
                                                 "plain.jpg,\r\n"
                                                 "last.jpg,d");
    QCOMPARE(scanned.error.code, ErrorCode::None);
    QCOMPARE(scanned.paths(),
             (std::vector<std::string>{"comma, here.jpg", "quote\".jpg", "line\nbreak.jpg", "plain.jpg", "last.jpg"}));
    for (const ItemRecord& item : scanned.items)
        QCOMPARE(item.scanError.code, ErrorCode::None);
    QCOMPARE(scanned.items[1].expected, std::string("b, c"));
    QCOMPARE(scanned.items[2].expected, std::string());
    QCOMPARE(scanned.items[4].expected, std::string("d"));
}

void TestManifest::tabSeparated()
{
    const Folder folder;
    for (const char* name : {"a, b.jpg", "tab\there.jpg", "c.jpg"})
        folder.write(name);
    for (const char* name : {"list.tsv", "LIST.TSV"}) {
        const Scanned scanned = scan({folder
                                          .write(name, "\xEF\xBB\xBFid\tlabel\tPath\r\n"
                                                       "1\tcat, tabby\ta, b.jpg\r\n"
                                                       "2\t\"dog \"\"x\"\"\"\t\"tab\there.jpg\"\r\n"
                                                       "\r\n3\t\tc.jpg")
                                          .string(),
                                      {},
                                      0});
        QCOMPARE(scanned.error.code, ErrorCode::None);
        QCOMPARE(scanned.paths(), (std::vector<std::string>{"a, b.jpg", "tab\there.jpg", "c.jpg"}));
        QCOMPARE(scanned.items[0].expected, std::string("cat, tabby"));
        QCOMPARE(scanned.items[1].expected, std::string("dog \"x\""));
        QCOMPARE(scanned.items[2].expected, std::string());
    }
    // Neither reads the other.
    QCOMPARE(scan({folder.write("commas.tsv", "path,label\nc.jpg,x\n").string(), {}, 0}).error.code,
             ErrorCode::DataManifest);
    QCOMPARE(scanManifest(folder, "path\tlabel\nc.jpg\tx\n").error.code, ErrorCode::DataManifest);
}

void TestManifest::pathsThatLeadOut()
{
    const Folder folder;
    folder.write("set/in.jpg");
    folder.write("out.jpg");
    fs::create_symlink("../out.jpg", folder / "set/link.jpg");
    const std::string inside = (folder / "set/in.jpg").string(), outside = (folder / "out.jpg").string();
    folder.write("set/list.csv",
                 "path\nin.jpg\n../out.jpg\nx/../in.jpg\n" + inside + "\n" + outside + "\nlink.jpg\n.\n/\n");
    const Scanned scanned = scan({(folder / "set/list.csv").string(), {}, 0});
    QCOMPARE(scanned.items.size(), 8U);
    const std::vector<std::pair<std::string, ErrorCode>> expected = {
        {"in.jpg", ErrorCode::None},   {"../out.jpg", ErrorCode::PathEscape}, {"in.jpg", ErrorCode::None},
        {"in.jpg", ErrorCode::None},   {outside, ErrorCode::PathEscape},      {"link.jpg", ErrorCode::PathEscape},
        {".", ErrorCode::PathNotFile}, {"/", ErrorCode::PathEscape},
    };
    for (std::size_t i = 0; i < expected.size(); ++i) {
        QCOMPARE(scanned.items[i].path, expected[i].first);
        QCOMPARE(scanned.items[i].scanError.code, expected[i].second);
    }
}

void TestManifest::theSamePathTwice()
{
    const Folder folder;
    folder.write("a.jpg");
    const Scanned scanned = scanManifest(folder, "path,label\na.jpg,1\na.jpg,2\n");
    QCOMPARE(scanned.items.size(), 2U);
    QCOMPARE(scanned.items[0].expected, std::string("1"));
    QCOMPARE(scanned.items[1].expected, std::string("2"));
}

void TestManifest::rowsThatAreWrong()
{
    const Folder folder;
    folder.write("a.jpg");
    using namespace std::string_literals;
    const std::string content = "label,path\nonly\n,\n,caf\xE9.jpg\n,nul\0here.jpg\n,"s + std::string(5000, 'p') +
                                "\nl\xE9,a.jpg\n" + std::string(2000, 'l') + ",a.jpg\n";
    const Scanned scanned = scanManifest(folder, content);
    QCOMPARE(scanned.error.code, ErrorCode::None);
    QCOMPARE(scanned.items.size(), 7U);
    QCOMPARE(scanned.items[0].scanError.code, ErrorCode::PathMissing); // no field for the path
    QCOMPARE(scanned.items[1].scanError.code, ErrorCode::PathMissing); // empty
    QCOMPARE(scanned.items[2].scanError.code, ErrorCode::PathEncoding);
    QCOMPARE(scanned.items[2].path, std::string("caf\\xE9.jpg"));
    QCOMPARE(scanned.items[3].scanError.code, ErrorCode::PathEncoding);
    QCOMPARE(scanned.items[3].path, std::string("nul\\x00here.jpg"));
    QCOMPARE(scanned.items[4].scanError.code, ErrorCode::PathEncoding);
    QVERIFY(scanned.items[4].path.size() <= limits::maxPathBytes);
    QCOMPARE(scanned.items[5].expected, std::string("l\xEF\xBF\xBD"));
    QVERIFY(scanned.items[6].expected.size() <= limits::maxLabelBytes);
}

void TestManifest::anotherRoot()
{
    const Folder pictures, lists;
    pictures.write("a.jpg");
    const std::string list = lists.write("list.csv", "path\na.jpg\n").string();
    QCOMPARE(scan({list, {}, 0}).items[0].scanError.code, ErrorCode::PathMissing);
    QCOMPARE(scan({list, pictures.path().string(), 0}).items[0].scanError.code, ErrorCode::None);
    QCOMPARE(scan({list, (pictures / "no such folder").string(), 0}).error.code, ErrorCode::DataMissing);
}

void TestManifest::damagedManifests_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no header") << QByteArray("a.jpg,cat\nb.jpg,dog\n");
    QTest::newRow("another header") << QByteArray("file,label\na.jpg,1\n");
    QTest::newRow("open quote") << QByteArray("\"path\na.jpg\n");
    QTest::newRow("text after a quote") << QByteArray("\"path\"x\na.jpg\n");
    QTest::newRow("bytes") << QByteArray("\x00\x01\x02\x03", 4);
}

void TestManifest::damagedManifests()
{
    QFETCH(const QByteArray, content);
    const Folder folder;
    const auto set = DataSet::open({folder.write("list.csv", content.toStdString()).string(), {}, 0});
    QVERIFY(!set);
    QCOMPARE(set.error().code, ErrorCode::DataManifest);
    QVERIFY(!set.error().detail.empty());
}

void TestManifest::damageInTheMiddle()
{
    const Folder folder;
    folder.write("a.jpg");
    const Scanned scanned = scanManifest(folder, "path,label\na.jpg,1\na.jpg,\"open\n");
    QCOMPARE(scanned.error.code, ErrorCode::DataManifest);
    QVERIFY(scanned.error.detail.find("line 3") != std::string::npos);
    QCOMPARE(scanManifest(folder, "path,label\n").error.code, ErrorCode::DataEmpty);
}

void TestManifest::recordLength()
{
    const Folder folder;
    folder.write("a.jpg");
    const auto record = [](std::size_t bytes) { return "path,note\na.jpg," + std::string(bytes - 6, 'n') + "\n"; };
    QCOMPARE(scanManifest(folder, record(limits::maxManifestLineBytes)).error.code, ErrorCode::None);
    QCOMPARE(scanManifest(folder, record(limits::maxManifestLineBytes + 1)).error.code, ErrorCode::DataManifest);
}
