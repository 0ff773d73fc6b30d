// SPDX-License-Identifier: GPL-3.0-or-later
// Why the program cannot start, and what to do: instead of its window.
#pragma once

#include "shared/base/error.h"

#include <QDialog>

namespace vitfleet::app {

class StartProblem : public QDialog
{
    Q_OBJECT
public:
    StartProblem(const Error& error, const QString& database, QWidget* parent = nullptr);
    QString text() const { return m_text; }

private:
    QString m_text;
};

} // namespace vitfleet::app
