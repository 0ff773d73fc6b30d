// SPDX-License-Identifier: GPL-3.0-or-later
// What the set-up card knows of what its fields name: looked at on the disk, and as earlier runs found it.
#include "app/models/fleet_history.h"
#include "app/models/store_asker.h"
#include "app/ui/format.h"
#include "app/ui/node_count_curve.h"
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
    const QString pictures = count.isCut ? tr("more than %1 pictures").arg(formatCount(count.items))
                                         : tr("%1 pictures").arg(formatCount(count.items));
    QStringList facts{count.isDone ? pictures : tr("%1 so far").arg(pictures)};
    if (count.classes > 0)
        facts << tr("%1 classes").arg(formatCount(count.classes));
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
    const quint64 items = m_active ? m_left : m_counted;
    const std::string work =
        m_active ? m_work : FleetHistory::workOf(m_model->path().toStdString(), m_precision->precision().toStdString());
    const auto seconds = items > 0 ? m_context.history.predictedSeconds(items, work) : std::vector<double>();
    const int chosen = m_nodes->value();
    m_curve->setPrediction(
        seconds, chosen,
        tr("The predicted time for 1, 2, … nodes appears here once a node has been measured with this model."));
    if (seconds.empty()) {
        m_predicted->hide();
        return;
    }
    const auto nodes = chosen == 0 ? seconds.size() : std::min(seconds.size(), static_cast<std::size_t>(chosen));
    m_predicted->show();
    m_predicted->setWholeText(tr("%1 of %2 measured nodes · predicted %3%4")
                                  .arg(formatCount(nodes), formatCount(seconds.size()),
                                       formatDuration(seconds[nodes - 1]), m_active ? tr(" for the rest") : QString()));
}

} // namespace vitfleet::app
