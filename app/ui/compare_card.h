// SPDX-License-Identifier: GPL-3.0-or-later
// Two runs side by side: what they say about the same pictures, how fast, and which classes they tell apart better.
#pragma once

#include "app/models/run_history.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

class QGridLayout;

namespace vitfleet::app {

class CompareCard : public Card
{
    Q_OBJECT
public:
    explicit CompareCard(const UiContext& context, QWidget* parent = nullptr);
    void compare(RunId first, RunId second);
    const std::optional<RunComparison>& shown() const { return m_shown; }
    /// Every line of it as text.
    QStringList lines() const { return m_lines; }

Q_SIGNALS:
    void compared();

private:
    void show(const RunComparison& comparison);
    void addLine(const QString& name, const QString& first, const QString& second, const QString& difference);

    UiContext m_context;
    QLabel* m_text;
    QGridLayout* m_grid;
    std::optional<RunComparison> m_shown;
    QStringList m_lines;
    int m_row = 0;
    bool m_besides = false; ///< lines go into the second group of columns
    quint64 m_question = 0;
};

} // namespace vitfleet::app
