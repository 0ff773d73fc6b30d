// SPDX-License-Identifier: GPL-3.0-or-later
// The inspector of the fleet page: gauges, errors, where a node's log is.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/ui/fleet_page.h"
#include "app/ui/gauges.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_log.h"
#include "app/ui/node_table.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QItemSelectionModel>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestInspector : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e10_gauges();
    void whatTravelsIsSaid();
    void unreadableLogIsSaid();
    void logIsWhereItIs();
};

/// e10, e13: old gauges are grey and say their age; a sensor that is missing says why.
void TestInspector::e10_gauges()
{
    Stage stage;
    auto nodes = mixedNodes();
    nodes[0].gpuReason = "libnvidia-ml.so.1 is not installed";
    stage.fleet.show(fleetOf(nodes));
    FleetPage& page = stage.window->fleetPage();
    page.setInspectorShown(true);
    page.showNode(NodeId(1));
    QCOMPARE(page.inspector().gpuText(), QStringLiteral("libnvidia-ml.so.1 is not installed"));
    QVERIFY(!page.groups().indexOf(NodeId(1)).data(NodeModel::StaleRole).toBool());
    const auto gauge = [&page](const QString& name) {
        const auto all = page.inspector().findChildren<Gauge*>();
        return *std::ranges::find(all, name, &Gauge::accessibleName);
    };
    // Whether any of it is drawn in the colour of what is true now.
    const auto isLive = [&stage](QWidget* widget, const QRect& part) {
        const QImage drawn = widget->grab(part).toImage();
        for (int y = 0; y < drawn.height(); ++y) {
            for (int x = 0; x < drawn.width(); ++x) {
                if (drawn.pixelColor(x, y) == stage.theme.colours().accent)
                    return true;
            }
        }
        return false;
    };
    const auto loadCell = [&page] {
        return page.table().visualRect(page.groups().indexOf(NodeId(1), NodeModel::LoadColumn));
    };
    page.table().clearSelection(); // a selected row has a frame of that colour
    QVERIFY(isLive(page.table().viewport(), loadCell()));
    page.showNode(NodeId(1));
    for (const QString& name : {QStringLiteral("CPU"), QStringLiteral("Memory")}) {
        QVERIFY(isLive(gauge(name), gauge(name)->rect()));
        QVERIFY(!gauge(name)->accessibleDescription().contains(QStringLiteral("old")));
    }
    nodes[0].beatAge = std::chrono::milliseconds(2'900);
    stage.fleet.show(fleetOf(nodes));
    QVERIFY(isLive(gauge(QStringLiteral("CPU")), gauge(QStringLiteral("CPU"))->rect()));
    nodes[0].beatAge = std::chrono::milliseconds(7'000);
    stage.fleet.show(fleetOf(nodes));
    QVERIFY(page.groups().indexOf(NodeId(1)).data(NodeModel::StaleRole).toBool());
    for (const QString& name : {QStringLiteral("CPU"), QStringLiteral("Memory")}) {
        QVERIFY(!isLive(gauge(name), gauge(name)->rect()));
        QCOMPARE(gauge(name)->accessibleDescription(), QStringLiteral("7 s old"));
    }
    page.table().clearSelection();
    QVERIFY(!isLive(page.table().viewport(), loadCell()));
    QCOMPARE(page.groups().indexOf(NodeId(1), NodeModel::BeatColumn).data().toString(), QStringLiteral("7.0 s"));
    page.showNode(NodeId(3));
    QCOMPARE(page.inspector().gpuText(), QStringLiteral("NVIDIA L4"));
    EventRecord event;
    event.kind = EventKind::NodeLost;
    event.node = "node-3";
    event.error = {ErrorCode::Unreachable, "no beat"};
    event.at = sampleNow;
    stage.fleet.happen({event});
    QVERIFY(page.inspector().errorsText().contains(QStringLiteral("node-3")));
}

/// Whether a node reads the pictures itself or is sent them, and how much that is.
void TestInspector::whatTravelsIsSaid()
{
    Stage stage;
    auto nodes = mixedNodes();
    nodes[1].transfer = protocol::TransferMode::Bytes; // 797 bytes a picture
    nodes[1].labelled = 900;
    nodes[1].leased = 100;
    nodes[1].imagesPerSecond = 100;
    nodes[2].transfer = protocol::TransferMode::Paths;
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 2'000, 0, 100)));
    FleetPage& page = stage.window->fleetPage();
    page.setInspectorShown(true);
    page.showNode(NodeId(2));
    QVERIFY2(page.inspector().factsText().contains(
                 QStringLiteral("their bytes are sent to it: about 778.3 KiB so far, 77.8 KiB a second")),
             qPrintable(page.inspector().factsText()));
    page.showNode(NodeId(3));
    QVERIFY(page.inspector().factsText().contains(QStringLiteral("it reads them itself")));
    page.showNode(NodeId(4)); // not known yet
    QVERIFY(!page.inspector().factsText().contains(QStringLiteral("Pictures")));
}

/// The log of a node from a profile is not where that of a service is.
/// A log that cannot be read is not an empty one.
void TestInspector::unreadableLogIsSaid()
{
    Stage stage;
    const QTemporaryDir folder;
    NodeSnapshot node = sampleNode(1);
    node.local = true;
    node.logFile = folder.filePath(QStringLiteral("none.log")).toStdString();
    stage.fleet.show(fleetOf({node}));
    FleetPage& page = stage.window->fleetPage();
    page.setInspectorShown(true);
    page.showNode(NodeId(1));
    const auto* log = page.inspector().findChild<QPlainTextEdit*>();
    QTRY_VERIFY2(log->toPlainText().startsWith(QStringLiteral("The log cannot be read: ")),
                 qPrintable(log->toPlainText()));
    QVERIFY(QFile(QString::fromStdString(node.logFile)).open(QIODevice::WriteOnly));
    QTRY_COMPARE(log->toPlainText(), QStringLiteral("The log is empty."));
}

void TestInspector::logIsWhereItIs()
{
    NodeSnapshot node = sampleNode(4);
    const auto allocated = [](ProviderKind kind, const char* site, const char* folder, const char* id) {
        UnitSnapshot unit;
        unit.node = NodeId(4);
        unit.record.provider = kind;
        unit.record.site = site;
        unit.record.folder = folder;
        unit.record.providerId = id;
        unit.record.index = 2;
        AllocationSnapshot allocation;
        allocation.units = {unit};
        return ScaleOutSnapshot{{allocation}};
    };
    QCOMPARE(logOf(node, nullptr).command, QStringLiteral("journalctl -u vitfleet-agent"));
    ScaleOutSnapshot units = allocated(ProviderKind::Slurm, "", "/shared/vitfleet/00ff", "17_2");
    QCOMPARE(logOf(node, &units).file, QStringLiteral("/shared/vitfleet/00ff/job-2.log"));
    units = allocated(ProviderKind::Slurm, "login", "/home/me/my runs/00ff", "17_2");
    QCOMPARE(logOf(node, &units).command,
             QStringLiteral("ssh login 'tail -n 100 '\\''/home/me/my runs/00ff/job-2.log'\\'''"));
    units = allocated(ProviderKind::Ssh, "me@node-a", "/home/me/.cache/00ff", "me@node-a:4711");
    QCOMPARE(logOf(node, &units).command,
             QStringLiteral("ssh me@node-a 'tail -n 100 /home/me/.cache/00ff/agent-2.log'"));
    units = allocated(ProviderKind::Kubernetes, "prod/labels", "", "vitfleet-00ff-2");
    QCOMPARE(logOf(node, &units).command,
             QStringLiteral("kubectl --context=prod --namespace=labels logs vitfleet-00ff-2 -c agent"));
    units = allocated(ProviderKind::Kubernetes, "/", "", "vitfleet-00ff-2");
    QCOMPARE(logOf(node, &units).command, QStringLiteral("kubectl logs vitfleet-00ff-2 -c agent"));
    // As the inspector says it; what is known of a node whose provider says nothing any more.
    Stage stage;
    stage.fleet.show(fleetOf({node}));
    FleetPage& page = stage.window->fleetPage();
    page.setInspectorShown(true);
    page.showNode(NodeId(4));
    QVERIFY2(page.inspector().logText().contains(QStringLiteral("host-4: journalctl")),
             qPrintable(page.inspector().logText()));
    stage.scaleOut.show(units);
    page.inspector().update();
    QVERIFY2(page.inspector().logText().contains(QStringLiteral("kubectl logs")),
             qPrintable(page.inspector().logText()));
    stage.scaleOut.show({});
    node.provider = "slurm";
    node.providerId = "17_2";
    stage.fleet.show(fleetOf({node}));
    QVERIFY2(page.inspector().logText().contains(QStringLiteral("scontrol show job 17_2")),
             qPrintable(page.inspector().logText()));
}

static const Registered<TestInspector> registered;
#include "test_inspector.moc"
