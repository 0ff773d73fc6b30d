// SPDX-License-Identifier: GPL-3.0-or-later
// Fields that Qt's style sheets cannot draw without pictures: their arrows and ticks follow the theme.
#pragma once

#include <QCheckBox>
#include <QComboBox>

namespace vitfleet::app {

/// One of a few, behind an arrow.
class ChoiceBox : public QComboBox
{
    Q_OBJECT
public:
    explicit ChoiceBox(const QString& name, QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
    /// A page that is scrolled changes nothing in passing.
    void wheelEvent(QWheelEvent* event) override;
};

class TickBox : public QCheckBox
{
    Q_OBJECT
public:
    explicit TickBox(const QString& text, QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace vitfleet::app
