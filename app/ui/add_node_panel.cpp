// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/add_node_panel.h"

#include "app/models/fleet_source.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"
#include "app/ui/widgets.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QTimer>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr int copiedMs = 2'000;

} // namespace

AddNodePanel::AddNodePanel(const UiContext& context, QWidget* parent)
    : QWidget(parent), m_context(context), m_command(new QLineEdit(command())), m_address(new QLineEdit),
      m_agent(new ElidedLabel("secondary")), m_message(makeLabel({}, "errorText")), m_copy(makeButton(tr("Copy"))),
      m_add(makeButton(tr("Add")))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);

    QLabel* what = makeLabel(
        tr("Run this on the machine that should work: it admits this application and starts the agent."), "secondary");
    what->setWordWrap(true);
    m_command->setReadOnly(true);
    m_command->setProperty("mono", true);
    m_command->setAccessibleName(tr("Command for the node"));
    m_command->setCursorPosition(0);
    m_copy->setAccessibleName(tr("Copy the command"));
    auto* commandRow = new QHBoxLayout; // above the command, which is as long as the panel is wide
    commandRow->addWidget(what, 1);
    commandRow->addWidget(m_copy);
    layout->addLayout(commandRow);
    layout->addWidget(m_command);

    layout->addSpacing(4);
    layout->addWidget(makeLabel(tr("Then put the address line that it prints here:"), "secondary"));
    m_address->setPlaceholderText(QStringLiteral("HOST:PORT/KEY"));
    m_address->setAccessibleName(tr("Address line of the agent"));
    auto* addressRow = new QHBoxLayout;
    addressRow->addWidget(m_address, 1);
    addressRow->addWidget(m_add);
    layout->addLayout(addressRow);
    m_message->setWordWrap(true);
    m_message->hide();
    layout->addWidget(m_message);
    layout->addWidget(m_agent);
    layout->addSpacing(4);
    auto* own = new ElidedLabel("secondary");
    own->setWholeText(
        tr("This application's fingerprint, as the agent prints it on admitting: %1").arg(context.fleet.fingerprint()),
        tr("This application's fingerprint: %1").arg(context.fleet.fingerprint()));
    layout->addWidget(own);

    connect(m_copy, &QPushButton::clicked, this, [this] {
        QApplication::clipboard()->setText(m_command->text());
        m_copy->setText(tr("Copied"));
        QTimer::singleShot(copiedMs, m_copy, [copy = m_copy] { copy->setText(tr("Copy")); });
    });
    connect(m_address, &QLineEdit::textChanged, this, &AddNodePanel::check);
    connect(m_address, &QLineEdit::returnPressed, m_add, [this] { m_add->click(); });
    connect(m_add, &QPushButton::clicked, this, &AddNodePanel::add);
    check();
}

QString AddNodePanel::command() const
{
    return QStringLiteral("vitfleet-agent authorize %1 && vitfleet-agent serve").arg(m_context.fleet.publicKey());
}

void AddNodePanel::addTo(Actions& actions)
{
    actions.addButton(QStringLiteral("nodes.copyCommand"), tr("Nodes"), m_copy, tr("Copy the command for a node"));
    actions.addButton(QStringLiteral("nodes.addTyped"), tr("Nodes"), m_add, tr("Add the node with the typed address"));
}

void AddNodePanel::check()
{
    const QString fingerprint = m_context.fingerprintOf(m_address->text());
    m_agent->setWholeText(fingerprint.isEmpty() ? tr("The agent's fingerprint appears here; it prints the same one.")
                                                : tr("The agent's fingerprint: %1").arg(fingerprint));
    setUsable(m_add, !m_asking && !m_address->text().trimmed().isEmpty(),
              m_asking ? tr("The address is being looked at.")
                       : tr("Put the agent's address line into the field first."));
}

void AddNodePanel::add()
{
    m_asking = true;
    m_message->hide();
    check();
    m_context.fleet.addNode(m_address->text().trimmed(), this, [this](const Result<NodeId>& result) {
        m_asking = false;
        m_message->setText(result ? QString() : formatError(result.error()));
        m_message->setVisible(!result.ok());
        if (result) {
            m_address->clear();
            Q_EMIT added();
        }
        check();
    });
}

} // namespace vitfleet::app
