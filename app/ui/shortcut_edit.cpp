// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/shortcut_edit.h"

#include <QKeyEvent>

namespace vitfleet::app {
namespace {

bool goesOn(int key)
{
    return key == Qt::Key_Tab || key == Qt::Key_Backtab || key == Qt::Key_Escape;
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
    setToolTip(tr("Press the new keys; Backspace for none"));
}

void ShortcutEdit::setKeys(const QKeySequence& keys)
{
    setText(keys.isEmpty() ? tr("none") : keys.toString(QKeySequence::NativeText));
    setAccessibleDescription(text());
}

bool ShortcutEdit::event(QEvent* event)
{
    // What is pressed here is meant for here, not for the action that has these keys now.
    if (event->type() == QEvent::ShortcutOverride && !goesOn(static_cast<QKeyEvent*>(event)->key())) {
        event->accept();
        return true;
    }
    return QLineEdit::event(event);
}

void ShortcutEdit::keyPressEvent(QKeyEvent* event)
{
    if (goesOn(event->key())) {
        QLineEdit::keyPressEvent(event);
        return;
    }
    if (isModifier(event->key()))
        return;
    if (event->key() == Qt::Key_Backspace && event->modifiers() == Qt::NoModifier) {
        Q_EMIT keysPressed({});
        return;
    }
    Q_EMIT keysPressed(QKeySequence(event->keyCombination()));
}

} // namespace vitfleet::app
