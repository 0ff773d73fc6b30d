// SPDX-License-Identifier: GPL-3.0-or-later
// Names and what they stand for, one a line, in two columns.
#pragma once

#include <QWidget>

#include <utility>
#include <vector>

class QGridLayout;
class QLabel;

namespace vitfleet::app {

class FactGrid : public QWidget
{
    Q_OBJECT
public:
    explicit FactGrid(QWidget* parent = nullptr);

    /// In this order; labels are kept, so that what is selected in them stays selected.
    void setFacts(const std::vector<std::pair<QString, QString>>& facts);
    QString text() const;

private:
    QGridLayout* m_grid;
    std::vector<std::pair<QLabel*, QLabel*>> m_labels;
    std::size_t m_used = 0;
};

} // namespace vitfleet::app
