// SPDX-License-Identifier: GPL-3.0-or-later
// The set-up card's fields as a run: for the engine, and for a terminal.
#include "app/models/ui_settings.h"
#include "app/ui/inputs.h"
#include "app/ui/node_source.h"
#include "app/ui/path_field.h"
#include "app/ui/precision_field.h"
#include "app/ui/run_set_up.h"

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr double usualFloor = 0.985;

/// For a POSIX shell.
QString quoted(QString text)
{
    static const QString plain = QStringLiteral("/._-+=:,@%");
    const bool safe = !text.isEmpty() && std::ranges::all_of(text, [](QChar c) {
        return c.unicode() < 128 && (c.isLetterOrNumber() || plain.contains(c));
    });
    return safe ? text
                : QLatin1Char('\'') + text.replace(QLatin1Char('\''), QLatin1String("'\\''")) + QLatin1Char('\'');
}

} // namespace

/// As the Settings page has it, in tenths of a per cent.
double RunSetUp::precisionFloor() const
{
    return m_context.settings.number(QStringLiteral("run/precisionFloor"), 985, 500, 1'000) / 1'000.0;
}

RunRequest RunSetUp::request() const
{
    RunRequest request;
    request.dataPath = m_data->path().toStdString();
    request.modelPath = m_model->path().toStdString();
    request.precision = m_precision->precision().toStdString();
    request.precisionFloor = precisionFloor();
    request.localAgents = profile().isEmpty() ? m_source->count() : 0;
    request.nodesWanted = static_cast<std::uint32_t>(m_nodes->value());
    // Nodes of a profile come when they come; the run begins with the first.
    request.waitForNodes = !profile().isEmpty();
    // The limit belongs to the demo's data set only.
    if (m_data->path() == m_context.demoData)
        request.limit = m_limit;
    return request;
}

QString RunSetUp::profile() const
{
    return m_source->profile();
}

quint32 RunSetUp::profileNodes() const
{
    return profile().isEmpty() ? 0 : m_source->count();
}

void RunSetUp::setRequest(const RunRequest& request)
{
    m_data->setPath(QString::fromStdString(request.dataPath));
    m_model->setPath(QString::fromStdString(request.modelPath));
    m_precision->setPrecision(request.precision);
    m_source->setLocalAgents(request.localAgents);
    m_nodes->setValue(static_cast<int>(request.nodesWanted));
    m_limit = request.limit;
}

QString RunSetUp::commandLine() const
{
    const RunRequest run = request();
    QString line =
        QStringLiteral("vitfleet-cli run --data %1 --model %2")
            .arg(quoted(QString::fromStdString(run.dataPath)), quoted(QString::fromStdString(run.modelPath)));
    if (!profile().isEmpty())
        line += QStringLiteral(" --profile %1 --nodes %2").arg(quoted(profile())).arg(profileNodes());
    if (run.localAgents > 0)
        line += QStringLiteral(" --local %1").arg(run.localAgents);
    if (run.nodesWanted > 0 && profile().isEmpty())
        line += QStringLiteral(" --nodes %1").arg(run.nodesWanted);
    if (run.precision != "fp32")
        line += QStringLiteral(" --precision %1").arg(QString::fromStdString(run.precision));
    if (run.precision != "fp32" && run.precisionFloor != usualFloor)
        line += QStringLiteral(" --precision-floor %1").arg(run.precisionFloor * 100);
    if (run.limit > 0)
        line += QStringLiteral(" --limit %1").arg(run.limit);
    return line;
}

} // namespace vitfleet::app
