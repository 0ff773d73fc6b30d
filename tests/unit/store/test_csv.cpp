// SPDX-License-Identifier: GPL-3.0-or-later
// The CSV of docs/csv.md, byte for byte.
#include "tests/unit/store/store_fixture.h"

#include <clocale>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::app::test;
namespace fs = std::filesystem;

namespace {

const std::string header =
    "item,path,status,label,score,label_2,score_2,label_3,score_3,label_4,score_4,label_5,score_5,expected,correct,"
    "node,"
    "device,backend,precision,attempt,decode_ms,inference_ms,error_code,error_message,finished_at\r\n";

std::string contentOf(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
}

} // namespace

class TestStoreCsv : public QObject
{
    Q_OBJECT

private:
    Folder m_folder;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<StoreReader> m_reader;
    RunId m_run;

    std::string exported(const ResultFilter& filter = {}, const CsvOptions& options = {})
    {
        const fs::path file = m_folder.path("out.csv");
        valueOf(m_reader->exportCsv(m_run, filter, file, options));
        return contentOf(file);
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_store = valueOf(openStore(m_folder.path("x.db"), OpenMode::ReadWrite));
        m_run = valueOf(m_store->writer().createRun(sampleRun()));
        auto items = sampleItems(8);
        items[0].path = "a.jpg";
        items[1].path = "with, comma and \"quotes\".jpg";
        items[2].path = "line\r\nbreak\n.jpg";
        items[3].path = "=HYPERLINK(\"http://x\")";
        items[3].expected = "@SUM";
        items[4].path = "Käse/日本.jpg";
        items[4].expected = "+1";
        items[5].path = std::string("bad\xff\x80utf\x00.jpg", 13);
        items[5].expected = "-2";
        items[6].path = "\ttab";
        items[6].expected = "\rreturn";
        items[7].path = "no row yet";
        StoreWriter& writer = m_store->writer();
        writer.addItems(m_run, items);
        ResultRow row = sampleRow(0);
        row.top = {{0, 0.9123457f}, {1, 0.05f}, {2, 1e-5f}, {3, 1.23456789e-8f}, {4, 0.0f}};
        writer.addResult(m_run, 0, row);
        row = sampleRow(1, "local-2");
        row.top = {{4, 1.0f}};
        row.correct = false;
        row.attempt = 2;
        row.note = "a note stays in the database";
        row.synthetic = true;
        row.backend = "synthetic";
        writer.addResult(m_run, 1, row);
        writer.addResult(m_run, 2, errorRow(2, ErrorCode::ImgTruncated, "at byte 77, \"x\""));
        row = errorRow(3, ErrorCode::PathNotFile, "");
        row.node.clear();
        row.device.clear();
        row.backend.clear();
        row.precision.clear();
        row.finishedAt = 0;
        row.decodeMicros = row.inferenceMicros = 0;
        writer.addResult(m_run, 3, row);
        for (std::uint32_t i = 4; i < 7; ++i) {
            row = sampleRow(i);
            row.top.clear();
            row.top.push_back({999, 0.5f}); // an output without a name
            row.correct.reset();
            writer.addResult(m_run, i, row);
        }
        mustWork(writer.flush());
        m_reader = valueOf(m_store->openReader());
    }

    void isExactlyThis()
    {
        const std::string tail = ",,,,,,,,";
        QCOMPARE(
            QByteArray::fromStdString(exported()),
            QByteArray::fromStdString(
                header +
                "0,a.jpg,labelled,cat,0.9123457,dog,0.05,crane,1e-05,crane,1.234568e-08,'=SUM(A1),0,cat,true,local-1,"
                "cpu,torch,fp32,1,1.234,45.678,,,2023-11-14T22:13:21.234Z\r\n"
                "1,\"with, comma and \"\"quotes\"\".jpg\",labelled,'=SUM(A1),1" +
                tail +
                ",dog,false,local-2,cpu,"
                "synthetic,fp32,2,1.234,45.678,,,2023-11-14T22:13:21.234Z\r\n"
                "2,\"line\r\nbreak\n.jpg\",error,,,,,,,,,,,cat,,local-2,cpu,torch,fp32,1,1.234,45.678,"
                "E_IMG_TRUNCATED,\"The picture ends before its data does. (at byte 77, \"\"x\"\") The copy was cut "
                "short: "
                "fetch the file again.\","
                "2023-11-14T22:13:21.234Z\r\n"
                "3,\"'=HYPERLINK(\"\"http://x\"\")\",error,,,,,,,,,,,'@SUM,,,,,,1,0.000,0.000,E_PATH_NOT_FILE,"
                "This is not a regular file. Remove it from the data set.,1970-01-01T00:00:00.000Z\r\n"
                "4,Käse/日本.jpg,labelled,999,0.5" +
                tail +
                ",'+1,,local-1,cpu,torch,fp32,1,1.234,45.678,,,"
                "2023-11-14T22:13:21.234Z\r\n"
                "5,bad\xEF\xBF\xBD\xEF\xBF\xBDutf\xEF\xBF\xBD.jpg,labelled,999,0.5" +
                tail +
                ",'-2,,local-1,cpu,torch,fp32,1,1.234,45.678,,,2023-11-14T22:13:21.234Z\r\n"
                "6,'\ttab,labelled,999,0.5" +
                tail +
                ",\"'\rreturn\",,local-1,cpu,torch,fp32,1,1.234,45.678,,,"
                "2023-11-14T22:13:21.234Z\r\n"));
    }

    void optionsAndFilters()
    {
        ResultFilter filter;
        filter.labels = {"cat"};
        const std::string text = exported(filter, {true, ';'});
        QVERIFY(text.starts_with("\xEF\xBB\xBFitem;path;status;"));
        QVERIFY(text.find("\r\n0;a.jpg;labelled;cat;0.9123457;dog;0.05;") != std::string::npos);
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), std::ptrdiff_t{2});
        filter = {};
        filter.text = "with, comma";
        QVERIFY(exported(filter, {false, ';'}).find(";with, comma") == std::string::npos); // its quotes need quoting
    }

    void knowsNothingOfLocales()
    {
        const std::string before = exported();
        bool changed = false;
        for (const char* locale : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"})
            changed = changed || std::setlocale(LC_ALL, locale);
        QCOMPARE(exported(), before);
        std::setlocale(LC_ALL, "C");
    }

    void manyRowsInOrder()
    {
        StoreWriter& writer = m_store->writer();
        const RunRecord run = storedRun(*m_store, 5000, "many");
        for (std::uint32_t i = 5000; i-- > 0;)
            writer.addResult(run.id, i, sampleRow(i));
        mustWork(writer.flush());
        const fs::path file = m_folder.path("many.csv");
        QCOMPARE(valueOf(m_reader->exportCsv(run.id, {}, file, {})), std::uint64_t{5000});
        std::istringstream lines(contentOf(file));
        std::string line;
        std::getline(lines, line);
        for (int i = 0; i < 5000; ++i) {
            QVERIFY(std::getline(lines, line));
            QVERIFY2(line.starts_with(std::to_string(i) + ",folder/picture "), line.c_str());
        }
    }

    void replacesAFileOnlyWhenComplete()
    {
        const fs::path file = m_folder.path("kept.csv");
        std::ofstream(file) << "before";
        const auto failed = m_reader->exportCsv(RunId(99), {}, file, {});
        QCOMPARE(failed.error().code, ErrorCode::RunUnknown);
        QCOMPARE(contentOf(file), std::string("before"));
        valueOf(m_reader->exportCsv(m_run, {}, file, {}));
        QVERIFY(contentOf(file).starts_with(header));
        for (const auto& entry : fs::directory_iterator(m_folder.path(".")))
            QVERIFY2(!entry.path().filename().string().starts_with(".kept"), entry.path().c_str());
        struct stat info = {};
        ::stat(file.c_str(), &info);
        const mode_t mask = ::umask(022);
        ::umask(mask);
        QCOMPARE(info.st_mode & 0777, 0666 & ~mask);
    }

    void refusesWhereItCannotWrite()
    {
        QCOMPARE(m_reader->exportCsv(m_run, {}, m_folder.path("no/such/folder.csv"), {}).error().code,
                 ErrorCode::Export);
        QCOMPARE(m_reader->exportCsv(m_run, {}, m_folder.path("."), {}).error().code, ErrorCode::Export);
        QCOMPARE(m_reader->exportCsv(m_run, {}, "/dev/full", {}).error().code, ErrorCode::Export);
    }
};

QTEST_GUILESS_MAIN(TestStoreCsv)
#include "test_csv.moc"
