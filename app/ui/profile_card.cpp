// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/profile_card.h"

#include "app/core/scale_out.h"
#include "app/models/store_asker.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"
#include "app/ui/profile_editor.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace vitfleet::app {

ProfileCard::ProfileCard(const UiContext& context, QWidget* parent)
    : Card(tr("Profiles"), parent), m_context(context), m_list(makeLabel({}, "body")),
      m_edit(makeButton(tr("Profiles…")))
{
    setSubtitle(tr("where nodes on other machines come from"));
    m_list->setWordWrap(true);
    content()->addWidget(m_list);
    auto* row = new QHBoxLayout;
    row->addWidget(m_edit);
    row->addStretch();
    content()->addLayout(row);
    setUsable(m_edit, m_context.scaleOut, tr("Nodes of profiles cannot be asked for here."));
    Actions::setDoes(m_edit, {QStringLiteral("run.profiles")});
    connect(m_edit, &QPushButton::clicked, this, [this] {
        auto* editor = new ProfileEditor(m_context, {}, this);
        connect(editor, &ProfileEditor::saved, this, &ProfileCard::load);
        editor->show();
    });
    showProfiles(std::vector<Profile>());
}

void ProfileCard::showEvent(QShowEvent* event)
{
    Card::showEvent(event);
    load();
}

/// Profiles lie in a file: read where reading is done.
void ProfileCard::load()
{
    if (!m_context.scaleOut)
        return;
    m_context.asker.ask(
        this, [scaleOut = m_context.scaleOut](StoreReader&) { return scaleOut->profiles(); },
        [this](const Result<std::vector<Profile>>& found) { showProfiles(found); });
}

void ProfileCard::showProfiles(const Result<std::vector<Profile>>& found)
{
    setRole(m_list, found ? "body" : "errorText");
    if (!found) {
        m_list->setText(formatError(found.error()));
        return;
    }
    QStringList names;
    for (const Profile& profile : *found)
        names << tr("%1 (%2)").arg(QString::fromStdString(profile.name), fromView(name(profile.provider)));
    m_list->setText(names.isEmpty() ? tr("None yet: all nodes are this machine's, or added by hand.")
                                    : names.join(QStringLiteral(" · ")));
}

} // namespace vitfleet::app
