// SPDX-License-Identifier: GPL-3.0-or-later
// What is mistaken for what, most often first: the matrix in words. Enter or a double click shows the rows.
#pragma once

#include "app/core/store.h"
#include "app/ui/widgets.h"

class QStandardItemModel;

namespace vitfleet::app {

class PlainTable;
struct UiContext;

class MistakeList : public QWidget
{
    Q_OBJECT
public:
    explicit MistakeList(const UiContext& context, QWidget* parent = nullptr);

    void setData(const std::vector<std::string>& labels, const std::vector<StoreReader::ConfusionCell>& cells);
    PlainTable& table() { return *m_table; }

Q_SIGNALS:
    void mistakeChosen(const QString& expected, const QString& predicted);

private:
    QStandardItemModel* m_model;
    PlainTable* m_table;
    ElidedLabel* m_sum;
};

} // namespace vitfleet::app
