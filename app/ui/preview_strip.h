// SPDX-License-Identifier: GPL-3.0-or-later
// A few pictures of a data set that is being looked at, in one line.
#pragma once

#include "app/core/data/data_set.h"
#include "app/ui/ui_context.h"

#include <QWidget>

#include <vector>

namespace vitfleet::app {

class PreviewStrip : public QWidget
{
    Q_OBJECT
public:
    explicit PreviewStrip(const UiContext& context, QWidget* parent = nullptr);
    void setItems(const DataSetSpec& dataSet, std::vector<ItemRecord> items);
    std::size_t items() const { return m_items.size(); }
    /// Of those that are shown: how many are still being made.
    int missingPictures() const;
    QSize sizeHint() const override { return {300, 40}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int places() const;

    UiContext m_context;
    DataSetSpec m_dataSet;
    std::vector<ItemRecord> m_items;
};

} // namespace vitfleet::app
