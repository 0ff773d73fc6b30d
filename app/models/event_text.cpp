// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/event_text.h"

#include "app/core/text.h"
#include "app/models/counted.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

namespace vitfleet::app {
namespace {

struct EventText
{
    Q_DECLARE_TR_FUNCTIONS(EventText)
public:
    static QString number(std::uint64_t value) { return QLocale().toString(static_cast<qulonglong>(value)); }
    static QString results(std::uint64_t count)
    {
        return count == 1 ? tr("1 result") : tr("%1 results").arg(number(count));
    }
    static QString money(double sum)
    {
        return QString::fromStdString(text::money(sum)).replace(QLatin1Char('.'), QLocale().decimalPoint());
    }
    static QString percent(double share) { return tr("%1 %").arg(QLocale().toString(share * 100, 'f', 2)); }
    static QString ofRun(const EventRecord& event);
    static QString ofNode(const EventRecord& event, const QString& node);
    static QString sentence(const EventRecord& event);
};

QString EventText::ofRun(const EventRecord& event)
{
    switch (event.kind) {
    case EventKind::RunCreated:
        return tr("The run was created.");
    case EventKind::RunStarted:
        return event.count ? tr("The run started with %1.").arg(counted::pictures(event.count))
                           : tr("The run started.");
    case EventKind::RunPaused:
        return tr("The run was paused.");
    case EventKind::RunContinued:
        return tr("The run goes on.");
    case EventKind::RunStopped:
        return tr("The run was stopped; it can be resumed.");
    case EventKind::RunFinished:
        return event.count ? tr("The run finished: %1.").arg(counted::pictures(event.count)) : tr("The run finished.");
    case EventKind::RunFailed:
        return tr("The run could not go on; it can be resumed.");
    case EventKind::RunResumed:
        return event.count ? tr("The run was resumed; %1 were done already.").arg(counted::pictures(event.count))
                           : tr("The run was resumed.");
    case EventKind::AccuracyNotShown:
        return tr("Accuracy is not shown.");
    case EventKind::StoreTrouble:
        return event.error.code == ErrorCode::None ? tr("The database can be written again.")
                                                   : tr("The database cannot be written; results wait.");
    case EventKind::ResultDisputed:
        return tr("Two nodes disagree on a picture.");
    case EventKind::Audited:
        return tr("A second node labelled %1 as well.").arg(counted::pictures(event.count));
    default:
        return {};
    }
}

QString EventText::ofNode(const EventRecord& event, const QString& node)
{
    switch (event.kind) {
    case EventKind::NodeJoined:
        return tr("%1 joined.").arg(node);
    case EventKind::NodeReady:
        return tr("%1 has loaded the model and takes work.").arg(node);
    case EventKind::NodeSuspect:
        return tr("%1: a heartbeat is late.").arg(node);
    case EventKind::NodeLost:
        return tr("%1 was lost.").arg(node);
    case EventKind::NodeBack:
        return tr("%1 is back.").arg(node);
    case EventKind::NodeLeft:
        return tr("%1 left in good order.").arg(node);
    case EventKind::NodeRefused:
        return tr("%1 cannot be used.").arg(node);
    case EventKind::NodeDraining:
        return tr("%1 finishes what it has and takes nothing more.").arg(node);
    case EventKind::NodeSetAside:
        return tr("%1 was set aside for a while after errors.").arg(node);
    case EventKind::NodeRestored:
        return tr("%1 takes work again.").arg(node);
    case EventKind::ItemsRedispatched:
        return tr("%1 of %2 went back to the queue.").arg(counted::pictures(event.count), node);
    case EventKind::DuplicateRefused:
        return tr("%1 from %2 came a second time and changed nothing.").arg(results(event.count), node);
    case EventKind::ForeignResult:
        return tr("%1 sent %2 that it was not asked for.").arg(node, results(event.count));
    case EventKind::NodeOutvoted:
        return tr("Two nodes stand against %1.").arg(node);
    default:
        return {};
    }
}

QString EventText::sentence(const EventRecord& event)
{
    const QString run = ofRun(event);
    if (!run.isEmpty())
        return run;
    const bool begins = event.kind != EventKind::ItemsRedispatched && event.kind != EventKind::NodeOutvoted;
    return ofNode(event, !event.node.empty() ? QString::fromStdString(event.node)
                         : begins            ? tr("A node")
                                             : tr("a node"));
}

} // namespace

QString eventText(const EventRecord& event)
{
    QString sentence = EventText::sentence(event);
    const QString facts = QString::fromStdString(event.text);
    if (sentence.isEmpty())
        sentence = facts;
    else if (!facts.isEmpty()) // "node-2 joined (10.0.0.2:47520)."
        sentence.insert(sentence.size() - sentence.endsWith(u'.'), QStringLiteral(" (%1)").arg(facts));
    QStringList parts;
    if (!sentence.isEmpty())
        parts << sentence;
    if (event.error.code != ErrorCode::None)
        parts << QString::fromStdString(describe(event.error));
    return QString::fromStdString(text::printable(parts.join(QLatin1Char(' ')).toStdString()));
}

QString sealText(const Seal& seal)
{
    const auto number = EventText::number;
    const QString form = seal.holds()
                             ? EventText::tr("%1 planned = %2 labelled + %3; %4 lost, %5 doubled")
                             : EventText::tr("The seal is broken: %1 planned, %2 labelled, %3; %4 lost, %5 doubled");
    return form.arg(number(seal.planned), number(seal.labelled), counted::errors(seal.errors), number(seal.lost),
                    number(seal.doubled));
}

QString accuracyText(std::uint64_t correct, std::uint64_t incorrect, std::uint64_t expectedKnown,
                     std::uint64_t expectedMatched)
{
    const text::Accuracy accuracy = text::accuracy(correct, incorrect, expectedKnown, expectedMatched);
    const auto number = EventText::number;
    if (accuracy.isShown)
        return EventText::tr("Accuracy %1 (95 % interval %2 to %3; %4 of %5).")
            .arg(EventText::percent(accuracy.value), EventText::percent(accuracy.interval.low),
                 EventText::percent(accuracy.interval.high), number(correct), number(correct + incorrect));
    if (expectedKnown == 0)
        return EventText::tr("Accuracy is not shown: the data set has no expected labels.");
    if (expectedMatched * 2 < expectedKnown)
        return EventText::tr(
                   "Accuracy is not shown: only %1 of %2 expected labels are labels of this model (--label-map "
                   "can translate them).")
            .arg(number(expectedMatched), number(expectedKnown));
    return EventText::tr("Accuracy is not shown: no picture with an expected label has been labelled.");
}

QString costText(const std::vector<RunCostRecord>& costs)
{
    if (costs.empty())
        return QStringLiteral("–");
    const text::CostSums sums = text::costSums(costs);
    QStringList prices;
    for (const auto& [currency, sum] : sums.perCurrency)
        prices << EventText::money(sum) + QLatin1Char(' ') + QString::fromStdString(currency);
    return prices.isEmpty() ? EventText::tr("%1 node-seconds").arg(sums.nodeSeconds, 0, 'f', 0)
                            : prices.join(QStringLiteral(" + "));
}

QString costSentence(const std::vector<RunCostRecord>& costs, std::uint64_t rows)
{
    if (costs.empty())
        return {};
    const text::CostSums sums = text::costSums(costs);
    const QString held = EventText::tr("%1 node-seconds of %2")
                             .arg(QString::number(sums.nodeSeconds, 'f', 0), QString::fromStdString(sums.profiles));
    QString said = sums.perCurrency.empty() ? EventText::tr("%1, without a price").arg(held)
                                            : EventText::tr("%1 for %2").arg(costText(costs), held);
    if (sums.perCurrency.size() == 1 && rows > 0)
        said = EventText::tr("%1, %2 %3 per million pictures")
                   .arg(said, EventText::money(sums.perCurrency.begin()->second / static_cast<double>(rows) * 1e6),
                        QString::fromStdString(sums.perCurrency.begin()->first));
    return sums.joules ? EventText::tr("%1; %2 J").arg(said, QString::number(*sums.joules, 'f', 0))
                       : EventText::tr("%1; energy not known").arg(said);
}

} // namespace vitfleet::app
