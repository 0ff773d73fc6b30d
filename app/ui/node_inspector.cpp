// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_inspector.h"

#include "app/models/counted.h"
#include "app/models/event_text.h"
#include "app/models/fleet_history.h"
#include "app/models/fleet_source.h"
#include "app/models/node_model.h"
#include "app/models/set_up_probe.h"
#include "app/ui/fact_grid.h"
#include "app/ui/format.h"
#include "app/ui/gauges.h"
#include "app/ui/node_log.h"
#include "app/ui/node_painter.h"
#include "app/ui/theme.h"

#include <QLocale>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr std::size_t keptTroubles = 200;
constexpr int shownTroubles = 5;
constexpr UnixMs shownMs = 60'000;
constexpr std::chrono::milliseconds staleAge{3'000};
constexpr int logEveryMs = 2'000;

QString dataSize(std::uint64_t bytes)
{
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1);
}

QString stateSign(NodeState state, const Colours& colours)
{
    switch (lookOf(state, colours).shape) {
    case StateShape::Disc:
        return QStringLiteral("● ");
    case StateShape::Circle:
        return QStringLiteral("○ ");
    case StateShape::Triangle:
        return QStringLiteral("▲ ");
    case StateShape::Held:
        return QStringLiteral("▼ ");
    case StateShape::Cross:
        return QStringLiteral("✕ ");
    }
    return {};
}

} // namespace

NodeInspector::NodeInspector(const UiContext& context, QWidget* parent)
    : QFrame(parent), m_context(context), m_title(makeLabel({}, "title")), m_state(makeLabel({}, "secondary")),
      m_doing(makeLabel({}, "body")), m_nothing(makeLabel(tr("Select a node to see what it is doing."), "secondary")),
      m_cpu(new Gauge(tr("CPU"), context.theme)), m_memory(new Gauge(tr("Memory"), context.theme)),
      m_gpu(new Gauge(tr("GPU"), context.theme)), m_beat(new Gauge(tr("Heartbeat"), context.theme)),
      m_rate(new Sparkline(tr("img/s, one minute"), context.theme)),
      m_load(new Sparkline(tr("Load, one minute"), context.theme)), m_facts(new FactGrid),
      m_errors(makeLabel({}, "secondary")), m_logTitle(makeLabel(tr("Log"), "cardTitle")), m_log(new QPlainTextEdit),
      m_logTimer(new QTimer(this))
{
    setObjectName(QStringLiteral("card"));
    setAccessibleName(tr("Node inspector"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, 1);
    m_body = makeBody();
    m_nothing->setAlignment(Qt::AlignCenter);
    m_nothing->setWordWrap(true);
    m_nothing->setMargin(20);
    layout->addWidget(m_nothing, 1);
    layout->addWidget(m_body, 1);
    m_body->hide();
    m_logTimer->setInterval(logEveryMs);
    connect(m_logTimer, &QTimer::timeout, this, &NodeInspector::askLog);
    connect(&context.history, &FleetHistory::sampled, this, &NodeInspector::update);
    connect(&context.probe, &SetUpProbe::logRead, this, [this](const QString& file, const QStringList& lines) {
        showLog(file, lines.isEmpty() ? tr("The log is empty.") : lines.join(QLatin1Char('\n')));
    });
    connect(&context.probe, &SetUpProbe::logUnreadable, this, [this](const QString& file, const QString& reason) {
        showLog(file, tr("The log cannot be read: %1").arg(reason));
    });
}

QWidget* NodeInspector::makeBody()
{
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setAccessibleName(tr("Node inspector"));
    auto* body = new QWidget;
    body->setObjectName(QStringLiteral("inspector"));
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(cardPadding, 12, cardPadding, 12);
    layout->setSpacing(8);
    for (QLabel* label : {m_doing, m_errors})
        label->setWordWrap(true);
    for (QLabel* label : {m_errors, m_doing})
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(m_title);
    layout->addWidget(m_state);
    layout->addWidget(m_doing);
    layout->addSpacing(4);
    for (Gauge* gauge : {m_cpu, m_memory, m_gpu, m_beat})
        layout->addWidget(gauge);
    layout->addSpacing(4);
    layout->addWidget(m_rate);
    layout->addWidget(m_load);
    const auto addRule = [layout] {
        auto* rule = new QFrame;
        rule->setObjectName(QStringLiteral("rule"));
        layout->addSpacing(4);
        layout->addWidget(rule);
        layout->addSpacing(4);
    };
    addRule();
    layout->addWidget(m_facts);
    addRule();
    layout->addWidget(makeLabel(tr("Last errors"), "cardTitle"));
    layout->addWidget(m_errors);
    addRule();
    layout->addWidget(m_logTitle);
    m_logTitle->setWordWrap(true);
    m_logTitle->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_log->setReadOnly(true);
    m_log->setAccessibleName(tr("The end of the node's log"));
    m_log->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_log->setMinimumHeight(140);
    m_log->setProperty("mono", true);
    m_log->setTabChangesFocus(true);
    layout->addWidget(m_log, 100);
    layout->addStretch(1); // takes what the log does not, where there is none
    scroll->setWidget(body);
    return scroll;
}

QString NodeInspector::gpuText() const
{
    return m_gpu->text();
}

QString NodeInspector::factsText() const
{
    return m_facts->text();
}

void NodeInspector::setNode(NodeId node)
{
    if (m_node == node)
        return;
    m_node = node;
    m_logFile.clear();
    m_log->clear();
    update();
    showErrors();
    if (m_node == NodeId())
        m_logTimer->stop();
    else
        m_logTimer->start();
    askLog();
}

void NodeInspector::askLog()
{
    if (isVisible() && !m_logFile.isEmpty())
        m_context.probe.readLog(m_logFile);
}

void NodeInspector::showLog(const QString& file, const QString& text)
{
    if (file != m_logFile || m_log->toPlainText() == text)
        return;
    m_log->setPlainText(text);
    m_log->moveCursor(QTextCursor::End);
    m_log->moveCursor(QTextCursor::StartOfLine);
}

void NodeInspector::update()
{
    const auto& nodes = m_context.fleet.snapshot()->nodes;
    const auto found = std::ranges::find(nodes, m_node, &NodeSnapshot::id);
    m_body->setVisible(found != nodes.end());
    m_nothing->setVisible(found == nodes.end());
    if (found != nodes.end())
        showNode(*found);
}

void NodeInspector::showNode(const NodeSnapshot& node)
{
    m_name = QString::fromStdString(node.name);
    m_title->setText(m_name);
    m_state->setText(stateSign(node.state, m_context.theme.colours()) + NodeModel::stateText(node.state) +
                     tr(" since %1").arg(formatClock(node.stateSince)));
    setRole(m_state, lookOf(node.state, m_context.theme.colours()).role);
    m_doing->setText(NodeModel::doingText(node));
    showGauges(node);
    showHistory(node);
    showFacts(node);
    const auto units = m_context.scaleOut ? m_context.scaleOut->snapshot() : nullptr;
    const NodeLog found = logOf(node, units.get());
    const QString& log = found.file;
    m_log->setVisible(!log.isEmpty());
    m_logTitle->setText(!log.isEmpty()            ? tr("Log")
                        : found.command.isEmpty() ? tr("Its log is in its launch folder, on %1").arg(found.where)
                                                  : tr("Its log is on %1: %2").arg(found.where, found.command));
    setRole(m_logTitle, log.isEmpty() ? "secondary" : "cardTitle");
    m_logTitle->setToolTip(log);
    if (m_logFile != log) {
        m_logFile = log;
        askLog();
    }
}

/// Who reads the pictures, and what their way costs: by the size of those that came last.
QString NodeInspector::transferText(const NodeSnapshot& node) const
{
    if (node.transfer == protocol::TransferMode::Paths)
        return tr("it reads them itself");
    const auto fleet = m_context.fleet.snapshot();
    double bytes = 0;
    if (fleet->run && !fleet->run->latest.empty()) {
        for (const ResultView& view : fleet->run->latest)
            bytes += static_cast<double>(view.item.bytes);
        bytes /= static_cast<double>(fleet->run->latest.size());
    }
    if (bytes <= 0)
        return tr("their bytes are sent to it");
    const auto size = [bytes](double pictures) { return dataSize(static_cast<std::uint64_t>(bytes * pictures)); };
    return tr("their bytes are sent to it: about %1 so far, %2 a second")
        .arg(size(static_cast<double>(node.labelled + node.errors + node.leased)),
             size(static_cast<double>(node.imagesPerSecond)));
}

void NodeInspector::showFacts(const NodeSnapshot& node)
{
    std::vector<std::pair<QString, QString>> facts;
    facts.emplace_back(tr("Address"), QString::fromStdString(node.address));
    if (!node.provider.empty())
        facts.emplace_back(tr("From"), tr("%1, %2").arg(QString::fromStdString(node.provider),
                                                        QString::fromStdString(node.providerId)));
    if (!node.host.empty())
        facts.emplace_back(tr("Host"),
                           tr("%1, process %2").arg(QString::fromStdString(node.host), QString::number(node.pid)));
    if (!node.cpuModel.empty())
        facts.emplace_back(tr("CPU"),
                           tr("%1, %2").arg(QString::fromStdString(node.cpuModel), counted::cores(node.cores)));
    if (node.replicas > 0)
        facts.emplace_back(tr("Works with"),
                           tr("%1 · %2 · %3, %4")
                               .arg(QString::fromStdString(node.backend), QString::fromStdString(node.device),
                                    QString::fromStdString(node.precision), counted::replicas(node.replicas)));
    if (node.transfer != protocol::TransferMode::Invalid)
        facts.emplace_back(tr("Pictures"), transferText(node));
    facts.emplace_back(tr("In this run"),
                       tr("%1 labelled, %2").arg(formatCount(node.labelled), counted::errors(node.errors)));
    facts.emplace_back(tr("Holds"), counted::pictures(node.leased));
    if (!node.software.empty())
        facts.emplace_back(tr("Software"), QString::fromStdString(node.software));
    m_facts->setFacts(facts);
}

void NodeInspector::showGauges(const NodeSnapshot& node)
{
    const bool stale = node.beatAge > staleAge;
    const QString age =
        tr("%1 s old").arg(QLocale().toString(static_cast<double>(node.beatAge.count()) / 1000.0, 'f', 0));
    if (!node.lastBeat) {
        for (Gauge* gauge : {m_cpu, m_memory, m_beat})
            gauge->setMissing(tr("no heartbeat yet"));
    } else {
        const double load = node.cores == 0 ? 0.0 : static_cast<double>(node.cpuPercent) / 100.0 / node.cores;
        m_cpu->setValue(load, stale ? age : tr("%1 %").arg(qRound(load * 100)), stale);
        if (node.memoryBytes > 0)
            m_memory->setValue(static_cast<double>(node.rssBytes) / static_cast<double>(node.memoryBytes),
                               stale ? age : dataSize(node.rssBytes), stale);
        else
            m_memory->setMissing(tr("not reported"));
        const double seconds = static_cast<double>(node.beatAge.count()) / 1000.0;
        const auto lostAfter = m_context.fleet.snapshot()->lostAfter;
        m_beat->setValue(std::chrono::duration<double>(node.beatAge) / lostAfter,
                         tr("%1 s ago").arg(QLocale().toString(seconds, 'f', 1)), node.beatAge > lostAfter);
    }
    if (!node.gpu.empty())
        m_gpu->setMissing(QString::fromStdString(node.gpu));
    else
        m_gpu->setMissing(node.gpuReason.empty() ? tr("none was found") : QString::fromStdString(node.gpuReason));
}

void NodeInspector::showHistory(const NodeSnapshot& node)
{
    const FleetHistory::Node* kept = m_context.history.node(node.id);
    std::vector<QPointF> rates, loads;
    double highest = 0;
    if (kept) {
        const UnixMs now = m_context.history.newest();
        for (const FleetHistory::Sample& sample : kept->samples) {
            if (sample.at < now - shownMs)
                continue;
            const double x = 1.0 - static_cast<double>(now - sample.at) / static_cast<double>(shownMs);
            rates.emplace_back(x, static_cast<double>(sample.imagesPerSecond));
            loads.emplace_back(x, static_cast<double>(sample.load));
            highest = std::max(highest, static_cast<double>(sample.imagesPerSecond));
        }
    }
    m_rate->setPoints(
        std::move(rates), highest * 1.1,
        tr("now %1, at most %2").arg(formatRate(static_cast<double>(node.imagesPerSecond)), formatRate(highest)));
    m_load->setPoints(std::move(loads), 1.0, tr("0 to 100 %"));
}

void NodeInspector::addEvents(const std::vector<EventRecord>& events)
{
    for (const EventRecord& event : events) {
        const bool trouble = event.error.code != ErrorCode::None || event.kind == EventKind::NodeLost ||
                             event.kind == EventKind::NodeSetAside || event.kind == EventKind::NodeRefused;
        if (event.node.empty() || !trouble)
            continue;
        m_troubles.push_front(
            {QString::fromStdString(event.node), formatClock(event.at) + QStringLiteral("  ") + eventText(event)});
    }
    if (m_troubles.size() > keptTroubles)
        m_troubles.resize(keptTroubles);
    showErrors();
}

void NodeInspector::showErrors()
{
    QStringList lines;
    for (const Trouble& trouble : m_troubles) {
        if (trouble.node == m_name && lines.size() < shownTroubles)
            lines << trouble.text;
    }
    m_errors->setText(lines.isEmpty() ? tr("None since this window was opened.") : lines.join(QLatin1Char('\n')));
}

} // namespace vitfleet::app
