// SPDX-License-Identifier: GPL-3.0-or-later
// Ctrl+K: every action by a few letters of its name. Enter does it, Ctrl+Enter copies it as a command line.
#pragma once

#include <QFrame>
#include <QPointer>

class QLabel;
class QLineEdit;
class QListView;

namespace vitfleet::app {

class Actions;
class Theme;

class CommandPalette : public QFrame
{
    Q_OBJECT
public:
    /// A sheet over `window`, hidden until open().
    CommandPalette(const Actions& actions, const Theme& theme, QWidget* window);

    void open();
    void close();
    QLineEdit& field() { return *m_field; }
    QListView& list() { return *m_list; }

Q_SIGNALS:
    void copied(const QString& command);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    class Model;
    void find(const QString& text);
    void act();
    void copy();
    void showHint();
    bool onKey(int key, Qt::KeyboardModifiers modifiers);

    const Actions& m_actions;
    QLineEdit* m_field;
    QListView* m_list;
    QLabel* m_hint;
    Model* m_model;
    QPointer<QWidget> m_before; ///< had the focus
};

} // namespace vitfleet::app
