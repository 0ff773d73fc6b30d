// SPDX-License-Identifier: GPL-3.0-or-later
// Real inference through the real command line: the demo's pictures and model.
#include <QTest>

#include "tests/e2e/csv_file.h"
#include "tests/e2e/fleet_run.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <algorithm>

using namespace vitfleet::test;

namespace {

const QString sharedData = QStringLiteral(VITFLEET_SOURCE_DIR "/../shared/data");

} // namespace

class LabelsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    QString path(const QString& name) const { return m_dir->filePath(name); }

    int runDemo(CliProcess& cli, int agents, int limit, const QString& csv)
    {
        // --nodes: no work is given out before all of them are ready, however quick the model is.
        return cli.run({QStringLiteral("run"), QStringLiteral("--data"), demoData(), QStringLiteral("--model"),
                        demoModel(), QStringLiteral("--local"), QString::number(agents), QStringLiteral("--nodes"),
                        QString::number(agents), QStringLiteral("--limit"), QString::number(limit),
                        QStringLiteral("--db"), path(QStringLiteral("run.db")), QStringLiteral("--export"), csv});
    }

private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void labelsAndScoresDoNotDependOnTheNumberOfAgents()
    {
        constexpr int limit = 2000;
        QStringList tables;
        for (const int agents : {1, 2, 3}) {
            CliProcess cli(m_dir->path());
            const QString file = path(QStringLiteral("%1.csv").arg(agents));
            const int code = runDemo(cli, agents, limit, file);
            QVERIFY2(code == 0, cli.all().constData());
            const CsvFile csv(file);
            QVERIFY2(csv.problem().isEmpty(), qPrintable(csv.problem()));
            QCOMPARE(csv.rows(), limit);
            const auto byNode = csv.countBy(QStringLiteral("node"));
            // More agents than free cores: the work of one that gets no core for a second goes to the others.
            QVERIFY2(byNode.size() >= std::min(agents, 2) && byNode.size() <= agents, qPrintable(file));
            QString table;
            for (int row = 0; row < limit; ++row) {
                for (const char* column :
                     {"item", "path", "status", "label", "score", "label_2", "score_2", "label_3", "score_3", "label_4",
                      "score_4", "label_5", "score_5", "expected", "correct"})
                    table += csv.at(row, QString::fromLatin1(column)) + QLatin1Char('\t');
                table += QLatin1Char('\n');
            }
            tables << table;
            if (agents == 2)
                QVERIFY2(csv.countBy(QStringLiteral("correct")).value(QStringLiteral("true")) >= limit * 85 / 100,
                         "the demo model is right on 85 % of its first pictures at least");
        }
        QCOMPARE(tables[1], tables[0]);
        QCOMPARE(tables[2], tables[0]);
    }

    void aFolderOfOddFilesHasOneRowForEach()
    {
        // Every kind of entry that a folder may hold; the photographs' folder is tested where it exists.
        QDir(m_dir->path()).mkpath(QStringLiteral("data/Bag"));
        const auto write = [this](const QString& name, const QByteArray& bytes) {
            QFile file(path(QStringLiteral("data/Bag/") + name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(bytes);
        };
        write(QStringLiteral("good.pgm"), "P5 2 2 255\nabcd");
        write(QStringLiteral("empty.jpg"), "");
        write(QStringLiteral("page.jpg"), "<html><body>not here</body></html>");
        write(QStringLiteral("cut.pgm"), "P5 200 200 255\nabcd");
        write(QStringLiteral("=1+1.txt"), "words");
        CliProcess cli(m_dir->path());
        const int code = cli.run({QStringLiteral("run"), QStringLiteral("--data"), path(QStringLiteral("data")),
                                  QStringLiteral("--model"), demoModel(), QStringLiteral("--local"),
                                  QStringLiteral("1"), QStringLiteral("--db"), path(QStringLiteral("run.db")),
                                  QStringLiteral("--export"), path(QStringLiteral("odd.csv"))});
        QVERIFY2(code == 1, cli.all().constData());
        const CsvFile csv(path(QStringLiteral("odd.csv")));
        QVERIFY2(csv.problem().isEmpty(), qPrintable(csv.problem()));
        QCOMPARE(csv.rows(), 5);
        QHash<QString, QString> codes;
        for (int row = 0; row < csv.rows(); ++row)
            codes[csv.at(row, QStringLiteral("path"))] = csv.at(row, QStringLiteral("error_code"));
        QCOMPARE(codes.value(QStringLiteral("Bag/good.pgm"), QStringLiteral("missing")), QString());
        QCOMPARE(codes.value(QStringLiteral("Bag/empty.jpg")), QStringLiteral("E_IMG_EMPTY"));
        QCOMPARE(codes.value(QStringLiteral("Bag/page.jpg")), QStringLiteral("E_IMG_FORMAT"));
        QCOMPARE(codes.value(QStringLiteral("Bag/cut.pgm")), QStringLiteral("E_IMG_TRUNCATED"));
        QCOMPARE(codes.value(QStringLiteral("Bag/=1+1.txt")), QStringLiteral("E_IMG_FORMAT"));
    }

    void theOddFilesOfPillowsTestsEachGetOneRow()
    {
        const QString odd = sharedData + QStringLiteral("/images-odd");
        if (!QDir(odd).exists())
            QSKIP("the folder of odd files is not on this machine");
        CliProcess cli(m_dir->path());
        const int code =
            cli.run({QStringLiteral("run"), QStringLiteral("--data"), odd, QStringLiteral("--model"), demoModel(),
                     QStringLiteral("--local"), QStringLiteral("2"), QStringLiteral("--db"),
                     path(QStringLiteral("run.db")), QStringLiteral("--export"), path(QStringLiteral("odd.csv"))});
        QVERIFY2(code == 1, cli.all().constData());
        const CsvFile csv(path(QStringLiteral("odd.csv")));
        QVERIFY2(csv.problem().isEmpty(), qPrintable(csv.problem()));
        QVERIFY(csv.rows() >= 700);
        const auto byStatus = csv.countBy(QStringLiteral("status"));
        QCOMPARE(byStatus.value(QStringLiteral("labelled")) + byStatus.value(QStringLiteral("error")), csv.rows());
        QVERIFY(byStatus.value(QStringLiteral("labelled")) >= 600);
        QCOMPARE(csv.countBy(QStringLiteral("error_code")).value(QStringLiteral("E_DECODER_CRASHED")), 0);
    }

    void aModelThatDoesNotFitSaysSo()
    {
        QVERIFY(QDir().mkpath(path(QStringLiteral("model"))));
        for (const char* name : {"config.json", "preprocessor_config.json", "model.safetensors"})
            QVERIFY(QFile::copy(demoModel() + QLatin1Char('/') + QLatin1String(name),
                                path(QStringLiteral("model/")) + QLatin1String(name)));
        QFile config(path(QStringLiteral("model/config.json")));
        QVERIFY(config.open(QIODevice::ReadOnly));
        QByteArray text = config.readAll();
        config.close();
        QVERIFY(text.contains("\"hidden_size\": 96"));
        text.replace("\"hidden_size\": 96", "\"hidden_size\": 192");
        QFile::setPermissions(config.fileName(), QFile::ReadOwner | QFile::WriteOwner);
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write(text);
        config.close();
        CliProcess cli(m_dir->path());
        const int code = cli.run({QStringLiteral("run"), QStringLiteral("--data"), demoData(),
                                  QStringLiteral("--model"), path(QStringLiteral("model")), QStringLiteral("--local"),
                                  QStringLiteral("1"), QStringLiteral("--db"), path(QStringLiteral("run.db"))});
        QVERIFY2(code == 3, cli.all().constData());
        QVERIFY2(cli.all().contains("E_MODEL_SHAPE"), cli.all().constData());
    }
};

QTEST_GUILESS_MAIN(LabelsTest)
#include "labels_test.moc"
