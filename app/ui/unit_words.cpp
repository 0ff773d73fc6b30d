// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/unit_words.h"

#include <QCoreApplication>

namespace vitfleet::app {
namespace {

/// As app/provision says them; a fact stands for %1. Whole sentences come before those that they could be read as.
constexpr const char* sentences[] = {
    // Of every profile
    QT_TRANSLATE_NOOP("UnitReason", "asked for"),
    QT_TRANSLATE_NOOP("UnitReason", "finishes what it has begun"),
    QT_TRANSLATE_NOOP("UnitReason", "is given back"),
    QT_TRANSLATE_NOOP("UnitReason", "it was put back into the queue"),
    QT_TRANSLATE_NOOP("UnitReason", "it has started anew"),
    QT_TRANSLATE_NOOP("UnitReason", "not known"),
    // Slurm, waiting
    QT_TRANSLATE_NOOP("UnitReason", "waits to be looked at by the scheduler"),
    QT_TRANSLATE_NOOP("UnitReason", "waits for free nodes"),
    QT_TRANSLATE_NOOP("UnitReason", "waits behind jobs of higher priority"),
    QT_TRANSLATE_NOOP("UnitReason", "waits for another job"),
    QT_TRANSLATE_NOOP("UnitReason", "waits for its begin time"),
    QT_TRANSLATE_NOOP("UnitReason", "is held by the user: scontrol release lets it go"),
    QT_TRANSLATE_NOOP("UnitReason", "is held by an administrator"),
    QT_TRANSLATE_NOOP("UnitReason", "waits for a licence"),
    QT_TRANSLATE_NOOP("UnitReason", "waits for its reservation"),
    QT_TRANSLATE_NOOP("UnitReason", "waits: its partition is down"),
    QT_TRANSLATE_NOOP("UnitReason", "waits: its partition is not active"),
    QT_TRANSLATE_NOOP("UnitReason", "asks for more nodes than its partition has or allows"),
    QT_TRANSLATE_NOOP("UnitReason", "asks for more time than its partition allows"),
    QT_TRANSLATE_NOOP("UnitReason", "waits: a node that it needs is down, drained or reserved"),
    QT_TRANSLATE_NOOP("UnitReason", "waits: a node that it needs is down"),
    QT_TRANSLATE_NOOP("UnitReason", "can never start: no node has these features"),
    QT_TRANSLATE_NOOP("UnitReason", "can never start: the account is not valid"),
    QT_TRANSLATE_NOOP("UnitReason", "can never start: the QoS is not valid"),
    QT_TRANSLATE_NOOP("UnitReason", "waits for other tasks of its array"),
    QT_TRANSLATE_NOOP("UnitReason", "is being requeued and waits for its old node to be cleaned up"),
    QT_TRANSLATE_NOOP("UnitReason", "could not be launched and is held: scontrol release tries again"),
    QT_TRANSLATE_NOOP("UnitReason", "its node is being made ready"),
    QT_TRANSLATE_NOOP("UnitReason", "waits: a limit of the account or the QoS is reached (%1)"),
    QT_TRANSLATE_NOOP("UnitReason", "waits (%1)"),
    // Slurm, ended
    QT_TRANSLATE_NOOP("UnitReason", "its agent has ended"),
    QT_TRANSLATE_NOOP("UnitReason", "it was cancelled"),
    QT_TRANSLATE_NOOP("UnitReason", "it reached its time limit"),
    QT_TRANSLATE_NOOP("UnitReason", "its agent failed"),
    QT_TRANSLATE_NOOP("UnitReason", "its node failed"),
    QT_TRANSLATE_NOOP("UnitReason", "it was preempted"),
    QT_TRANSLATE_NOOP("UnitReason", "it needed more memory than it had asked for"),
    QT_TRANSLATE_NOOP("UnitReason", "its node did not boot"),
    QT_TRANSLATE_NOOP("UnitReason", "it reached its deadline"),
    QT_TRANSLATE_NOOP("UnitReason", "it was moved to another cluster"),
    QT_TRANSLATE_NOOP("UnitReason", "it is not in Slurm's queue any more"),
    // Hosts
    QT_TRANSLATE_NOOP("UnitReason", "on this machine"),
    QT_TRANSLATE_NOOP("UnitReason", "its process has ended"),
    QT_TRANSLATE_NOOP("UnitReason", "its process has ended: %1"),
    QT_TRANSLATE_NOOP("UnitReason", "its launch folder is gone"),
    // Kubernetes
    QT_TRANSLATE_NOOP("UnitReason", "is being created"),
    QT_TRANSLATE_NOOP("UnitReason", "its old pod ends"),
    QT_TRANSLATE_NOOP("UnitReason", "its StatefulSet was deleted"),
    QT_TRANSLATE_NOOP("UnitReason", "its StatefulSet was made smaller"),
    QT_TRANSLATE_NOOP("UnitReason", "its image cannot be fetched: %1"),
    QT_TRANSLATE_NOOP("UnitReason", "its agent ends again and again: %1"),
    QT_TRANSLATE_NOOP("UnitReason", "waits for a node: %1"),
    // Of several of them
    QT_TRANSLATE_NOOP("UnitReason", "on %1"),
    QT_TRANSLATE_NOOP("UnitReason", "is ending"),
    QT_TRANSLATE_NOOP("UnitReason", "is %1"),
};

QString translated(const QString& reason)
{
    for (const char* sentence : sentences) {
        const QString known = QString::fromLatin1(sentence);
        if (known == reason)
            return QCoreApplication::translate("UnitReason", sentence);
        const qsizetype fact = known.indexOf(QLatin1String("%1"));
        if (fact < 0)
            continue;
        const QString before = known.left(fact), after = known.mid(fact + 2);
        if (reason.size() <= before.size() + after.size() || !reason.startsWith(before) || !reason.endsWith(after))
            continue;
        const QString said = reason.mid(fact, reason.size() - before.size() - after.size());
        return QCoreApplication::translate("UnitReason", sentence).arg(translated(said));
    }
    return reason;
}

} // namespace

QString unitReason(const std::string& reason)
{
    return translated(QString::fromStdString(reason));
}

} // namespace vitfleet::app
