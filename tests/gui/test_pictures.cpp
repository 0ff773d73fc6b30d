// SPDX-License-Identifier: GPL-3.0-or-later
// For people: every page in both themes, sizes and states.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/command_palette.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_table.h"
#include "app/ui/page.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "app/ui/start_problem.h"
#include "app/ui/status_bar.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestPictures : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void pictures();
};

/// For people: every page in both themes and sizes. Does nothing unless $VITFLEET_SCREENSHOTS is set.
void TestPictures::pictures()
{
    if (qEnvironmentVariableIsEmpty("VITFLEET_SCREENSHOTS"))
        QSKIP("VITFLEET_SCREENSHOTS is not set");
    for (const bool dark : {false, true}) {
        Stage stage(dark);
        const QString theme = dark ? QStringLiteral("dark") : QStringLiteral("light");
        const auto pages = [&](const QString& state) {
            const QStringList names = {QStringLiteral("fleet"), QStringLiteral("run"), QStringLiteral("results")};
            for (int page = 0; page < names.size(); ++page) {
                stage.window->showPage(static_cast<MainWindow::PageIndex>(page));
                QTest::qWait(400); // rows and pictures come from other threads
                stage.shoot(names[page] + QLatin1Char('-') + state + QLatin1Char('-') + theme);
            }
        };
        pages(QStringLiteral("empty"));
        stage.store.setRun(sampleRecord());
        stage.store.setRows(sampleRows(400, 100));
        for (int i = 0; i < 240; ++i) {
            FleetSnapshot fleet =
                fleetOf({sampleNode(1), sampleNode(2)}, sampleRun(10'000, 25 * static_cast<quint64>(i), 2, 700));
            fleet.at = sampleNow - (240 - i) * 500;
            fleet.imagesPerSecond = static_cast<float>(std::min(i, 40) * 10 + (i * 37) % 25);
            stage.fleet.show(std::move(fleet));
        }
        EventRecord lost;
        lost.at = sampleNow - 41'000;
        lost.kind = EventKind::NodeLost;
        lost.node = "node-8";
        stage.fleet.happen({lost});
        stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
        pages(QStringLiteral("busy"));
        stage.window->resize(1024, 640);
        pages(QStringLiteral("small"));
        stage.window->resize(1440, 900);
        stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, finishedRun(10'000, 2)));
        pages(QStringLiteral("finished"));
    }
}

static const Registered<TestPictures> registered;
#include "test_pictures.moc"
