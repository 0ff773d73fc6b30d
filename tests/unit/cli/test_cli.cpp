// SPDX-License-Identifier: GPL-3.0-or-later
// The real program: its arguments, its exit codes and what it prints of a database. Runs with agents: tests/e2e.
#include "app/core/filter_options.h"
#include "tests/unit/store/store_fixture.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <nlohmann/json.hpp>

#include <QProcess>

#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::app::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Ended
{
    int exitCode = -1;
    std::string out, err;
};

std::string contentOf(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class TestCli : public QObject
{
    Q_OBJECT

private:
    Folder m_folder;
    RunId m_finished, m_withErrors, m_stopped;

    fs::path database() const { return m_folder.path("runs.db"); }
    fs::path home() const { return m_folder.path("home"); }

    Ended run(const QStringList& arguments, const char* agent = "/no/such/agent") const
    {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("VITFLEET_HOME"), QString::fromStdString(home().string()));
        environment.insert(QStringLiteral("VITFLEET_AGENT"), QString::fromUtf8(agent));
        environment.remove(QStringLiteral("DISPLAY"));
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-cli"), arguments);
        if (!process.waitForFinished(60'000))
            qFatal("vitfleet-cli does not end");
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                process.readAllStandardOutput().toStdString(), process.readAllStandardError().toStdString()};
    }
    QStringList withDb(QStringList arguments, const fs::path& file) const
    {
        return arguments << QStringLiteral("--db") << QString::fromStdString(file.string());
    }
    QStringList withDb(QStringList arguments) const { return withDb(std::move(arguments), database()); }
    static QString number(RunId run) { return QString::number(run.value); }
    QString path(const char* name) const { return QString::fromStdString(m_folder.path(name).string()); }

    /// A model directory as far as the application looks into it, and a folder with one file.
    QStringList runArguments() const
    {
        const fs::path model = m_folder.path("model"), data = m_folder.path("data");
        fs::create_directories(model);
        fs::create_directories(data);
        std::ofstream(model / "config.json")
            << R"({"model_type":"vit","architectures":["ViTForImageClassification"],"image_size":28,"patch_size":7,)"
               R"("num_channels":3,"hidden_size":32,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":64,)"
               R"("id2label":{"0":"cat","1":"dog"},"label2id":{"cat":0,"dog":1}})";
        std::ofstream(model / "preprocessor_config.json") << "{}";
        std::ofstream(model / "model.safetensors") << std::string(64, '\0');
        std::ofstream(data / "a.jpg") << "x";
        return {QStringLiteral("run"), QStringLiteral("--data"), path("data"), QStringLiteral("--model"),
                path("model")};
    }

private Q_SLOTS:
    void initTestCase()
    {
        auto store = valueOf(openStore(database(), OpenMode::ReadWrite));
        StoreWriter& writer = store->writer();
        const auto finish = [&](RunRecord run, RunState state) {
            run.state = state;
            run.startedAt = run.createdAt;
            run.finishedAt = run.createdAt + 1000;
            writer.updateRun(run);
            valueOf(writer.sealRun(run.id));
            return run.id;
        };
        RunRecord run = storedRun(*store, 4, "a");
        for (std::uint32_t i = 0; i < 4; ++i)
            writer.addResult(run.id, i, sampleRow(i, i % 2 ? "local-1" : "local-2"));
        m_finished = finish(run, RunState::Finished);
        run = storedRun(*store, 2, "b");
        ResultRow synthetic = sampleRow(0);
        synthetic.synthetic = true;
        synthetic.backend = "synthetic";
        writer.addResult(run.id, 0, synthetic);
        writer.addResult(run.id, 1, errorRow(1, ErrorCode::ImgEmpty, ""));
        m_withErrors = finish(run, RunState::Finished);
        run = storedRun(*store, 3, "c");
        writer.addResult(run.id, 0, sampleRow(0));
        m_stopped = finish(run, RunState::Stopped);
        EventRecord event;
        event.run = m_finished;
        event.kind = EventKind::NodeLost;
        event.node = "local-1";
        writer.addEvent(event);
        mustWork(writer.flush());
    }

    void helpAndVersion()
    {
        Ended ended = run({QStringLiteral("--help")});
        QCOMPARE(ended.exitCode, 0);
        for (const char* command : {"run", "resume", "agents", "runs", "show", "export", "key", "verify", "errors"}) {
            QVERIFY2(contains(ended.out, command), command);
            const Ended help = run({QString::fromUtf8(command), QStringLiteral("--help")});
            QCOMPARE(help.exitCode, 0);
            QVERIFY(!help.out.empty());
        }
        ended = run({QStringLiteral("--version")});
        QCOMPARE(ended.exitCode, 0);
        QVERIFY(contains(ended.out, VITFLEET_VERSION));
    }

    void usageErrors_data()
    {
        QTest::addColumn<QStringList>("arguments");
        const auto row = [](const char* text) {
            QTest::newRow(text) << QString::fromUtf8(text).split(QLatin1Char(' '), Qt::SkipEmptyParts);
        };
        row("");
        row("dance");
        row("runs --colour");
        row("run");
        row("run --data x --model y");
        row("run --data x --local 2");
        row("run --model x --local 2");
        row("run --data x --model y --local 0");
        row("run --data x --model y --local two");
        row("run --data x --model y --local 1 --nodes 0");
        row("run --data x --model y --local 1 --limit -1");
        row("run --data x --model y --local 1 --backend magic");
        row("run --data x --model y --local 1 --backend synthetic --backend-options {");
        row("resume");
        row("resume zero");
        row("resume 0");
        row("show");
        row("export 1");
        row("export 1 f.csv --separator x");
        row("export 1 f.csv --right --wrong");
        row("export 1 f.csv --min-score 2");
        row("export 1 f.csv --status lost");
        row("export 1 f.csv --error E_NO_SUCH");
        row("verify");
        row("runs show");
    }

    void usageErrors()
    {
        QFETCH(QStringList, arguments);
        const Ended ended = run(arguments);
        QCOMPARE(ended.exitCode, 2);
        QVERIFY(!ended.err.empty() || arguments.isEmpty());
    }

    void couldNotRun_data()
    {
        QTest::addColumn<QStringList>("more");
        QTest::addColumn<QString>("code");
        QTest::newRow("no data") << QStringList{QStringLiteral("--data"), QStringLiteral("/no/such/data")}
                                 << QStringLiteral("E_DATA_MISSING");
        QTest::newRow("no model") << QStringList{QStringLiteral("--model"), QStringLiteral("/no/such/model")}
                                  << QStringLiteral("E_MODEL_MISSING");
        QTest::newRow("address") << QStringList{QStringLiteral("--agent"), QStringLiteral("-oProxyCommand=x")}
                                 << QStringLiteral("E_ADDRESS");
        QTest::newRow("not pinned") << QStringList{QStringLiteral("--agent"), QStringLiteral("127.0.0.1:1")}
                                    << QStringLiteral("E_NOT_PINNED");
        QTest::newRow("nodes") << QStringList{QStringLiteral("--nodes"), QStringLiteral("2")}
                               << QStringLiteral("E_TOO_FEW_NODES");
        QTest::newRow("export") << QStringList{QStringLiteral("--export"), QStringLiteral("/no/such/folder/x.csv")}
                                << QStringLiteral("E_EXPORT");
        QTest::newRow("label map") << QStringList{QStringLiteral("--label-map"), QStringLiteral("/no/such/map.csv")}
                                   << QStringLiteral("E_DATA_LABEL_MAP");
    }

    /// Before anything is stored.
    void couldNotRun()
    {
        QFETCH(QStringList, more);
        QFETCH(QString, code);
        QStringList arguments = runArguments();
        if (const auto at = arguments.indexOf(more.front()); at >= 0)
            arguments[at + 1] = more[1];
        else
            arguments += more;
        if (more.front() != QStringLiteral("--agent"))
            arguments += {QStringLiteral("--local"), QStringLiteral("1")};
        const fs::path file = m_folder.path("none.db");
        const Ended ended = run(withDb(arguments, file));
        QVERIFY2(contains(ended.err, code.toStdString()), ended.err.c_str());
        QCOMPARE(ended.exitCode, 3);
        if (fs::exists(file))
            QCOMPARE(run(withDb({QStringLiteral("runs"), QStringLiteral("--json")}, file)).out, std::string("[]\n"));
    }

    void aRunIsStoredAlsoWhereNoAgentStarts()
    {
        const fs::path file = m_folder.path("stored.db");
        QStringList arguments = runArguments();
        arguments += {QStringLiteral("--local"), QStringLiteral("2"), QStringLiteral("--json")};
        const Ended ended = run(withDb(arguments, file));
        QCOMPARE(ended.exitCode, 3);
        std::istringstream lines(ended.out);
        std::string line;
        QVERIFY(std::getline(lines, line));
        const json first = json::parse(line);
        QCOMPARE(first.at("event").get<std::string>(), std::string("run"));
        QCOMPARE(first.at("run").get<int>(), 1);
        json last;
        while (std::getline(lines, line))
            last = json::parse(line);
        QCOMPARE(last.at("event").get<std::string>(), std::string("end"));
        QCOMPARE(last.at("exit_code").get<int>(), 3);
        QVERIFY2(contains(last.at("failure").dump(), "E_AGENT_START"), last.dump().c_str());
        const json runs = json::parse(run(withDb({QStringLiteral("runs"), QStringLiteral("--json")}, file)).out);
        QCOMPARE(runs.size(), std::size_t{1});
        QCOMPARE(runs[0].at("run").get<int>(), 1);
        QCOMPARE(runs[0].at("state").get<std::string>(), std::string("failed"));
        QCOMPARE(runs[0].at("local_agents").get<int>(), 2);
    }

    /// A run whose application was killed is stored as running; nobody is there to run it.
    void saysWhichRunIsInterrupted()
    {
        const fs::path file = m_folder.path("cut.db");
        const QStringList runs = withDb({QStringLiteral("runs")}, file);
        const QStringList verify{QStringLiteral("verify"), QString::fromStdString(file.string())};
        auto store = valueOf(openStore(file, OpenMode::ReadWrite));
        RunRecord record = storedRun(*store, 2, "a");
        record.state = RunState::Running;
        store->writer().updateRun(record);
        mustWork(store->writer().flush());
        QVERIFY(contains(run(runs).out, "running") && !contains(run(runs).out, "resume"));
        QVERIFY(contains(run(verify).out, "ok: running, 2 items to go"));
        store.reset();
        QVERIFY2(contains(run(runs).out, "go on with: vitfleet-cli resume 1 --db " + file.string()),
                 run(runs).out.c_str());
        QVERIFY(contains(run(verify).out, "ok: interrupted, 2 items to go"));
        QVERIFY(contains(run(withDb({QStringLiteral("show"), QStringLiteral("1")}, file)).out,
                         "run 1 interrupted: 0 of 2"));
        const QStringList show = withDb({QStringLiteral("show"), QStringLiteral("1"), QStringLiteral("--json")}, file);
        QCOMPARE(json::parse(run(show).out).at("state").get<std::string>(), std::string("interrupted"));
        QVERIFY(contains(run(withDb({QStringLiteral("export"), QStringLiteral("1"), path("cut.csv")}, file)).out,
                         "The run is interrupted: items without a row are left out."));
        const json list = json::parse(run(QStringList(runs) << QStringLiteral("--json")).out);
        QCOMPARE(list[0].at("state").get<std::string>(), std::string("interrupted"));
    }

    void listsRuns()
    {
        const Ended ended = run(withDb({QStringLiteral("runs")}));
        QCOMPARE(ended.exitCode, 0);
        QVERIFY(contains(ended.out, "finished") && contains(ended.out, "stopped") && contains(ended.out, "SYNTHETIC"));
        const json runs = json::parse(run(withDb({QStringLiteral("runs"), QStringLiteral("--json")})).out);
        QCOMPARE(runs.size(), std::size_t{3});
        QCOMPARE(runs[0].at("run").get<std::int64_t>(), m_finished.value);
        QCOMPARE(runs[0].at("labelled").get<int>(), 4);
        QCOMPARE(runs[1].at("synthetic").get<bool>(), true);
        QVERIFY(runs[0].at("accuracy").is_object());
        // The default database does not exist yet; one that is named must.
        QCOMPARE(run({QStringLiteral("runs"), QStringLiteral("--json")}).out, std::string("[]\n"));
        const Ended missing = run(withDb({QStringLiteral("runs")}, m_folder.path("missing.db")));
        QCOMPARE(missing.exitCode, 3);
        QVERIFY(contains(missing.err, "E_DB_OPEN"));
    }

    void showsARun()
    {
        const Ended ended = run(withDb({QStringLiteral("show"), number(m_finished)}));
        QCOMPARE(ended.exitCode, 0);
        QVERIFY2(contains(ended.out, "4 planned = 4 labelled + 0 errors; 0 lost, 0 doubled"), ended.out.c_str());
        QVERIFY(contains(ended.out, "local-1 was lost.") && contains(ended.out, "local-2"));
        QVERIFY(contains(run(withDb({QStringLiteral("show"), number(m_withErrors)})).out, "SYNTHETIC"));
        const json object =
            json::parse(run(withDb({QStringLiteral("show"), number(m_finished), QStringLiteral("--json")})).out);
        QCOMPARE(object.at("nodes").size(), std::size_t{2});
        QCOMPARE(object.at("events").size(), std::size_t{1});
        QVERIFY(object.at("seal").at("holds").get<bool>());
        const Ended unknown = run(withDb({QStringLiteral("show"), QStringLiteral("99")}));
        QCOMPARE(unknown.exitCode, 3);
        QVERIFY(contains(unknown.err, "E_RUN_UNKNOWN"));
    }

    void showsEachErrorWithItsRemedy()
    {
        const ErrorInfo& empty = info(ErrorCode::ImgEmpty);
        const std::string said = describe({ErrorCode::ImgEmpty, {}});
        const Ended ended = run(withDb({QStringLiteral("show"), number(m_withErrors)}));
        QVERIFY2(contains(ended.out, "folder/picture 1.jpg  " + said), ended.out.c_str());
        QVERIFY2(contains(ended.out, "1 x " + std::string(empty.name)), ended.out.c_str());
        const json object =
            json::parse(run(withDb({QStringLiteral("show"), number(m_withErrors), QStringLiteral("--json")})).out);
        QCOMPARE(object.at("error_rows").size(), std::size_t{1});
        QCOMPARE(object.at("error_rows").at(0).at("error").at("code").get<std::string>(), std::string(empty.name));
    }

    void exportsTheStoresBytes()
    {
        auto store = valueOf(openStore(database(), OpenMode::ReadOnly));
        auto reader = valueOf(store->openReader());
        for (const bool excel : {false, true}) {
            valueOf(reader->exportCsv(m_finished, {}, m_folder.path("by-store.csv"), {excel, excel ? ';' : ','}));
            QStringList arguments{QStringLiteral("export"), number(m_finished), path("by-cli.csv")};
            if (excel)
                arguments += {QStringLiteral("--bom"), QStringLiteral("--separator"), QStringLiteral(";")};
            const Ended ended = run(withDb(arguments));
            QCOMPARE(ended.exitCode, 0);
            QVERIFY(contains(ended.out, "4 rows"));
            QCOMPARE(contentOf(m_folder.path("by-cli.csv")), contentOf(m_folder.path("by-store.csv")));
        }
        const Ended failed =
            run(withDb({QStringLiteral("export"), number(m_finished), QStringLiteral("/no/such/x.csv")}));
        QCOMPARE(failed.exitCode, 3);
        QVERIFY(contains(failed.err, "E_EXPORT"));
    }

    /// What the window copies is read as it was meant: each of its filters, and all of them.
    void exportsWhatAFilterLetsThrough()
    {
        auto store = valueOf(openStore(database(), OpenMode::ReadOnly));
        auto reader = valueOf(store->openReader());
        const auto rows = valueOf(reader->results(m_finished, {}, std::nullopt, 10));
        QCOMPARE(rows.size(), std::size_t{4});
        const double score = static_cast<double>(rows[1].result->top.front().score);
        std::vector<ResultFilter> filters(9);
        filters[0].nodes = {"local-1"};
        filters[1].nodes = {"local-1", "local-2"};
        filters[2].labels = {valueOf(reader->run(m_finished)).labels.at(rows[0].result->top.front().label)};
        filters[3].minScore = score;
        filters[4].maxScore = score;
        filters[5].status = ResultFilter::Status::Labelled;
        filters[6].correct = rows[0].result->correct.value_or(true);
        filters[7].text = rows[2].item.path;
        filters[8].expected = {"-x"}; // not an option
        filters[8].errors = {ErrorCode::ImgEmpty, ErrorCode::ImgCorrupt};
        filters[8].precisions = {"fp32"};
        filters[8].status = ResultFilter::Status::Errors;
        for (const ResultFilter& filter : filters) {
            const std::uint64_t count =
                valueOf(reader->exportCsv(m_finished, filter, m_folder.path("by-store.csv"), {}));
            QStringList arguments{QStringLiteral("export"), number(m_finished), path("by-cli.csv")};
            for (const std::string& word : filterOptions(filter))
                arguments << QString::fromStdString(word);
            const Ended ended = run(withDb(arguments));
            QVERIFY2(ended.exitCode == 0, ended.err.c_str());
            QVERIFY2(
                contains(ended.out, (count == 1 ? "1 row" : std::to_string(count) + " rows") + " (filtered) written"),
                ended.out.c_str());
            QCOMPARE(contentOf(m_folder.path("by-cli.csv")), contentOf(m_folder.path("by-store.csv")));
        }
        QVERIFY(filterOptions({}).empty());
        ResultFilter errors;
        errors.errors = {ErrorCode::ImgEmpty};
        QStringList arguments{QStringLiteral("export"), number(m_withErrors), path("by-cli.csv")};
        for (const std::string& word : filterOptions(errors))
            arguments << QString::fromStdString(word);
        QVERIFY(contains(run(withDb(arguments)).out, "1 row (filtered)"));
    }

    void resumeOfAFinishedRunEndsAsItDid()
    {
        Ended ended =
            run(withDb({QStringLiteral("resume"), number(m_finished), QStringLiteral("--export"), path("again.csv")}));
        QCOMPARE(ended.exitCode, 0);
        QVERIFY(contains(ended.out, "is finished already"));
        QVERIFY(contains(contentOf(m_folder.path("again.csv")), "labelled"));
        ended = run(withDb({QStringLiteral("resume"), number(m_withErrors), QStringLiteral("--json")}));
        QCOMPARE(ended.exitCode, 1);
        QVERIFY(contains(ended.out, "\"finished\":true"));
        ended = run(withDb({QStringLiteral("resume"), QStringLiteral("99")}));
        QCOMPARE(ended.exitCode, 3);
        QVERIFY(contains(ended.err, "E_RUN_UNKNOWN"));
    }

    void aDatabaseInUseIsNamed()
    {
        auto store = valueOf(openStore(database(), OpenMode::ReadWrite));
        const Ended ended = run(withDb({QStringLiteral("resume"), number(m_stopped)}));
        QCOMPARE(ended.exitCode, 3);
        QVERIFY2(contains(ended.err, "E_DB_BUSY") && contains(ended.err, "process " + std::to_string(::getpid())),
                 ended.err.c_str());
        QCOMPARE(run(withDb({QStringLiteral("runs")})).exitCode, 0); // looking is possible
    }

    void refusesOtherFiles()
    {
        std::ofstream(m_folder.path("page.html")) << "<html>" << std::string(2000, ' ');
        const Ended ended = run(withDb({QStringLiteral("runs")}, m_folder.path("page.html")));
        QCOMPARE(ended.exitCode, 3);
        QVERIFY(contains(ended.err, "E_DB_FORMAT"));
    }

    void verifiesFromTheOutside()
    {
        Ended ended = run({QStringLiteral("verify"), path("runs.db")});
        QVERIFY2(contains(ended.out, "the database is in order"), ended.out.c_str());
        QCOMPARE(ended.exitCode, 0);
        QVERIFY(contains(ended.out, "2 items to go"));

        const fs::path copy = m_folder.path("copy.db");
        fs::copy_file(database(), copy);
        {
            SQLite::Database db(copy.string(), SQLite::OPEN_READWRITE);
            db.exec("DELETE FROM result WHERE run=1 AND item=2");
        }
        ended = run({QStringLiteral("verify"), path("copy.db")});
        QCOMPARE(ended.exitCode, 1);
        QVERIFY2(contains(ended.out, "run 1: WRONG") && contains(ended.out, "run 2: ok"), ended.out.c_str());
        const json object = json::parse(
            run({QStringLiteral("verify"), path("copy.db"), QStringLiteral("1"), QStringLiteral("--json")}).out);
        QCOMPARE(object.at("runs").size(), std::size_t{1});
        QCOMPARE(object.at("runs")[0].at("counted").at("lost").get<int>(), 1);
        QCOMPARE(run({QStringLiteral("verify"), path("copy.db"), QStringLiteral("2")}).exitCode, 0);
        QCOMPARE(run({QStringLiteral("verify"), path("missing.db")}).exitCode, 3);
    }

    void printsItsKey()
    {
        const json first = json::parse(run({QStringLiteral("key"), QStringLiteral("--json")}).out);
        const auto key = first.at("key").get<std::string>();
        QCOMPARE(key.size(), std::size_t{52});
        QCOMPARE(first.at("authorize").get<std::string>(), "vitfleet-agent authorize " + key);
        QVERIFY(contains(run({QStringLiteral("key")}).out, key)); // the same again
        struct stat status = {};
        QCOMPARE(::stat((home() / "application.key").c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, mode_t{0600});
        ::chmod((home() / "application.key").c_str(), 0644);
        const Ended ended = run({QStringLiteral("key")});
        ::chmod((home() / "application.key").c_str(), 0600);
        QCOMPARE(ended.exitCode, 3);
        QVERIFY(contains(ended.err, "E_KEY_PERMISSIONS"));
    }

    void agentsWithoutAny()
    {
        const Ended ended =
            run(withDb({QStringLiteral("agents"), QStringLiteral("--json")}, m_folder.path("fresh.db")));
        QCOMPARE(ended.exitCode, 0);
        QCOMPARE(ended.out, std::string("[]\n"));
        const Ended bad = run(withDb({QStringLiteral("agents"), QStringLiteral("--agent"), QStringLiteral("nonsense")},
                                     m_folder.path("fresh.db")));
        QCOMPARE(bad.exitCode, 1);
        QVERIFY(contains(bad.out, "E_ADDRESS"));
    }

    void errorsAreThoseOfTheDocument()
    {
        const Ended ended = run({QStringLiteral("errors"), QStringLiteral("--markdown")});
        QCOMPARE(ended.exitCode, 0);
        // To mend it: build/bin/vitfleet-cli errors --markdown > docs/errors.md
        QCOMPARE(contentOf(fs::path(VITFLEET_SOURCE_DIR) / "docs/errors.md"), ended.out);
        const json list = json::parse(run({QStringLiteral("errors"), QStringLiteral("--json")}).out);
        QCOMPARE(list.size(), allErrors().size());
    }
};

QTEST_GUILESS_MAIN(TestCli)
#include "test_cli.moc"
