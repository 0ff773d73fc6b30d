// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/profile_editor.h"

#include "app/core/scale_out.h"
#include "app/models/store_asker.h"
#include "app/models/undo.h"
#include "app/ui/format.h"
#include "app/ui/inputs.h"
#include "app/ui/profile_fields.h"
#include "app/ui/widgets.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int usualNodes = 4;
constexpr int planLines = 7;

QString textOf(const FleetPlan& plan)
{
    QStringList lines;
    for (const std::string& command : plan.commands)
        lines << QStringLiteral("$ ") + QString::fromStdString(command);
    if (!plan.script.empty())
        lines << QString() << QString::fromStdString(plan.script);
    return lines.join(QLatin1Char('\n'));
}

} // namespace

ProfileEditor::ProfileEditor(const UiContext& context, const QString& profile, QWidget* parent)
    : QDialog(parent), m_context(context), m_profiles(new ChoiceBox(tr("Profile"))), m_name(new QLineEdit),
      m_nameProblem(makeLabel({}, "errorText")), m_provider(new ChoiceBox(tr("Provider"))), m_fields(new ProfileFields),
      m_nodes(new Stepper(tr("Nodes to try it with"), 1, mostNodes, {})), m_plan(new QPlainTextEdit),
      m_message(makeLabel({}, "secondary")), m_try(makeButton(tr("Try"))), m_save(makeButton(tr("Save"), true)),
      m_delete(makeButton(tr("Delete")))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Profiles"));
    resize(660, 720);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
    layout->setSpacing(cardGap);
    layout->addWidget(makeHead());
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setProperty("plain", true);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* body = new QWidget;
    body->setObjectName(QStringLiteral("page"));
    auto* inside = new QVBoxLayout(body);
    inside->setContentsMargins(0, 0, 8, 0);
    inside->addWidget(m_fields);
    inside->addStretch();
    scroll->setWidget(body);
    layout->addWidget(scroll, 1);
    layout->addWidget(makeTrial());
    layout->addWidget(makeFoot());
    connect(m_profiles, &QComboBox::currentIndexChanged, this, &ProfileEditor::choose);
    connect(m_provider, &QComboBox::currentIndexChanged, this, &ProfileEditor::changeProvider);
    connect(m_name, &QLineEdit::textChanged, this, [this] { check(m_wasAsked); });
    connect(m_fields, &ProfileFields::changed, this, [this] { check(m_wasAsked); });
    showSettings({}, {});
    load(profile);
}

QWidget* ProfileEditor::makeHead()
{
    auto* head = new QWidget;
    auto* grid = new QGridLayout(head);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(14);
    grid->setVerticalSpacing(6);
    grid->setColumnStretch(1, 1);
    m_name->setAccessibleName(tr("Name"));
    m_nameProblem->setWordWrap(true);
    m_nameProblem->hide();
    for (const ProviderKind kind :
         {ProviderKind::Local, ProviderKind::Ssh, ProviderKind::Slurm, ProviderKind::Kubernetes})
        m_provider->addItem(fromView(vitfleet::app::name(kind)), static_cast<int>(kind));
    grid->addWidget(makeLabel(tr("Profile"), "body"), 0, 0);
    grid->addWidget(m_profiles, 0, 1);
    grid->addWidget(m_delete, 0, 2);
    grid->addWidget(makeLabel(tr("Name"), "body"), 1, 0);
    grid->addWidget(m_name, 1, 1, 1, 2);
    grid->addWidget(m_nameProblem, 2, 1, 1, 2);
    grid->addWidget(makeLabel(tr("Provider"), "body"), 3, 0);
    grid->addWidget(m_provider, 3, 1, 1, 2);
    connect(m_delete, &QPushButton::clicked, this, &ProfileEditor::removeProfile);
    return head;
}

QWidget* ProfileEditor::makeTrial()
{
    auto* trialBox = new QWidget;
    auto* layout = new QVBoxLayout(trialBox);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    m_nodes->setValue(usualNodes);
    m_try->setToolTip(tr("Shows what would be asked for; nothing is started"));
    m_plan->setReadOnly(true);
    m_plan->setTabChangesFocus(true);
    m_plan->setProperty("mono", true);
    m_plan->setAccessibleName(tr("What would be asked for"));
    m_plan->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_plan->setFixedHeight(m_plan->fontMetrics().lineSpacing() * planLines + 14);
    m_plan->hide();
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(makeLabel(tr("With so many nodes"), "body"));
    row->addWidget(m_nodes);
    row->addWidget(m_try);
    row->addStretch();
    layout->addLayout(row);
    layout->addWidget(m_plan);
    connect(m_try, &QPushButton::clicked, this, &ProfileEditor::trial);
    return trialBox;
}

QWidget* ProfileEditor::makeFoot()
{
    auto* foot = new QWidget;
    auto* row = new QHBoxLayout(foot);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    m_message->setWordWrap(true);
    auto* close = makeButton(tr("Close"));
    row->addWidget(m_message, 1);
    row->addWidget(close);
    row->addWidget(m_save);
    m_save->setDefault(true);
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    connect(m_save, &QPushButton::clicked, this, &ProfileEditor::store);
    return foot;
}

/// Settings lie in a file: read where reading is done.
void ProfileEditor::load(const QString& profile)
{
    if (!m_context.scaleOut)
        return;
    m_context.asker.ask(
        this,
        [scaleOut = m_context.scaleOut](StoreReader&) -> Result<Settings> {
            auto text = scaleOut->settings();
            if (!text)
                return text.error();
            Settings settings;
            settings.text = std::move(*text);
            auto profiles = scaleOut->profiles();
            if (profiles)
                settings.profiles = std::move(*profiles);
            else
                settings.trouble = profiles.error();
            return settings;
        },
        [this, profile](const Result<Settings>& found) {
            if (found)
                showSettings(*found, profile);
            else
                say(formatError(found.error()), "errorText");
        });
}

void ProfileEditor::showSettings(const Settings& settings, const QString& profile)
{
    m_settings = settings;
    {
        const QSignalBlocker blocker(m_profiles);
        m_profiles->clear();
        for (const Profile& each : settings.profiles)
            m_profiles->addItem(
                tr("%1 (%2)").arg(QString::fromStdString(each.name), fromView(vitfleet::app::name(each.provider))),
                QString::fromStdString(each.name));
        m_profiles->addItem(tr("A new profile"), QString());
        const int index = m_profiles->findData(profile);
        m_profiles->setCurrentIndex(index < 0 ? m_profiles->count() - 1 : index);
    }
    choose(m_profiles->currentIndex());
    // Into what cannot be read nothing is written.
    const bool broken = settings.trouble.code != ErrorCode::None;
    setUsable(m_save, !broken, tr("The file has to be mended first."));
    if (broken)
        say(formatError(settings.trouble), "errorText");
}

void ProfileEditor::choose(int index)
{
    const std::string chosen = m_profiles->itemData(index).toString().toStdString();
    const auto found = std::ranges::find(m_settings.profiles, chosen, &Profile::name);
    ProfileForm form;
    form.provider = ProviderKind::Slurm;
    if (found != m_settings.profiles.end())
        form = formOf(*found);
    m_before = form.name;
    m_wasAsked = false;
    {
        const QSignalBlocker name(m_name), provider(m_provider);
        m_name->setText(QString::fromStdString(form.name));
        m_provider->setCurrentIndex(m_provider->findData(static_cast<int>(form.provider)));
    }
    m_fields->setForm(form);
    m_plan->hide();
    say({}, "secondary");
    setUsable(m_delete, !m_before.empty(), tr("It is not in the file yet."));
    check(false);
}

/// The fields that both have stay as they are.
void ProfileEditor::changeProvider()
{
    m_fields->setForm(form());
    m_plan->hide();
    check(m_wasAsked);
}

ProfileForm ProfileEditor::form() const
{
    ProfileForm form = m_fields->form();
    form.name = m_name->text().trimmed().toStdString();
    form.provider = static_cast<ProviderKind>(m_provider->currentData().toInt());
    return form;
}

std::size_t ProfileEditor::check(bool ofAll)
{
    auto problems = readForm(form()).problems;
    const std::string name = m_name->text().trimmed().toStdString();
    const bool isTaken =
        name != m_before && std::ranges::find(m_settings.profiles, name, &Profile::name) != m_settings.profiles.end();
    if (isTaken)
        problems.push_back({"name", {ErrorCode::Settings, "there is a profile " + name + " already"}});
    m_fields->showProblems(problems, ofAll);
    const auto named = std::ranges::find(problems, std::string("name"), &ProfileProblem::key);
    const bool isShown = named != problems.end() && (ofAll || !name.empty());
    m_nameProblem->setText(isShown ? formatError(named->error) : QString());
    m_nameProblem->setVisible(isShown);
    return problems.size();
}

void ProfileEditor::trial()
{
    m_wasAsked = true;
    m_plan->hide();
    if (const std::size_t wrong = check(true); wrong > 0) {
        say(tr("Correct what is marked first (%1).").arg(wrong), "errorText");
        return;
    }
    m_context.asker.ask(
        this,
        [scaleOut = m_context.scaleOut, profile = readForm(form()).profile,
         nodes = static_cast<std::uint32_t>(m_nodes->value())](StoreReader&) {
            return scaleOut->planOf(profile, nodes);
        },
        [this](const Result<FleetPlan>& plan) {
            if (!plan) {
                say(formatError(plan.error()), "errorText");
                return;
            }
            m_plan->setPlainText(textOf(*plan));
            m_plan->show();
            QString said = tr("This would be asked for; nothing was started.");
            if (plan->costPerHour > 0)
                said += tr(" It would cost %1 %2 an hour.")
                            .arg(QLocale().toString(plan->costPerHour, 'f', 2),
                                 QString::fromStdString(plan->profile.currency));
            say(said, "secondary");
        });
}

void ProfileEditor::store()
{
    m_wasAsked = true;
    if (const std::size_t wrong = check(true); wrong > 0) {
        say(tr("Correct what is marked first (%1).").arg(wrong), "errorText");
        return;
    }
    const ProfileForm wanted = form();
    const auto text = withProfile(m_settings.text, m_before, wanted);
    if (!text) {
        say(formatError(text.error()), "errorText");
        return;
    }
    const QString name = QString::fromStdString(wanted.name);
    write(*text,
          tr("%1 is saved. Comments and other profiles in the file are as they were; nodes that run keep the "
             "settings that they were asked for with.")
              .arg(name),
          name);
}

void ProfileEditor::removeProfile()
{
    const auto text = withoutProfile(m_settings.text, m_before);
    if (!text) {
        say(formatError(text.error()), "errorText");
        return;
    }
    const QString name = QString::fromStdString(m_before);
    // This dialog may be gone when it is taken back.
    m_context.undo.offer(tr("Delete profile %1").arg(name), [context = m_context, before = m_settings.text,
                                                             after = *text] {
        context.asker.ask(
            &context.undo,
            [scaleOut = context.scaleOut, before, after](StoreReader&) { return scaleOut->setSettings(after, before); },
            [](const Result<void>&) { /* changed meanwhile: then it stays */ });
    });
    write(*text, tr("%1 is deleted; Ctrl+Z takes it back.").arg(name), {});
}

void ProfileEditor::write(const std::string& text, const QString& said, const QString& profile)
{
    m_context.asker.ask(
        this,
        [scaleOut = m_context.scaleOut, before = m_settings.text, text](StoreReader&) {
            return scaleOut->setSettings(before, text);
        },
        [this, text, said, profile](const Result<void>& written) {
            if (!written) {
                say(formatError(written.error()), "errorText");
                return;
            }
            Settings now{text, {}, {ErrorCode::None, {}}};
            if (auto profiles = parseProfiles(text, {}))
                now.profiles = std::move(*profiles);
            showSettings(now, profile);
            say(said, "ok");
            Q_EMIT saved();
        });
}

void ProfileEditor::say(const QString& text, const char* role)
{
    m_message->setText(text);
    setRole(m_message, role);
}

QString ProfileEditor::plan() const
{
    return m_plan->isHidden() ? QString() : m_plan->toPlainText();
}

QString ProfileEditor::message() const
{
    return m_message->text();
}

QString ProfileEditor::nameProblem() const
{
    return m_nameProblem->isHidden() ? QString() : m_nameProblem->text();
}

} // namespace vitfleet::app
