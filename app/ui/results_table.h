// SPDX-License-Identifier: GPL-3.0-or-later
// The rows as a table with their pictures; what is wrong in its colour, always with its word.
#pragma once

#include "app/ui/ui_context.h"

#include <QTableView>

namespace vitfleet::app {

class ColumnKeeper;
class ResultsModel;

class ResultsTable : public QTableView
{
    Q_OBJECT
public:
    ResultsTable(ResultsModel& model, const UiContext& context, QWidget* parent = nullptr);
    /// First and last row on the screen; -1 where there is none.
    std::pair<int, int> visibleRows() const;
    bool isUntouched() const; ///< at its top, with nothing selected

protected:
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void placeColumns();

    ColumnKeeper* m_columns;
    ResultsModel& m_model;
    const Theme& m_theme;
};

} // namespace vitfleet::app
