// SPDX-License-Identifier: GPL-3.0-or-later
// A filter as a chip: what it lets through, and the accent while it holds something back.
#pragma once

#include <QComboBox>

namespace vitfleet::app {

class Theme;

class FilterBox : public QComboBox
{
    Q_OBJECT
public:
    /// The first entry lets everything through.
    FilterBox(const QString& name, const Theme& theme, QWidget* parent = nullptr);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
};

} // namespace vitfleet::app
