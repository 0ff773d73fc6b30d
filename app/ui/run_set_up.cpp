// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/run_set_up.h"

#include "app/models/counted.h"
#include "app/models/run_advice.h"
#include "app/models/set_up_probe.h"
#include "app/models/stored_run.h"
#include "app/models/ui_settings.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"
#include "app/ui/inputs.h"
#include "app/ui/node_count_curve.h"
#include "app/ui/node_source.h"
#include "app/ui/path_field.h"
#include "app/ui/precision_field.h"
#include "app/ui/preview_strip.h"

#include <QCheckBox>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QTimer>
#include <QVBoxLayout>

#include <utility>

namespace vitfleet::app {
namespace {

constexpr int fieldWidth = 176;
} // namespace

RunSetUp::RunSetUp(const UiContext& context, QWidget* parent)
    : Card(tr("Set-up"), parent), m_context(context),
      m_data(new PathField(tr("Data set"), context.demoData, tr("Choose a data set"))),
      m_model(new PathField(tr("Model"), context.demoModel, tr("Choose a model directory"))),
      m_preview(new PreviewStrip(context)), m_precision(new PrecisionField), m_source(new NodeSource(context)),
      m_curve(new NodeCountCurve(context.theme)),
      m_advice(new RunAdvice(context.history, context.asker, context.scaleOut, this)),
      m_predicted(new ElidedLabel("secondary")), m_cameTrue(new ElidedLabel("secondary")),
      m_nodes(new Stepper(tr("Nodes to use"), 0, mostNodes, tr("all"))), m_message(makeLabel({}, "errorText")),
      m_start(makeButton(tr("Start"), true)), m_pause(makeButton(tr("Pause"))), m_drain(makeButton(tr("Drain"))),
      m_stop(makeButton(tr("Stop"))), m_resume(makeButton(tr("Resume"))), m_probeTimer(new QTimer(this)),
      m_like(context.demoRequest()), m_limited(new TickBox({}))
{
    content()->setSpacing(10);
    content()->addWidget(makeFields());
    content()->addWidget(makeGiven());
    addNumbers();
    m_message->setWordWrap(true);
    m_message->hide();
    content()->addWidget(m_message);
    content()->addWidget(makeButtons());

    // While a path is being typed there is nothing to look at yet.
    m_probeTimer->setSingleShot(true);
    m_probeTimer->setInterval(300);
    connect(m_probeTimer, &QTimer::timeout, this, &RunSetUp::probe);
    connect(&context.probe, &SetUpProbe::toldApart, this, [this](const QString& path, bool isModel) {
        if (isOpen())
            (isModel ? m_model : m_data)->setPath(path);
        m_probeTimer->start(); // the look at the data set was cut short
    });
    connect(&context.probe, &SetUpProbe::dataChecked, m_data, &PathField::setFacts);
    connect(&context.probe, &SetUpProbe::dataCounted, this, &RunSetUp::showCounted);
    connect(&context.probe, &SetUpProbe::modelChecked, m_model, &PathField::setFacts);
    for (PathField* field : {m_data, m_model}) {
        connect(field, &PathField::pathChanged, this, [this] {
            showLimit();
            m_probeTimer->start();
            updateActions();
        });
        connect(field, &PathField::entered, this, &RunSetUp::pressMain);
    }
    connect(m_precision, &PrecisionField::changed, this, &RunSetUp::updatePrediction);
    connect(m_source, &NodeSource::changed, this, [this] {
        updateActions();
        updatePrediction();
    });
    connect(m_advice, &RunAdvice::changed, this, &RunSetUp::showPrediction);
    probe();
    updateActions();
}

/// Where a run is set up.
QWidget* RunSetUp::makeFields()
{
    m_data->addDirectoryChoice(tr("Folder of pictures…"), tr("Folder of pictures"));
    m_data->addFileChoice(tr("Manifest or IDX file…"), tr("Manifest (CSV) or IDX images file"));
    m_model->addDirectoryChoice(tr("Model directory…"), tr("Hugging Face model directory"));
    m_data->addTo(*m_context.actions, QStringLiteral("run.data"), tr("Run"), tr("Choose pictures"));
    m_model->addTo(*m_context.actions, QStringLiteral("run.model"), tr("Run"), tr("Choose a model"));
    m_precision->setFloor(precisionFloor());
    connect(&m_context.settings, &UiSettings::changed, m_precision,
            [this] { m_precision->setFloor(precisionFloor()); });
    m_fields = new QWidget;
    auto* layout = new QVBoxLayout(m_fields);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(10);
    for (QWidget* field : std::initializer_list<QWidget*>{m_data, m_preview, m_limited, m_model, m_precision, m_source})
        layout->addWidget(field);
    m_limited->setChecked(true);
    m_limited->setToolTip(tr("As in the run that this one is set up like; without the tick it labels all of them"));
    connect(m_limited, &QCheckBox::toggled, this, &RunSetUp::probe);
    showLimit();
    return m_fields;
}

/// What a run that goes was started with.
QWidget* RunSetUp::makeGiven()
{
    m_givenGrid = new QWidget;
    auto* grid = new QGridLayout(m_givenGrid);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(14);
    grid->setVerticalSpacing(2);
    grid->setColumnStretch(1, 1);
    grid->setColumnMinimumWidth(0, 72);
    int row = 0;
    for (const auto& [name, given] : {std::pair{tr("Data set"), &m_givenData},
                                      {tr("Model"), &m_givenModel},
                                      {tr("Precision"), &m_givenPrecision}}) {
        given->text = new ElidedLabel("strong");
        given->facts = makeLabel({}, "secondary");
        given->facts->setWordWrap(true);
        grid->addWidget(makeLabel(name, "secondary"), row, 0);
        grid->addWidget(given->text, row++, 1);
        grid->addWidget(given->facts, row++, 1);
        grid->setRowMinimumHeight(row++, 6);
    }
    m_givenGrid->hide();
    return m_givenGrid;
}

void RunSetUp::addNumbers()
{
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    m_nodes->setToolTip(tr("How many of the nodes at hand the run uses; it can be changed while the run goes"));
    row->addWidget(makeLabel(tr("Nodes to use"), "body"), 1);
    row->addWidget(m_nodes);
    // The fields of a column are equally wide.
    for (QWidget* field : std::initializer_list<QWidget*>{m_nodes, &m_source->box(), &m_source->stepper()})
        field->setFixedWidth(fieldWidth);
    m_precision->box().setFixedWidth(fieldWidth);
    content()->addLayout(row);
    content()->addWidget(m_curve);
    for (ElidedLabel* words : {m_predicted, m_cameTrue}) {
        content()->addWidget(words);
        words->hide();
    }
    connect(m_nodes, &Stepper::valueChanged, this, [this] {
        updateActions();
        updatePrediction();
    });
    connect(m_curve, &NodeCountCurve::nodesChosen, this, &RunSetUp::chooseNodes);
}

QWidget* RunSetUp::makeButtons()
{
    auto* buttons = new QWidget;
    auto* rows = new QVBoxLayout(buttons); // a narrow card has room for three
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(8);
    m_start->setObjectName(QStringLiteral("startRun"));
    m_pause->setObjectName(QStringLiteral("pauseRun"));
    m_drain->setObjectName(QStringLiteral("drainRun"));
    m_stop->setObjectName(QStringLiteral("stopRun"));
    m_resume->setObjectName(QStringLiteral("resumeRun"));
    Actions& actions = *m_context.actions;
    actions.addButton(QStringLiteral("run.start"), tr("Run"), m_start);
    actions.setCommand(QStringLiteral("run.start"), [this] { return m_active ? QString() : commandLine(); });
    actions.addButton(QStringLiteral("run.resume"), tr("Run"), m_resume);
    actions.setCommand(QStringLiteral("run.resume"), [this] { return resumeCommand(); });
    Actions::setDoes(m_pause, {QStringLiteral("run.pause")});
    Actions::setDoes(m_drain, {QStringLiteral("run.drain")});
    Actions::setDoes(m_stop, {QStringLiteral("run.stop")});
    for (const auto& line : {std::vector{m_start, m_resume}, std::vector{m_pause, m_drain, m_stop}}) {
        auto* row = new QHBoxLayout;
        row->setSpacing(8);
        for (QPushButton* button : line)
            row->addWidget(button);
        row->addStretch();
        rows->addLayout(row);
    }
    connect(m_start, &QPushButton::clicked, this, &RunSetUp::pressMain);
    connect(m_pause, &QPushButton::clicked, this, [this] { Q_EMIT pauseRequested(!m_paused); });
    connect(m_drain, &QPushButton::clicked, this, &RunSetUp::drainRequested);
    connect(m_stop, &QPushButton::clicked, this, &RunSetUp::stopRequested);
    connect(m_resume, &QPushButton::clicked, this, &RunSetUp::resumeRequested);
    return buttons;
}

void RunSetUp::setData(const QString& path)
{
    m_data->setPath(path);
}

void RunSetUp::take(const QString& path)
{
    m_context.probe.tellApart(path);
}

QString RunSetUp::dataFacts() const
{
    return m_data->facts();
}

QString RunSetUp::given() const
{
    if (m_givenGrid->isHidden())
        return {};
    QStringList lines;
    for (const Given* given : {&m_givenData, &m_givenModel, &m_givenPrecision})
        lines << given->text->wholeText() << given->facts->text();
    return lines.join(QLatin1Char('\n'));
}

void RunSetUp::showGiven(const RunSnapshot& run)
{
    const auto lastPart = [](const std::string& path) { return QFileInfo(QString::fromStdString(path)).fileName(); };
    m_givenData.text->setWholeText(lastPart(run.dataPath));
    m_givenData.text->setToolTip(QString::fromStdString(run.dataPath));
    const QString pictures = counted::pictures(run.planned);
    m_givenData.facts->setText(run.scanComplete ? pictures : tr("%1 so far").arg(pictures));
    m_givenModel.text->setWholeText(QString::fromStdString(run.modelName));
    m_givenModel.text->setToolTip(QString::fromStdString(run.modelPath));
    m_givenModel.facts->setText(counted::labels(run.labels.size()));
    m_givenPrecision.text->setWholeText(QString::fromStdString(run.precision));
    m_givenPrecision.facts->setText(run.precision == "fp32"
                                        ? tr("the reference, nothing to compare")
                                        : PrecisionField::lines(run.precisionChecks).join(QLatin1Char('\n')));
}

void RunSetUp::setMessage(const QString& text)
{
    m_message->setText(text);
    m_message->setVisible(!text.isEmpty());
}

void RunSetUp::setDraining(bool draining)
{
    m_draining = draining;
    updateActions();
}

void RunSetUp::setStarting(bool starting)
{
    m_starting = starting;
    if (starting) {
        m_advice->promise();
        // Start goes grey; the keyboard waits here, and goes on at Pause.
        m_hadFocus = m_start->hasFocus() || m_resume->hasFocus();
        if (m_hadFocus)
            setFocus(Qt::OtherFocusReason);
        setMessage({});
        m_nodesInUse = m_nodes->value();
    }
    updateActions();
}

/// Where a run begins, or somebody else has changed their number: what stands in the field is what it uses. A number
/// that is being typed stays.
void RunSetUp::showNodesWanted(std::uint32_t nodes, bool begins)
{
    if (!begins && nodes == m_nodesWanted)
        return;
    const auto number = static_cast<int>(nodes);
    const bool isTouched = m_nodes->value() != m_nodesInUse;
    m_nodesWanted = nodes;
    m_nodesInUse = number;
    if (begins || !isTouched)
        m_nodes->setValue(number);
}

void RunSetUp::showRun(const RunSnapshot* run)
{
    const bool begins = run && isActive(*run) && (!m_active || run->id != m_run);
    m_active = run && isActive(*run);
    m_paused = m_active && run->paused;
    m_canResume = run && canResume(*run);
    m_finished = run && run->state == RunState::Finished;
    if (m_active)
        m_runPrecision = run->precision;
    m_left = run ? run->planned - run->labelled - run->errors : 0;
    if (run && run->id != m_run) {
        // Also a run that was not started here: what the fields say is what is going.
        m_run = run->id;
        m_advice->started(m_run);
        if (m_data->path().toStdString() != run->dataPath)
            m_data->setPath(QString::fromStdString(run->dataPath));
        if (m_model->path().toStdString() != run->modelPath)
            m_model->setPath(QString::fromStdString(run->modelPath));
        if (m_active)
            m_precision->setPrecision(run->precision);
    }
    if (m_active) {
        showNodesWanted(run->nodesWanted, begins);
        showGiven(*run);
    }
    if (m_fields->isHidden() != m_active) {
        m_fields->setVisible(!m_active);
        m_givenGrid->setVisible(m_active);
        if (!m_active)
            askRuns(); // what has just ended is known now
    }
    updateActions();
    if (m_active && std::exchange(m_hadFocus, false))
        m_pause->setFocus(Qt::OtherFocusReason);
}

void RunSetUp::focusStart()
{
    (m_active ? m_pause : m_start)->setFocus(Qt::ShortcutFocusReason);
}

void RunSetUp::pressMain()
{
    if (!m_start->isEnabled())
        return;
    if (!m_active) {
        Q_EMIT startRequested();
        return;
    }
    m_nodesInUse = m_nodes->value();
    Q_EMIT nodesRequested(static_cast<quint32>(m_nodesInUse));
    updateActions();
}

void RunSetUp::updateActions()
{
    const bool filled = !m_data->path().isEmpty() && !m_model->path().isEmpty();
    for (QWidget* field : std::initializer_list<QWidget*>{m_data, m_model, m_precision})
        setUsable(field, !m_active && !m_starting, tr("The run is being set up."));
    m_source->setOpen(!m_active && !m_starting);
    if (m_active) {
        const int nodes = m_nodes->value();
        m_start->setText(nodes == 0 ? tr("Use all nodes")
                                    : tr("Change to %1").arg(counted::nodes(static_cast<quint64>(nodes))));
        setUsable(m_start, nodes != m_nodesInUse, tr("The run uses this number of nodes already."));
    } else {
        m_start->setText(m_starting ? tr("Starting…") : tr("Start"));
        setUsable(m_start, !m_starting && filled,
                  m_starting ? tr("The run is being set up.") : tr("Choose a data set and a model first."));
    }
    m_resume->setText(tr("Resume run %1").arg(m_run.value));
    m_resume->setVisible(m_canResume && !m_starting);
    setUsable(m_pause, m_active, tr("No run is going."));
    setUsable(m_drain, m_active && !m_draining,
              m_active ? tr("It ends once nodes have finished what they hold.") : tr("No run is going."));
    setUsable(m_stop, m_active, tr("No run is going."));
    if (m_active && !m_draining)
        m_drain->setToolTip(tr("Nodes finish what they hold, then the run stops"));
    if (m_active)
        m_stop->setToolTip(tr("Now: what nodes hold goes back to the queue"));
    m_pause->setText(m_paused ? tr("Continue") : tr("Pause"));
    m_pause->setVisible(!m_canResume);
    m_drain->setVisible(!m_canResume);
    m_stop->setVisible(!m_canResume);
}

} // namespace vitfleet::app
