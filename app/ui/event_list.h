// SPDX-License-Identifier: GPL-3.0-or-later
// The latest events, newest first: as many as there is room for, none of them cut in half.
#pragma once

#include "app/core/records.h"

#include <QWidget>

#include <deque>

namespace vitfleet::app {

class Theme;

class EventList : public QWidget
{
    Q_OBJECT
public:
    explicit EventList(const Theme& theme, QWidget* parent = nullptr);
    void addEvents(const std::vector<EventRecord>& events);
    QSize sizeHint() const override { return {300, 64}; } // it takes what is left
    QSize minimumSizeHint() const override { return {100, 40}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    struct Line
    {
        QString time, text;
        bool isBad;
    };
    const Theme& m_theme;
    std::deque<Line> m_lines; ///< newest first
};

} // namespace vitfleet::app
