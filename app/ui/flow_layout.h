// SPDX-License-Identifier: GPL-3.0-or-later
// A row of widgets that goes on in the next line where it has no more room.
#pragma once

#include <QLayout>

#include <memory>
#include <vector>

namespace vitfleet::app {

/// In the order in which they were added, each at its preferred size; what is hidden takes no place.
class FlowLayout : public QLayout
{
public:
    explicit FlowLayout(QWidget* parent = nullptr);
    ~FlowLayout() override;

    void addItem(QLayoutItem* item) override;
    int count() const override;
    QLayoutItem* itemAt(int index) const override;
    QLayoutItem* takeAt(int index) override;
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    /// All in one line.
    QSize sizeHint() const override;
    /// The widest of them.
    QSize minimumSize() const override;
    void setGeometry(const QRect& rect) override;

private:
    /// Goes through the lines of that width; gives each item its place if `move`. Returns the height.
    int arrange(const QRect& rect, bool move) const;

    std::vector<std::unique_ptr<QLayoutItem>> m_items;
};

} // namespace vitfleet::app
