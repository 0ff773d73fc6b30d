// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/profile_panel.h"

#include "app/models/store_asker.h"
#include "app/ui/format.h"
#include "app/ui/inputs.h"
#include "app/ui/profile_editor.h"

#include <QApplication>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPointer>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

} // namespace

ProfilePanel::ProfilePanel(const UiContext& context, QWidget* parent)
    : QWidget(parent), m_context(context), m_profiles(new ChoiceBox(tr("Profile"))),
      m_count(new Stepper(tr("Nodes of the profile"), 0, mostNodes, tr("none"))), m_plan(new QPlainTextEdit),
      m_message(makeLabel({}, "errorText")), m_status(makeLabel({}, "secondary")), m_get(makeButton(tr("Get nodes"))),
      m_release(makeButton(tr("Give them back"))), m_edit(makeButton(tr("Profiles…")))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    m_plan->setReadOnly(true);
    m_plan->setTabChangesFocus(true);
    m_plan->setProperty("mono", true);
    m_plan->setAccessibleName(tr("What will be done"));
    m_plan->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_plan->setMinimumHeight(120);
    m_count->setValue(1);
    m_message->setWordWrap(true);
    m_status->setWordWrap(true);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_profiles, 1);
    row->addWidget(m_count);
    row->addWidget(m_get);
    row->addWidget(m_release);
    row->addWidget(m_edit);
    layout->addLayout(row);
    layout->addWidget(m_plan);
    layout->addWidget(m_message);
    layout->addWidget(m_status);
    connect(m_profiles, &QComboBox::currentIndexChanged, this, &ProfilePanel::preview);
    connect(m_count, &Stepper::valueChanged, this, &ProfilePanel::preview);
    connect(m_get, &QPushButton::clicked, this, &ProfilePanel::resize);
    connect(m_release, &QPushButton::clicked, this, &ProfilePanel::release);
    setUsable(m_edit, m_context.scaleOut, tr("Nodes of profiles cannot be asked for here."));
    connect(m_edit, &QPushButton::clicked, this, [this] {
        auto* editor = new ProfileEditor(m_context, m_profiles->currentData().toString(), this);
        connect(editor, &ProfileEditor::saved, this, &ProfilePanel::load);
        editor->show();
    });
    showProfiles(std::vector<Profile>());
    if (!m_context.scaleOut)
        return;
    m_subscription =
        m_context.scaleOut->subscribe([self = QPointer(this)](std::shared_ptr<const ScaleOutSnapshot> snapshot) {
            QMetaObject::invokeMethod(
                qApp,
                [self, snapshot] {
                    if (self)
                        self->showStatus(*snapshot);
                },
                Qt::QueuedConnection);
        });
    load();
}

QString ProfilePanel::plan() const
{
    return m_plan->toPlainText();
}

/// Profiles lie in a file: read where reading is done.
void ProfilePanel::load()
{
    m_context.asker.ask(
        this, [scaleOut = m_context.scaleOut](StoreReader&) { return scaleOut->profiles(); },
        [this](const Result<std::vector<Profile>>& found) { showProfiles(found); });
}

void ProfilePanel::showProfiles(const Result<std::vector<Profile>>& found)
{
    m_profiles->clear();
    m_message->setText(found ? QString() : formatError(found.error()));
    m_message->setVisible(!found.ok());
    if (found) {
        for (const Profile& profile : *found)
            m_profiles->addItem(
                tr("%1 (%2)").arg(QString::fromStdString(profile.name), fromView(name(profile.provider))),
                QString::fromStdString(profile.name));
    }
    const bool any = m_profiles->count() > 0;
    const QString why = tr("There is no profile yet: make one with the button beside.");
    for (QWidget* control : std::initializer_list<QWidget*>{m_profiles, m_count, m_get, m_release})
        setUsable(control, any, why);
    if (!any)
        m_plan->setPlainText(why);
}

void ProfilePanel::preview()
{
    const std::string profile = m_profiles->currentData().toString().toStdString();
    if (profile.empty() || !m_context.scaleOut)
        return;
    m_context.asker.ask(
        this,
        [scaleOut = m_context.scaleOut, profile, nodes = static_cast<std::uint32_t>(m_count->value())](StoreReader&) {
            return scaleOut->plan(profile, nodes);
        },
        [this](const Result<FleetPlan>& plan) {
            m_message->setText(plan ? QString() : formatError(plan.error()));
            m_message->setVisible(!plan.ok());
            if (!plan)
                return;
            QStringList lines;
            for (const std::string& command : plan->commands)
                lines << QStringLiteral("$ ") + QString::fromStdString(command);
            if (!plan->script.empty())
                lines << QString() << QString::fromStdString(plan->script);
            m_plan->setPlainText(lines.join(QLatin1Char('\n')));
            if (plan->costPerHour > 0)
                m_status->setText(tr("%1 an hour").arg(QLocale().toString(plan->costPerHour, 'f', 2)));
        });
}

void ProfilePanel::say(const Result<void>& result)
{
    m_message->setText(result ? QString() : formatError(result.error()));
    m_message->setVisible(!result.ok());
}

void ProfilePanel::resize()
{
    m_context.asker.ask(
        this,
        [scaleOut = m_context.scaleOut, profile = m_profiles->currentData().toString().toStdString(),
         nodes = static_cast<std::uint32_t>(m_count->value())](StoreReader&) {
            return scaleOut->resize(profile, nodes, false);
        },
        [this](const Result<void>& result) { say(result); });
}

void ProfilePanel::release()
{
    m_context.asker.ask(
        this,
        [scaleOut = m_context.scaleOut, profile = m_profiles->currentData().toString().toStdString()](StoreReader&) {
            return scaleOut->release(profile);
        },
        [this](const Result<void>& result) { say(result); });
}

void ProfilePanel::showStatus(const ScaleOutSnapshot& snapshot)
{
    QStringList lines;
    for (const AllocationSnapshot& allocation : snapshot.allocations) {
        QStringList parts;
        for (const UnitState state :
             {UnitState::Requested, UnitState::Pending, UnitState::Starting, UnitState::Running, UnitState::Stopping}) {
            if (const auto count = allocation.count(state); count > 0)
                parts << tr("%1 %2").arg(formatCount(count), fromView(name(state)));
        }
        QString line =
            tr("%1: %2 wanted").arg(QString::fromStdString(allocation.profile), formatCount(allocation.target));
        if (!parts.isEmpty())
            line += QStringLiteral("; ") + parts.join(QStringLiteral(", "));
        for (const UnitSnapshot& unit : allocation.units) {
            if (unit.state == UnitState::Pending && !unit.reason.empty()) {
                line += tr(" (waits: %1)").arg(QString::fromStdString(unit.reason));
                break;
            }
        }
        if (allocation.trouble.code != ErrorCode::None)
            line += QStringLiteral(". ") + formatError(allocation.trouble);
        lines << line;
    }
    m_status->setText(lines.join(QLatin1Char('\n')));
}

} // namespace vitfleet::app
