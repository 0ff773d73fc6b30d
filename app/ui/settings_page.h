// SPDX-License-Identifier: GPL-3.0-or-later
// What the user decides once: how it looks, which language, what is told, how CSV is written, which keys do what.
#pragma once

#include "app/ui/page.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

#include <utility>
#include <vector>

class QBoxLayout;
class QCheckBox;
class QComboBox;
class QGridLayout;

namespace vitfleet::app {

class ShortcutEdit;

class SettingsPage : public Page
{
    Q_OBJECT
public:
    explicit SettingsPage(const UiContext& context, QWidget* parent = nullptr);

    QComboBox& look() { return *m_look; }
    QComboBox& language() { return *m_language; }
    QString message() const { return m_message->text(); }

    void takeFocus() override;
    QList<QWidget*> panes() const override;

Q_SIGNALS:
    void layoutResetRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeAppearance();
    QWidget* makeRuns();
    QWidget* makeNotifications();
    QWidget* makeStorage();
    QWidget* makeShortcuts();
    /// A value out of a few; `usual` where the settings have none of them.
    QComboBox* makeChoice(const QString& name, const QString& key, const std::vector<std::pair<QString, int>>& choices,
                          int usual);
    /// What stands in the settings, to the engine.
    void applyPolicy();
    QCheckBox* makeSwitch(const QString& text, const QString& key, bool usual);
    void fillShortcuts();

    UiContext m_context;
    QComboBox* m_look;
    QComboBox* m_language;
    QLabel* m_message;
    QLabel* m_policyNote;
    QGridLayout* m_shortcuts = nullptr;
    std::vector<ShortcutEdit*> m_edits;
    QBoxLayout* m_columns = nullptr; ///< side by side where there is room
};

} // namespace vitfleet::app
