// SPDX-License-Identifier: GPL-3.0-or-later
// How a machine becomes a node: the command to run there, and a field for the line that its agent prints.
#pragma once

#include "app/ui/ui_context.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;

namespace vitfleet::app {

class ElidedLabel;

/// The command in one line with the key of 52 letters.
inline constexpr int addNodeWidth = 760;

class AddNodePanel : public QWidget
{
    Q_OBJECT
public:
    explicit AddNodePanel(const UiContext& context, QWidget* parent = nullptr);
    QString command() const;
    /// Its buttons, for the palette; of the panel that is always there.
    void addTo(Actions& actions);

Q_SIGNALS:
    void added();

private:
    void add();
    void check();

    UiContext m_context;
    QLineEdit* m_command;
    QLineEdit* m_address;
    ElidedLabel* m_agent; ///< its fingerprint
    QLabel* m_message;
    QPushButton* m_copy;
    QPushButton* m_add;
    bool m_asking = false;
};

} // namespace vitfleet::app
