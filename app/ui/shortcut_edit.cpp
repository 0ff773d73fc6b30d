// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/shortcut_edit.h"

#include <QKeyEvent>

namespace vitfleet::app {
namespace {

/// Keys that are for one action alone: with Ctrl, Alt or Meta, F1 and so on, and Delete. Others write, press buttons
/// and move from field to field, in every field of the window.
bool isShortcut(const QKeyEvent& event)
{
    const int key = event.key();
    return event.modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)
               ? key != Qt::Key_Tab && key != Qt::Key_Backtab && key != Qt::Key_Escape
               : (key >= Qt::Key_F1 && key <= Qt::Key_F35) || key == Qt::Key_Delete;
}

bool isErase(const QKeyEvent& event)
{
    return event.key() == Qt::Key_Backspace && event.modifiers() == Qt::NoModifier;
}

bool isModifier(int key)
{
    return key == Qt::Key_Control || key == Qt::Key_Shift || key == Qt::Key_Alt || key == Qt::Key_Meta ||
           key == Qt::Key_AltGr;
}

} // namespace

ShortcutEdit::ShortcutEdit(const QString& id, QWidget* parent) : QLineEdit(parent), m_id(id)
{
    setReadOnly(true);
    setAlignment(Qt::AlignCenter);
    setFixedWidth(150);
    setToolTip(tr("Press the new keys, with Ctrl, Alt or Meta, or an F key; Backspace for none"));
}

void ShortcutEdit::setKeys(const QKeySequence& keys)
{
    setText(keys.isEmpty() ? tr("none") : keys.toString(QKeySequence::NativeText));
    setAccessibleDescription(text());
}

bool ShortcutEdit::event(QEvent* event)
{
    // What is pressed here is meant for here, not for the action that has these keys now.
    if (event->type() == QEvent::ShortcutOverride) {
        const auto& key = *static_cast<QKeyEvent*>(event);
        if (isShortcut(key) || isErase(key)) {
            event->accept();
            return true;
        }
    }
    return QLineEdit::event(event);
}

void ShortcutEdit::keyPressEvent(QKeyEvent* event)
{
    if (isModifier(event->key()))
        return;
    if (isErase(*event))
        Q_EMIT keysPressed({});
    else if (isShortcut(*event))
        Q_EMIT keysPressed(QKeySequence(event->keyCombination()));
    else
        QLineEdit::keyPressEvent(event);
}

} // namespace vitfleet::app
