// SPDX-License-Identifier: GPL-3.0-or-later
// What the set-up card knows of what its fields name: looked at on the disk, and as earlier runs found it.
#include "app/models/counted.h"
#include "app/models/run_advice.h"
#include "app/models/store_asker.h"
#include "app/ui/format.h"
#include "app/ui/node_count_curve.h"
#include "app/ui/node_source.h"
#include "app/ui/path_field.h"
#include "app/ui/precision_field.h"
#include "app/ui/preview_strip.h"
#include "app/ui/run_set_up.h"

#include <QLocale>

#include <algorithm>

namespace vitfleet::app {

void RunSetUp::probe()
{
    m_context.probe.checkData(m_data->path());
    m_context.probe.checkModel(m_model->path());
    m_counted = 0;
    updatePrediction();
    m_preview->setItems({}, {});
    if (m_data->path().isEmpty())
        m_data->setFacts(tr("A folder, a CSV manifest or an IDX images file; drop it here"));
    if (m_model->path().isEmpty())
        m_model->setFacts(tr("A directory with config.json and model.safetensors"));
    askRuns();
}

/// Earlier runs know what was used before, and what was found out about the model's precisions.
void RunSetUp::askRuns()
{
    m_context.asker.ask(
        this, [](StoreReader& reader) { return reader.runs(); },
        [this](const Result<std::vector<RunRecord>>& runs) {
            if (runs)
                showRuns(*runs);
            else
                setMessage(formatError(runs.error()));
        });
}

void RunSetUp::showRuns(const std::vector<RunRecord>& runs)
{
    std::vector<const RunRecord*> newestFirst;
    for (const RunRecord& run : runs)
        newestFirst.push_back(&run);
    std::ranges::sort(newestFirst, std::greater<>(), [](const RunRecord* run) { return run->id.value; });
    QStringList data, models;
    for (const RunRecord* run : newestFirst) {
        if (!run->dataPath.empty())
            data << QString::fromStdString(run->dataPath);
        if (!run->modelPath.empty())
            models << QString::fromStdString(run->modelPath);
    }
    data.removeDuplicates();
    models.removeDuplicates();
    m_data->setRecent(data);
    m_model->setRecent(models);
    if (m_active)
        return;
    const std::string model = m_model->path().toStdString();
    const auto known = std::ranges::find_if(newestFirst, [&model](const RunRecord* run) {
        return run->modelPath == model && !run->precisionChecks.empty();
    });
    if (known != newestFirst.end())
        m_precision->setChecks((*known)->precisionChecks, (*known)->id);
    else
        m_precision->setChecks({});
}

/// What the probe has found so far of the data set in the field.
void RunSetUp::showCounted(const DataCount& count)
{
    const QString pictures =
        count.isCut ? tr("more than %1").arg(counted::pictures(count.items)) : counted::pictures(count.items);
    QStringList facts{count.isDone ? pictures : tr("%1 so far").arg(pictures)};
    if (count.classes > 0)
        facts << counted::classes(count.classes);
    if (count.bytes > 0)
        facts << QLocale().formattedDataSize(static_cast<qint64>(count.bytes), 1, QLocale::DataSizeSIFormat);
    if (count.broken > 0)
        facts << tr("%1 that cannot be read").arg(formatCount(count.broken));
    m_data->setFacts(facts.join(QStringLiteral(" · ")));
    m_counted = limit() > 0 ? std::min<quint64>(limit(), count.items) : count.items;
    m_preview->setItems({count.path, {}, 0}, count.sample);
    updatePrediction();
}

void RunSetUp::updatePrediction()
{
    RunAdvice::SetUp setUp;
    setUp.profile = m_source->chosen();
    setUp.modelPath = m_model->path().toStdString();
    setUp.precision = m_active ? m_runPrecision : m_precision->precision().toStdString();
    setUp.backend = request().backend;
    setUp.items = m_active ? m_left : m_counted;
    setUp.nodes = profileNodes();
    setUp.isActive = m_active;
    setUp.ended = m_finished ? m_run : RunId();
    m_advice->setSetUp(setUp);
    showPrediction();
}

void RunSetUp::showPrediction()
{
    const auto found = m_advice->prediction();
    const bool isAsked = !m_active && !profile().isEmpty(); // nodes of a profile, which need not be there
    const auto asked = static_cast<int>(profileNodes());
    const int chosen = !isAsked ? m_nodes->value() : m_nodes->value() == 0 ? asked : std::min(asked, m_nodes->value());
    m_curve->setPrediction(
        found, chosen,
        isAsked ? tr("The predicted time and cost for 1, 2, … nodes appear here once a run with this profile "
                     "and this model has finished.")
                : tr("The predicted time for 1, 2, … nodes appears here once a node has been measured with "
                     "this model."));
    // What matters least comes last: a narrow card leaves it to the tooltip.
    const QString between = QStringLiteral(" · ");
    const auto nodes =
        chosen == 0 ? found.lines.size() : std::min(found.lines.size(), static_cast<std::size_t>(chosen));
    const Advice* line = RunAdvice::Prediction::find(found.lines, nodes);
    m_predicted->setVisible(line);
    if (line) {
        QStringList parts;
        if (isAsked)
            parts << (nodes == 1 ? tr("1 node") : tr("%1 nodes").arg(formatCount(nodes)));
        else
            parts << tr("%1 of %2 measured nodes").arg(formatCount(nodes), formatCount(found.lines.size()));
        parts << (m_active ? tr("predicted %1 for the rest") : tr("predicted %1")).arg(formatDuration(line->seconds));
        if (!found.currency.isEmpty())
            parts << found.money(line->cost);
        if (line->startSeconds > 0)
            parts << tr("start-up %1").arg(formatDuration(line->startSeconds));
        m_predicted->setWholeText(parts.join(between));
    }
    const auto ended = std::ranges::find(found.cameTrue, found.ended.value, &RunThatWas::run);
    m_cameTrue->setVisible(ended != found.cameTrue.end());
    if (ended == found.cameTrue.end())
        return;
    QStringList parts{(ended->nodes == 1 ? tr("Run %1: %2 on 1 node") : tr("Run %1: %2 on %3 nodes"))
                          .arg(QString::number(ended->run), formatDuration(ended->seconds))};
    if (ended->nodes != 1)
        parts.front() = parts.front().arg(formatCount(ended->nodes));
    if (ended->cost)
        parts << found.money(*ended->cost);
    if (const Advice* promised = RunAdvice::Prediction::find(found.promised, ended->nodes))
        parts << tr("predicted %1").arg(formatDuration(promised->seconds));
    m_cameTrue->setWholeText(parts.join(between));
}

QString RunSetUp::predicted() const
{
    return m_predicted->isHidden() ? QString() : m_predicted->wholeText();
}

QString RunSetUp::cameTrue() const
{
    return m_cameTrue->isHidden() ? QString() : m_cameTrue->wholeText();
}

/// As many nodes as the curve was clicked at: asked for where a profile has them, else used of those at hand.
void RunSetUp::chooseNodes(int nodes)
{
    (m_active || profile().isEmpty() ? *m_nodes : m_source->stepper()).setValue(nodes);
}

} // namespace vitfleet::app
