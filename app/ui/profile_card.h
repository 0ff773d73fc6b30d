// SPDX-License-Identifier: GPL-3.0-or-later
// On the Settings page: which profiles there are, and the way to change them.
#pragma once

#ifndef Q_MOC_RUN // moc 6.4 stumbles over <concepts>
#include "app/core/profiles/profile.h"
#endif
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

namespace vitfleet::app {

class ProfileCard : public Card
{
    Q_OBJECT
public:
    explicit ProfileCard(const UiContext& context, QWidget* parent = nullptr);

    QPushButton& edit() { return *m_edit; }
    QString text() const { return m_list->text(); }

protected:
    void showEvent(QShowEvent* event) override;

private:
    void load();
    void showProfiles(const Result<std::vector<Profile>>& found);

    UiContext m_context;
    QLabel* m_list;
    QPushButton* m_edit;
};

} // namespace vitfleet::app
