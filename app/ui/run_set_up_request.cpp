// SPDX-License-Identifier: GPL-3.0-or-later
// The set-up card's fields as a run: for the engine, and for a terminal.
#include "app/models/counted.h"
#include "app/models/fleet_source.h"
#include "app/models/ui_settings.h"
#include "app/ui/format.h"
#include "app/ui/inputs.h"
#include "app/ui/node_source.h"
#include "app/ui/path_field.h"
#include "app/ui/precision_field.h"
#include "app/ui/run_set_up.h"
#include "app/ui/shell_words.h"

#include <QCheckBox>

namespace vitfleet::app {

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
    // What has no field belongs to the pictures and to the model that it came with.
    if (request.dataPath == m_like.dataPath) {
        request.limit = limit();
        request.dataRoot = m_like.dataRoot;
        request.labelMapPath = m_like.labelMapPath;
    }
    if (request.modelPath == m_like.modelPath) {
        request.backend = m_like.backend;
        request.backendOptions = m_like.backendOptions;
        request.device = m_like.device;
    }
    return request;
}

/// Pictures that are labelled at most; 0: all.
quint64 RunSetUp::limit() const
{
    return m_limited->isChecked() && m_data->path().toStdString() == m_like.dataPath ? m_like.limit : 0;
}

void RunSetUp::showLimit()
{
    m_limited->setText(m_like.limit == 1 ? tr("Only the first picture")
                                         : tr("Only the first %1").arg(counted::pictures(m_like.limit)));
    m_limited->setVisible(m_like.limit > 0 && m_data->path().toStdString() == m_like.dataPath);
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
    m_like = request;
    m_limited->setChecked(true);
    m_data->setPath(QString::fromStdString(request.dataPath));
    m_model->setPath(QString::fromStdString(request.modelPath));
    m_precision->setPrecision(request.precision);
    m_source->setLocalAgents(request.localAgents);
    m_nodes->setValue(static_cast<int>(request.nodesWanted));
    showLimit();
}

/// Nodes that were added by hand: what is not started for the run must be named.
QStringList RunSetUp::addedNodes() const
{
    QStringList addresses;
    for (const NodeSnapshot& node : m_context.fleet.snapshot()->nodes) {
        const bool usable = node.state != NodeState::Lost && node.state != NodeState::Refused &&
                            node.state != NodeState::Left && node.state != NodeState::Stopped;
        if (!node.local && node.provider.empty() && usable)
            addresses << QString::fromStdString(node.address);
    }
    return addresses;
}

/// A run goes on with its own settings; only the nodes of a profile are asked for anew.
QString RunSetUp::resumeCommand() const
{
    if (!m_canResume)
        return {};
    QStringList words{QStringLiteral("vitfleet-cli"), QStringLiteral("resume"), QString::number(m_run.value),
                      QStringLiteral("--db"), m_context.database};
    if (!profile().isEmpty())
        words << QStringLiteral("--profile") << profile() << QStringLiteral("--nodes")
              << QString::number(profileNodes());
    return shellLine(words);
}

QString RunSetUp::commandLine() const
{
    const RunRequest run = request();
    QStringList words{QStringLiteral("vitfleet-cli"), QStringLiteral("run")};
    const auto add = [&words](const char* option, const QString& value) { words << QLatin1String(option) << value; };
    const auto addNumber = [&add](const char* option, quint64 value) {
        if (value > 0)
            add(option, QString::number(value));
    };
    words += requestWords(run);
    if (!profile().isEmpty()) {
        add("--profile", profile());
        add("--nodes", QString::number(profileNodes()));
    } else {
        addNumber("--local", run.localAgents);
        for (const QString& address : addedNodes())
            add("--agent", address);
        addNumber("--nodes", run.nodesWanted);
    }
    if (run.device != "auto")
        add("--device", QString::fromStdString(run.device));
    return shellLine(words);
}

} // namespace vitfleet::app
