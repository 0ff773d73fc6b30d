// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that can be done in the window, by name: for shortcuts, the palette and the settings page.
#pragma once

#include <QAction>
#include <QKeySequence>
#include <QObject>
#include <QPointer>
#include <QStringList>

#include <functional>
#include <vector>

class QAbstractButton;

namespace vitfleet::app {

class UiSettings;

class Actions : public QObject
{
    Q_OBJECT
public:
    struct Entry
    {
        QString id;    ///< "run.pause": the key of its shortcut in the settings
        QString group; ///< "Run"
        QAction* action = nullptr;
        QKeySequence usual;               ///< its shortcut until the user takes another
        std::function<QString()> command; ///< the same as a vitfleet-cli line; empty: there is none
        QPointer<QAbstractButton> button{};
        bool isButton = false;
        QString text{}; ///< of a button's; empty: what it says itself
        QString otherWords{};
    };

    /// Shortcuts work in the whole of `window`.
    Actions(UiSettings& settings, QWidget* window);

    QAction* add(const QString& id, const QString& group, const QString& text, const QKeySequence& keys,
                 std::function<void()> run, std::function<QString()> command = {});
    /// What a button of a page does, as an action: the page is shown, and the button pressed. It can be used when the
    /// button can (see refresh()). `text` empty: the button's own.
    QAction* addButton(const QString& id, const QString& group, QAbstractButton* button, const QString& text = {},
                       std::function<void()> before = {});
    /// What an action is as a vitfleet-cli line; empty: there is none at the moment.
    void setCommand(const QString& id, std::function<QString()> command);
    /// Keys that work in `place` only; for an action that has none.
    void setKeys(const QString& id, const QKeySequence& keys, QWidget* place);
    /// Words that the palette finds it by, too: what others call it.
    void setOtherWords(const QString& id, const QString& words);
    /// A button or menu entry that does what these actions do. Every one in the window says so, or is a choice.
    static void setDoes(QObject* control, const QStringList& ids);
    static QStringList does(const QObject* control);
    /// Brings the actions of buttons up to what these can do now.
    void refresh() const;
    void refresh(const QString& id) const; ///< of one; those with keys are brought up when their button is
    /// How the page that a widget is on gets shown.
    void setReveal(std::function<void(QWidget*)> reveal) { m_reveal = std::move(reveal); }
    const std::vector<Entry>& entries() const { return m_entries; }
    QAction* action(const QString& id) const;
    const Entry* entry(const QString& id) const;
    /// Sets whether it can be used, and why not.
    static void setUsable(QAction* action, bool usable, const QString& reasonWhyNot);
    static QString whyNot(const QAction* action);
    /// Another shortcut, remembered; empty: none. Refused (false) where another action has it.
    bool setShortcut(const QString& id, const QKeySequence& keys);
    void resetShortcuts();

private:
    static void refresh(const Entry& entry);

    UiSettings& m_settings;
    QWidget* m_window;
    std::function<void(QWidget*)> m_reveal;
    std::vector<Entry> m_entries;
};

} // namespace vitfleet::app
