// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/run_set_up.h"

#include "app/models/fleet_history.h"
#include "app/models/set_up_probe.h"
#include "app/models/stored_run.h"
#include "app/ui/format.h"
#include "app/ui/node_count_curve.h"
#include "app/ui/preview_strip.h"

#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QLocale>
#include <QTimer>
#include <QVBoxLayout>

#include <utility>

namespace vitfleet::app {
namespace {

constexpr int mostLocalAgents = 64;
constexpr int mostNodes = 10'000;

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

RunSetUp::RunSetUp(const UiContext& context, QWidget* parent)
    : Card(tr("Set-up"), parent), m_context(context), m_data(new QLineEdit(context.demoData)),
      m_model(new QLineEdit(context.demoModel)), m_dataFacts(new ElidedLabel("secondary")),
      m_modelFacts(new ElidedLabel("secondary")), m_preview(new PreviewStrip(context)),
      m_curve(new NodeCountCurve(context.theme)), m_predicted(new ElidedLabel("secondary")),
      m_agents(new Stepper(tr("Agents on this machine"), 0, mostLocalAgents, tr("none"))),
      m_nodes(new Stepper(tr("Nodes to use"), 0, mostNodes, tr("all"))), m_message(makeLabel({}, "errorText")),
      m_start(makeButton(tr("Start"), true)), m_pause(makeButton(tr("Pause"))), m_stop(makeButton(tr("Stop"))),
      m_resume(makeButton(tr("Resume"))), m_probeTimer(new QTimer(this))
{
    auto* folder = makeButton(tr("Folder…"));
    auto* file = makeButton(tr("File…"));
    auto* model = makeButton(tr("Directory…"));
    folder->setAccessibleName(tr("Choose a folder of pictures"));
    file->setAccessibleName(tr("Choose a manifest or an IDX file"));
    model->setAccessibleName(tr("Choose a model directory"));
    file->setToolTip(tr("A CSV manifest, or the images file of an IDX pair"));
    connect(folder, &QPushButton::clicked, this, [this] { chooseDirectory(m_data, tr("Folder of pictures")); });
    connect(file, &QPushButton::clicked, this, &RunSetUp::chooseFile);
    connect(model, &QPushButton::clicked, this,
            [this] { chooseDirectory(m_model, tr("Hugging Face model directory")); });
    addPath(tr("Data set"), m_data, m_dataFacts, {folder, file});
    content()->addWidget(m_preview);
    addPath(tr("Model"), m_model, m_modelFacts, {model});
    addNumbers();
    m_message->setWordWrap(true);
    m_message->hide();
    content()->addWidget(m_message);
    content()->addLayout(makeButtons());

    // While a path is being typed there is nothing to look at yet.
    m_probeTimer->setSingleShot(true);
    m_probeTimer->setInterval(300);
    connect(m_probeTimer, &QTimer::timeout, this, &RunSetUp::probe);
    connect(&context.probe, &SetUpProbe::dataChecked, this, [this](const QString& facts, bool usable) {
        m_dataFacts->setWholeText(facts);
        setRole(m_dataFacts, usable ? "secondary" : "errorText");
    });
    connect(&context.probe, &SetUpProbe::dataCounted, this, &RunSetUp::showCounted);
    connect(&context.probe, &SetUpProbe::modelChecked, this, [this](const QString& facts, bool usable) {
        m_modelFacts->setWholeText(facts);
        setRole(m_modelFacts, usable ? "secondary" : "errorText");
    });
    for (QLineEdit* edit : {m_data, m_model}) {
        connect(edit, &QLineEdit::textChanged, this, [this] {
            m_probeTimer->start();
            updateActions();
        });
        connect(edit, &QLineEdit::returnPressed, this, &RunSetUp::pressMain);
    }
    probe();
    updateActions();
}

void RunSetUp::addPath(const QString& name, QLineEdit* edit, ElidedLabel* facts,
                       std::initializer_list<QPushButton*> choose)
{
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    row->addWidget(makeLabel(name, "strong"));
    row->addStretch();
    for (QPushButton* button : choose)
        row->addWidget(button);
    edit->setAccessibleName(name);
    edit->setToolTip(edit->text()); // the end of a long path is what tells it from others
    connect(edit, &QLineEdit::textChanged, edit, &QWidget::setToolTip);
    content()->addLayout(row);
    content()->addWidget(edit);
    content()->addWidget(facts);
    content()->addSpacing(2);
}

void RunSetUp::addNumbers()
{
    auto* form = new QFormLayout;
    form->setVerticalSpacing(8);
    form->setHorizontalSpacing(14);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_agents->setToolTip(tr("Local agents that are started where they do not run yet"));
    m_nodes->setToolTip(tr("How many of the nodes at hand the run uses; it can be changed while the run goes"));
    m_agents->setValue(static_cast<int>(m_context.demoAgents));
    form->addRow(makeLabel(tr("Agents on this machine"), "body"), m_agents);
    form->addRow(makeLabel(tr("Nodes to use"), "body"), m_nodes);
    content()->addLayout(form);
    content()->addWidget(m_curve);
    content()->addWidget(m_predicted);
    connect(m_nodes, &Stepper::valueChanged, this, [this] {
        updateActions();
        updatePrediction();
    });
    connect(m_curve, &NodeCountCurve::nodesChosen, m_nodes, &Stepper::setValue);
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
    m_dataFacts->setWholeText(facts.join(QStringLiteral(" · ")));
    setRole(m_dataFacts, "secondary");
    m_counted =
        m_limit > 0 && m_data->text() == m_context.demoData ? std::min<quint64>(m_limit, count.items) : count.items;
    m_preview->setItems({count.path, {}, 0}, count.sample);
    updatePrediction();
}

void RunSetUp::updatePrediction()
{
    const quint64 items = m_active ? m_left : m_counted;
    const auto seconds = items > 0 ? m_context.history.predictedSeconds(items) : std::vector<double>();
    const int chosen = m_nodes->value();
    m_curve->setPrediction(seconds, chosen,
                           tr("The predicted time for 1, 2, … nodes appears here once a node has been measured."));
    if (seconds.empty()) {
        m_predicted->setWholeText({});
        return;
    }
    const auto nodes = chosen == 0 ? seconds.size() : std::min(seconds.size(), static_cast<std::size_t>(chosen));
    m_predicted->setWholeText(tr("%1 of %2 measured nodes · predicted %3%4")
                                  .arg(formatCount(nodes), formatCount(seconds.size()),
                                       formatDuration(seconds[nodes - 1]), m_active ? tr(" for the rest") : QString()));
}

QHBoxLayout* RunSetUp::makeButtons()
{
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    m_start->setObjectName(QStringLiteral("startRun"));
    m_pause->setObjectName(QStringLiteral("pauseRun"));
    m_stop->setObjectName(QStringLiteral("stopRun"));
    m_resume->setObjectName(QStringLiteral("resumeRun"));
    for (QPushButton* button : {m_start, m_resume, m_pause, m_stop})
        row->addWidget(button);
    row->addStretch();
    connect(m_start, &QPushButton::clicked, this, &RunSetUp::pressMain);
    connect(m_pause, &QPushButton::clicked, this, [this] { Q_EMIT pauseRequested(!m_paused); });
    connect(m_stop, &QPushButton::clicked, this, &RunSetUp::stopRequested);
    connect(m_resume, &QPushButton::clicked, this, &RunSetUp::resumeRequested);
    return row;
}

void RunSetUp::chooseDirectory(QLineEdit* edit, const QString& title)
{
    auto* dialog = new QFileDialog(this, title, edit->text());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, edit, &QLineEdit::setText);
    dialog->open();
}

void RunSetUp::chooseFile()
{
    auto* dialog = new QFileDialog(this, tr("Manifest (CSV) or IDX images file"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, m_data, &QLineEdit::setText);
    dialog->open();
}

void RunSetUp::probe()
{
    m_context.probe.checkData(m_data->text().trimmed());
    m_context.probe.checkModel(m_model->text().trimmed());
    m_counted = 0;
    m_preview->setItems({}, {});
    if (m_data->text().trimmed().isEmpty())
        m_dataFacts->setWholeText(tr("A folder, a CSV manifest or an IDX images file; drop it here"));
    if (m_model->text().trimmed().isEmpty())
        m_modelFacts->setWholeText(tr("A directory with config.json and model.safetensors"));
}

RunRequest RunSetUp::request() const
{
    RunRequest request;
    request.dataPath = m_data->text().trimmed().toStdString();
    request.modelPath = m_model->text().trimmed().toStdString();
    request.localAgents = static_cast<std::uint32_t>(m_agents->value());
    request.nodesWanted = static_cast<std::uint32_t>(m_nodes->value());
    // The limit belongs to the demo's data set only.
    if (m_data->text() == m_context.demoData)
        request.limit = m_limit;
    return request;
}

void RunSetUp::setRequest(const RunRequest& request)
{
    m_data->setText(QString::fromStdString(request.dataPath));
    m_model->setText(QString::fromStdString(request.modelPath));
    m_agents->setValue(static_cast<int>(request.localAgents));
    m_nodes->setValue(static_cast<int>(request.nodesWanted));
    m_limit = request.limit;
}

void RunSetUp::setData(const QString& path)
{
    m_data->setText(path);
}

QString RunSetUp::commandLine() const
{
    const RunRequest run = request();
    QString line =
        QStringLiteral("vitfleet-cli run --data %1 --model %2")
            .arg(quoted(QString::fromStdString(run.dataPath)), quoted(QString::fromStdString(run.modelPath)));
    if (run.localAgents > 0)
        line += QStringLiteral(" --local %1").arg(run.localAgents);
    if (run.nodesWanted > 0)
        line += QStringLiteral(" --nodes %1").arg(run.nodesWanted);
    if (run.limit > 0)
        line += QStringLiteral(" --limit %1").arg(run.limit);
    return line;
}

void RunSetUp::setMessage(const QString& text)
{
    m_message->setText(text);
    m_message->setVisible(!text.isEmpty());
}

void RunSetUp::setStarting(bool starting)
{
    m_starting = starting;
    if (starting) {
        // Start goes grey; the keyboard waits here, and goes on at Pause.
        m_hadFocus = m_start->hasFocus() || m_resume->hasFocus();
        if (m_hadFocus)
            setFocus(Qt::OtherFocusReason);
        setMessage({});
        m_nodesInUse = m_nodes->value();
    }
    updateActions();
}

void RunSetUp::showRun(const RunSnapshot* run)
{
    m_active = run && isActive(*run);
    m_paused = m_active && run->paused;
    m_canResume = run && canResume(*run);
    m_left = run ? run->planned - run->labelled - run->errors : 0;
    if (run && run->id != m_run) {
        // Also a run that was not started here: what the fields say is what is going.
        m_run = run->id;
        if (m_data->text().trimmed().toStdString() != run->dataPath)
            m_data->setText(QString::fromStdString(run->dataPath));
        if (m_model->text().trimmed().toStdString() != run->modelPath)
            m_model->setText(QString::fromStdString(run->modelPath));
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
    const bool filled = !m_data->text().trimmed().isEmpty() && !m_model->text().trimmed().isEmpty();
    for (QWidget* field :
         {static_cast<QWidget*>(m_data), static_cast<QWidget*>(m_model), static_cast<QWidget*>(m_agents)})
        field->setEnabled(!m_active && !m_starting);
    if (m_active) {
        const int nodes = m_nodes->value();
        m_start->setText(nodes == 0   ? tr("Use all nodes")
                         : nodes == 1 ? tr("Change to 1 node")
                                      : tr("Change to %1 nodes").arg(nodes));
        setUsable(m_start, nodes != m_nodesInUse, tr("The run uses this number of nodes already."));
    } else {
        m_start->setText(m_starting ? tr("Starting…") : tr("Start"));
        setUsable(m_start, !m_starting && filled,
                  m_starting ? tr("The run is being set up.") : tr("Choose a data set and a model first."));
    }
    m_resume->setText(tr("Resume run %1").arg(m_run.value));
    m_resume->setVisible(m_canResume && !m_starting);
    setUsable(m_pause, m_active, tr("No run is going."));
    setUsable(m_stop, m_active, tr("No run is going."));
    m_pause->setText(m_paused ? tr("Continue") : tr("Pause"));
    m_pause->setVisible(!m_canResume);
    m_stop->setVisible(!m_canResume);
}

} // namespace vitfleet::app
