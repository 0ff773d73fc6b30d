// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_log.h"

#include "app/ui/shell_words.h"

#include <QCoreApplication>
#include <QStringList>

namespace vitfleet::app {
namespace {

const UnitRecord* unitOf(NodeId node, const ScaleOutSnapshot* units)
{
    if (!units)
        return nullptr;
    for (const AllocationSnapshot& allocation : units->allocations) {
        for (const UnitSnapshot& unit : allocation.units) {
            if (unit.node == node)
                return &unit.record;
        }
    }
    return nullptr;
}

QString lastLines(const QString& file)
{
    return shellLine({QStringLiteral("tail"), QStringLiteral("-n"), QStringLiteral("100"), file});
}

/// docs/profiles.md tells what a launch folder holds.
NodeLog inLaunchFolder(const UnitRecord& unit, const char* name)
{
    const QString site = QString::fromStdString(unit.site);
    const QString file =
        QStringLiteral("%1/%2-%3.log")
            .arg(QString::fromStdString(unit.folder), QLatin1String(name), QString::number(unit.index));
    if (site.isEmpty())
        return {file, {}, {}};
    return {{}, shellLine({QStringLiteral("ssh"), site, lastLines(file)}), site};
}

NodeLog ofPod(const UnitRecord& unit)
{
    QStringList words{QStringLiteral("kubectl")};
    const QString site = QString::fromStdString(unit.site); // context/namespace
    if (const QString context = site.section(QLatin1Char('/'), 0, -2); !context.isEmpty())
        words << QStringLiteral("--context=") + context;
    if (const QString space = site.section(QLatin1Char('/'), -1); !space.isEmpty())
        words << QStringLiteral("--namespace=") + space;
    words << QStringLiteral("logs") << QString::fromStdString(unit.providerId) << QStringLiteral("-c")
          << QStringLiteral("agent");
    return {{}, shellLine(words), QCoreApplication::translate("NodeLog", "the cluster")};
}

} // namespace

NodeLog logOf(const NodeSnapshot& node, const ScaleOutSnapshot* units)
{
    if (!node.logFile.empty())
        return {QString::fromStdString(node.logFile), {}, {}};
    if (const UnitRecord* unit = unitOf(node.id, units)) {
        switch (unit->provider) {
        case ProviderKind::Slurm:
            return inLaunchFolder(*unit, "job");
        case ProviderKind::Kubernetes:
            return ofPod(*unit);
        default:
            return inLaunchFolder(*unit, "agent");
        }
    }
    const QString host =
        node.host.empty() ? QCoreApplication::translate("NodeLog", "its machine") : QString::fromStdString(node.host);
    const QString id = QString::fromStdString(node.providerId);
    if (node.provider == "slurm")
        return {{}, shellLine({QStringLiteral("scontrol"), QStringLiteral("show"), QStringLiteral("job"), id}), host};
    if (node.provider == "kubernetes")
        return {{},
                shellLine({QStringLiteral("kubectl"), QStringLiteral("logs"), id, QStringLiteral("-c"),
                           QStringLiteral("agent")}),
                QCoreApplication::translate("NodeLog", "the cluster")};
    if (!node.provider.empty())
        return {{}, {}, host};
    return {{}, QStringLiteral("journalctl -u vitfleet-agent"), host};
}

} // namespace vitfleet::app
