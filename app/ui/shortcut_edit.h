// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of one action: press others to change them, Backspace for none. What has neither Ctrl nor Alt nor Meta, as
// Tab, Esc, Space and the arrows, goes on as everywhere.
#pragma once

#include <QKeySequence>
#include <QLineEdit>

namespace vitfleet::app {

class ShortcutEdit : public QLineEdit
{
    Q_OBJECT
public:
    explicit ShortcutEdit(const QString& id, QWidget* parent = nullptr);
    QString id() const { return m_id; }
    void setKeys(const QKeySequence& keys);

Q_SIGNALS:
    void keysPressed(const QKeySequence& keys);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    QString m_id;
};

} // namespace vitfleet::app
