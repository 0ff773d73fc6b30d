// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/run_page.h"

#include "app/core/scale_out.h"
#include "app/models/fleet_source.h"
#include "app/models/run_nodes.h"
#include "app/models/store_asker.h"
#include "app/models/stored_run.h"
#include "app/models/undo.h"
#include "app/ui/actions.h"
#include "app/ui/drill_card.h"
#include "app/ui/event_list.h"
#include "app/ui/format.h"
#include "app/ui/node_source.h"
#include "app/ui/path_field.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "app/ui/scrolled_column.h"

#include <QApplication>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QPointer>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>

#include <utility>

namespace vitfleet::app {
namespace {

constexpr int narrowPage = 1200;
constexpr int scrollRoom = 8; ///< beside the cards, for the bar of a low window

} // namespace

RunPage::RunPage(const UiContext& context, QWidget* parent)
    : Page(tr("Run"), parent), m_context(context), m_state(makeLabel({}, "secondary")),
      m_note(new ElidedLabel("secondary")), m_copy(makeButton(tr("Copy as command"))), m_setUp(new RunSetUp(context)),
      m_nodes(new RunNodes(context.fleet, context.scaleOut, this)), m_progress(new RunProgress(context)),
      m_eventCard(new Card(tr("Latest events"))), m_events(new EventList(context.theme)),
      m_drill(new DrillCard(context)), m_left(new ScrolledColumn)
{
    setAcceptDrops(true);
    fillHeader();
    auto* left = new QVBoxLayout(m_left);
    left->setContentsMargins(0, 0, 0, 0);
    left->setSpacing(cardGap);
    left->addWidget(m_setUp);
    left->addWidget(m_drill);
    m_eventCard->content()->addWidget(m_events, 1);
    left->addWidget(m_eventCard, 1);
    m_left->setObjectName(QStringLiteral("page"));
    auto* scroll = new QScrollArea; // a low window has no room for all of it
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setProperty("plain", true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
    scroll->setWidget(m_left);
    m_scroll = scroll;
    auto* columns = new QHBoxLayout;
    columns->setSpacing(cardGap - scrollRoom);
    columns->addWidget(scroll);
    columns->addWidget(m_progress, 1);
    column()->addLayout(columns, 1);

    connect(m_setUp, &RunSetUp::startRequested, this, [this] { start(m_setUp->request()); });
    connect(m_setUp, &RunSetUp::resumeRequested, this, [this] { resume(m_run); });
    connect(m_setUp, &RunSetUp::pauseRequested, this, &RunPage::setPaused);
    connect(m_setUp, &RunSetUp::drainRequested, this, &RunPage::drain);
    connect(m_setUp, &RunSetUp::stopRequested, this, &RunPage::stop);
    connect(m_setUp, &RunSetUp::nodesRequested, this, [this](quint32 nodes) {
        m_context.fleet.setNodesWanted(nodes);
        Q_EMIT resized(nodes);
    });
    connect(m_drill, &DrillCard::reported, this, [this] { m_showsDrill = true; });
    // Above it the set-up unfolds again, bit by bit: without this the report would be where nobody looks.
    connect(m_scroll->verticalScrollBar(), &QScrollBar::rangeChanged, this, [this] {
        if (m_showsDrill) // once the cards have their new places
            QTimer::singleShot(0, m_drill, [this] { m_scroll->ensureWidgetVisible(m_drill, 0, 0); });
    });
    connect(m_scroll->verticalScrollBar(), &QScrollBar::actionTriggered, this, [this] { m_showsDrill = false; });
    connect(m_progress, &RunProgress::resultsRequested, this, &RunPage::resultsRequested);
    connect(m_progress, &RunProgress::exportRequested, this, &RunPage::exportRequested);
    showRun(std::nullopt);
}

void RunPage::fillHeader()
{
    header()->addWidget(m_state);
    header()->addWidget(m_note, 1);
    header()->addWidget(m_copy);
    Actions::setDoes(m_copy, {QStringLiteral("run.copy")});
    m_copy->setToolTip(tr("The same run for a terminal or a script"));
    connect(m_copy, &QPushButton::clicked, this, &RunPage::copyCommand);
}

void RunPage::copyCommand()
{
    QApplication::clipboard()->setText(m_setUp->commandLine());
    m_copy->setText(tr("Copied"));
    QTimer::singleShot(2000, m_copy, [this] { m_copy->setText(tr("Copy as command")); });
}

void RunPage::stop()
{
    m_context.fleet.stopRun();
    // This run, not the one that is shown by then.
    offerUndo(tr("Stop run %1").arg(m_run.value), [this, run = m_run] { resume(run); });
}

/// Of an end: the run's nodes are given back when nobody wants to go on any more.
void RunPage::offerUndo(const QString& what, std::function<void()> undo)
{
    m_context.undo.offer(what, std::move(undo), [nodes = QPointer(m_nodes)] {
        if (nodes)
            nodes->setHeld(false);
    });
    m_nodes->setHeld(true);
}

void RunPage::drain()
{
    const auto& shown = m_context.fleet.snapshot()->run;
    const bool wasPaused = shown && shown->paused;
    m_draining = m_run;
    m_context.fleet.setPaused(true); // nothing more is given out
    m_setUp->setDraining(true);
    offerUndo(tr("Drain run %1").arg(m_run.value), [this, run = m_run, wasPaused] {
        if (m_draining != run) {
            const auto& now = m_context.fleet.snapshot()->run;
            if (now && now->id == run && isActive(*now) && !now->paused)
                m_nodes->setHeld(false); // somebody has continued it already
            else
                resume(run);
            return;
        }
        m_draining = {};
        m_setUp->setDraining(false);
        m_context.fleet.setPaused(wasPaused);
        m_nodes->setHeld(false);
    });
}

void RunPage::setPaused(bool paused)
{
    if (!paused && std::exchange(m_draining, RunId()) != RunId())
        m_setUp->setDraining(false);
    m_context.fleet.setPaused(paused);
}

/// Whoever continues it in between has changed his mind.
void RunPage::followDrain(const RunSnapshot* run)
{
    if (m_draining == RunId())
        return;
    const bool isOver = !run || run->id != m_draining || !isActive(*run);
    const bool isThrough = !isOver && run->paused && run->inFlight == 0;
    if (isThrough)
        m_context.fleet.stopRun();
    if (!isOver && !isThrough)
        return;
    m_draining = {};
    m_setUp->setDraining(false);
}

void RunPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const int left = width() < narrowPage ? 340 : 380;
    m_left->setFixedWidth(left);
    m_scroll->setFixedWidth(left + scrollRoom);
}

void RunPage::dragEnterEvent(QDragEnterEvent* event)
{
    if (m_setUp->isOpen() && !draggedPath(*event).isEmpty())
        event->acceptProposedAction();
}

void RunPage::dropEvent(QDropEvent* event)
{
    m_setUp->take(draggedPath(*event));
    event->acceptProposedAction();
}

void RunPage::startDemo()
{
    const RunRequest request = m_context.demoRequest();
    m_setUp->setRequest(request);
    start(request);
}

void RunPage::clone(const RunRecord& run)
{
    RunRequest request;
    request.dataPath = run.dataPath;
    // A folder is its own root, as the scan found out; only that of a manifest was somebody's choice.
    if (run.dataKind == "manifest")
        request.dataRoot = run.dataRoot;
    request.labelMapPath = run.labelMapPath;
    request.backend = run.backend;
    request.backendOptions = run.backendOptions;
    request.device = run.device;
    request.modelPath = run.modelPath;
    request.localAgents = run.localAgents;
    request.nodesWanted = run.nodesWanted;
    request.limit = run.limit;
    request.precision = run.precision;
    m_setUp->setRequest(request);
}

void RunPage::start(const RunRequest& request)
{
    m_setUp->setStarting(true);
    const auto go = [this, request] {
        m_context.fleet.startRun(request, this, [this](const Result<RunId>& answer) { onAnswer(answer, false); });
    };
    if (request.localAgents > 0)
        go();
    else
        withNodes(RunId(), go);
}

void RunPage::resume(RunId run)
{
    m_setUp->setStarting(true);
    withNodes(run, [this, run] {
        m_context.fleet.resumeRun(run, this, [this](const Result<RunId>& answer) { onAnswer(answer, true); });
    });
}

void RunPage::withNodes(RunId run, std::function<void()> go)
{
    const std::string profile = m_setUp->profile().toStdString();
    if (profile.empty() || !m_context.scaleOut || m_nodes->has(run)) {
        go();
        return;
    }
    // Asked for where files are read: the profile and the ledger.
    m_context.asker.ask(
        this,
        [scaleOut = m_context.scaleOut, profile, nodes = m_setUp->profileNodes()](StoreReader&) {
            const std::uint32_t before = RunNodes::wanted(*scaleOut, profile);
            const Result<void> asked = scaleOut->resize(profile, nodes, false);
            return asked ? Result<std::uint32_t>(before) : Result<std::uint32_t>(asked.error());
        },
        [this, go, profile, keep = m_setUp->source().keepsNodes()](const Result<std::uint32_t>& before) {
            if (!before) {
                onAnswer(before.error(), false);
                return;
            }
            if (!keep)
                m_nodes->broughtUp(profile, *before);
            go();
        });
}

void RunPage::onAnswer(const Result<RunId>& answer, bool again)
{
    m_setUp->setStarting(false);
    if (answer) {
        m_nodes->started(*answer, again);
        Q_EMIT runStarted();
    } else {
        m_nodes->notStarted();
        m_setUp->setMessage(formatError(answer.error()));
    }
}

void RunPage::takeFocus()
{
    m_setUp->focusStart();
}

QList<QWidget*> RunPage::panes() const
{
    return {m_copy, m_setUp, m_progress};
}

void RunPage::showState(const RunSnapshot& run)
{
    const char* role = "ok";
    QString state;
    switch (run.state) {
    case RunState::Created:
        state = tr("○ Scanning");
        role = "accent";
        break;
    case RunState::Running:
        state = run.id == m_draining ? tr("▼ Draining") : run.paused ? tr("▼ Paused") : tr("● Running");
        role = run.paused || run.id == m_draining ? "held" : "ok";
        break;
    case RunState::Finished:
        state = tr("✓ Finished");
        break;
    case RunState::Stopped:
        state = tr("▼ Stopped");
        role = "held";
        break;
    default:
        state = tr("✕ Failed");
        role = "error";
        break;
    }
    if (isActive(run) && run.waitingForNodes) {
        state = tr("▲ Waiting");
        role = "warning";
    }
    m_state->setText(state);
    setRole(m_state, role);
    QString note = tr("started %1").arg(formatClock(run.startedAt));
    if (run.waitingForNodes && isActive(run))
        note = tr("no node is online; the run goes on as soon as one is");
    else if (run.storeTrouble.code != ErrorCode::None)
        note = formatError(run.storeTrouble);
    if (run.synthetic)
        note += tr(" · SYNTHETIC: no inference, the labels mean nothing");
    m_note->setWholeText(note);
}

void RunPage::showRun(const std::optional<RunSnapshot>& run)
{
    m_run = run ? run->id : RunId();
    m_showsDrill &= run && !isActive(*run);
    title()->setText(run ? tr("Run %1").arg(run->id.value) : tr("Run"));
    if (run) {
        showState(*run);
    } else {
        m_state->clear();
        m_note->setWholeText(tr("Choose pictures and a model, then start"));
    }
    followDrain(run ? &*run : nullptr);
    m_setUp->showRun(run ? &*run : nullptr);
    m_progress->showRun(run ? &*run : nullptr);
}

void RunPage::update(const FleetSnapshot& snapshot)
{
    m_drill->update(snapshot);
    m_setUp->updatePrediction();
}

void RunPage::addEvents(const std::vector<EventRecord>& events)
{
    m_events->addEvents(events);
    m_drill->addEvents(events);
}

} // namespace vitfleet::app
