// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_source.h"

#include "app/models/counted.h"
#include "app/models/store_asker.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"
#include "app/ui/inputs.h"
#include "app/ui/profile_editor.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLocale>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int mostLocalAgents = 64;

} // namespace

NodeSource::NodeSource(const UiContext& context, QWidget* parent)
    : QWidget(parent), m_context(context), m_box(new ChoiceBox(tr("Nodes from"))), m_countName(makeLabel({}, "body")),
      m_count(new Stepper(tr("Agents on this machine"), 0, mostNodes, tr("none"))),
      m_keep(new TickBox(tr("Keep them after the run"))), m_note(makeLabel({}, "secondary")),
      m_edit(makeButton(tr("Profiles…")))
{
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setVerticalSpacing(8);
    grid->setHorizontalSpacing(8);
    grid->setColumnStretch(0, 1);
    grid->addWidget(makeLabel(tr("Nodes from"), "body"), 0, 0);
    grid->addWidget(m_box, 0, 1);
    grid->addWidget(m_countName, 1, 0);
    grid->addWidget(m_count, 1, 1);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_note, 1);
    row->addWidget(m_edit, 0, Qt::AlignTop);
    grid->addWidget(m_keep, 2, 0, 1, 2);
    grid->addLayout(row, 3, 0, 1, 2);
    m_keep->setToolTip(
        tr("For another run: until Release on the Fleet page, or until the window is closed. Otherwise what "
           "the run has brought up is given back at its end"));
    m_note->setWordWrap(true);
    m_edit->setToolTip(tr("Make and change profiles: where nodes on other machines come from"));
    m_edit->setVisible(context.scaleOut);
    context.actions->addButton(QStringLiteral("run.profiles"), tr("Nodes"), m_edit, tr("Profiles of nodes"));
    connect(m_edit, &QPushButton::clicked, this, &NodeSource::openEditor);
    m_count->setValue(static_cast<int>(context.demoAgents));
    m_box->addItem(tr("This machine"), QString());
    connect(m_box, &QComboBox::currentIndexChanged, this, [this] {
        showNote();
        Q_EMIT changed();
    });
    connect(m_count, &Stepper::valueChanged, this, [this] {
        showNote();
        Q_EMIT changed();
    });
    showProfiles(std::vector<Profile>());
    load();
}

void NodeSource::openEditor()
{
    auto* editor = new ProfileEditor(m_context, profile(), this);
    connect(editor, &ProfileEditor::saved, this, &NodeSource::load);
    editor->show();
}

void NodeSource::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    load();
}

/// Profiles lie in a file: read where reading is done.
void NodeSource::load()
{
    if (!m_context.scaleOut)
        return;
    m_context.asker.ask(
        this, [scaleOut = m_context.scaleOut](StoreReader&) { return scaleOut->profiles(); },
        [this](const Result<std::vector<Profile>>& found) { showProfiles(found); });
}

void NodeSource::showProfiles(const Result<std::vector<Profile>>& found)
{
    m_trouble = found ? QString() : formatError(found.error());
    if (found)
        m_profiles = *found;
    const QString chosen = profile();
    {
        const QSignalBlocker blocker(m_box);
        while (m_box->count() > 1)
            m_box->removeItem(1);
        for (const Profile& entry : m_profiles)
            m_box->addItem(tr("%1 (%2)").arg(QString::fromStdString(entry.name), fromView(name(entry.provider))),
                           QString::fromStdString(entry.name));
        m_box->setCurrentIndex(std::max(0, m_box->findData(chosen)));
    }
    setOpen(m_open);
    showNote();
    Q_EMIT changed(); // the profile that is chosen may say something else now
}

void NodeSource::setOpen(bool open)
{
    m_open = open;
    const QString going = tr("While a run goes its nodes are changed on the Fleet page.");
    setUsable(m_count, open, going);
    m_keep->setEnabled(open);
    if (m_profiles.empty())
        setUsable(m_box, false, tr("There is no profile for other machines yet; the button below makes one."));
    else
        setUsable(m_box, open, going);
}

QString NodeSource::profile() const
{
    return m_box->currentData().toString();
}

Profile NodeSource::chosen() const
{
    const auto found = std::ranges::find(m_profiles, profile().toStdString(), &Profile::name);
    return found == m_profiles.end() ? Profile() : *found;
}

bool NodeSource::keepsNodes() const
{
    return m_keep->isChecked();
}

quint32 NodeSource::count() const
{
    const int most = profile().isEmpty() ? mostLocalAgents : mostNodes;
    return static_cast<quint32>(std::min(m_count->value(), most));
}

void NodeSource::setLocalAgents(quint32 agents)
{
    m_box->setCurrentIndex(0);
    m_count->setValue(static_cast<int>(std::min<quint32>(agents, mostLocalAgents)));
}

void NodeSource::showNote()
{
    const QString chosen = profile();
    m_keep->setVisible(!chosen.isEmpty());
    m_countName->setText(chosen.isEmpty() ? tr("Agents to start") : tr("Nodes to ask for"));
    m_count->setToolTip(chosen.isEmpty() ? tr("Local agents that are started where they do not run yet")
                                         : tr("The run begins with the first of them"));
    QString note = m_trouble;
    const auto found = std::ranges::find(m_profiles, chosen.toStdString(), &Profile::name);
    if (note.isEmpty() && found != m_profiles.end()) {
        QStringList facts;
        if (found->pricePerNodeHour > 0)
            facts << tr("%1 %2 an hour for %3")
                         .arg(QLocale().toString(found->pricePerNodeHour * count(), 'f', 2),
                              QString::fromStdString(found->currency), counted::nodes(count()));
        if (found->startSeconds > 0)
            facts << tr("usually ready after %1").arg(formatDuration(found->startSeconds));
        if (count() > found->maxNodes)
            facts << tr("the profile allows %1").arg(formatCount(found->maxNodes));
        note = facts.join(QStringLiteral(" · "));
    }
    setRole(m_note, m_trouble.isEmpty() ? "secondary" : "errorText");
    m_note->setText(note);
}

} // namespace vitfleet::app
