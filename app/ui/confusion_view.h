// SPDX-License-Identifier: GPL-3.0-or-later
// Expected against predicted labels as a matrix of counts. Above a few dozen classes only those that are mistaken most
// are shown. Arrows go from cell to cell, Enter or a click shows the rows of one. Where a cell is too small for its
// figure, the line below says it for the cell under the pointer, or else for the one that the keyboard is at.
#pragma once

#include "app/core/store.h"

#include <QFont>
#include <QWidget>

#include <optional>
#include <vector>

namespace vitfleet::app {

class Theme;

class ConfusionView : public QWidget
{
    Q_OBJECT
public:
    static constexpr std::size_t mostClasses = 24;

    explicit ConfusionView(const Theme& theme, QWidget* parent = nullptr);

    void setData(const std::vector<std::string>& labels, const std::vector<StoreReader::ConfusionCell>& cells);
    /// Cells can be chosen.
    void setInteractive(bool interactive);
    std::uint64_t total() const { return m_total; }
    std::uint64_t shown() const;
    std::size_t classes() const { return m_classes.size(); }
    /// What a cell holds; rows are expected, columns predicted.
    std::uint64_t count(std::size_t row, std::size_t column) const;
    QRect cellRect(std::size_t row, std::size_t column) const;
    void setCurrent(std::size_t row, std::size_t column);
    /// What stands in a cell: its count, shortened to thousands or left out where there is no room.
    QString figure(std::size_t row, std::size_t column) const;
    QFont figureFont() const { return place().figures; }
    /// Columns have their names; rows always do.
    bool namesColumns() const { return place().names != Names::None; }
    /// The line below the cells.
    QString readout() const;
    QSize sizeHint() const override { return {420, 400}; }
    QSize minimumSizeHint() const override { return {240, 120}; }

Q_SIGNALS:
    void cellChosen(const QString& expected, const QString& predicted, quint64 count);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    // Pixels.
    static constexpr int gap = 2, titleRoom = 22, readoutRoom = 24;
    static constexpr int longestName = 140, longestUpright = 90; ///< of a class
    enum class Names                                             ///< how the columns have them
    {
        None,
        Level,
        Slanted,
        Upright
    };
    struct Place
    {
        int left, top, width, height; ///< of the first cell
        Names names;
        QFont figures;
        QSize size; ///< of the view that it was made for, with this font
        QFont font;
    };
    struct Cell
    {
        std::size_t row, column;
        bool operator==(const Cell&) const = default;
    };
    QFont nameFont() const;
    const Place& place() const;
    void placeCells(Place& at) const;
    void chooseFigures(Place& at) const;
    std::optional<Cell> find(const QPoint& at) const;
    /// Under the pointer, or else where the keyboard is.
    std::optional<Cell> lookedAt() const;
    QString cellText(std::size_t row, std::size_t column) const;
    void choose();
    void paintNames(QPainter& painter, const Place& at) const;
    void paintColumnName(QPainter& painter, const Place& at, std::size_t column) const;
    void paintCell(QPainter& painter, std::size_t row, std::size_t column, std::uint64_t highestWrong,
                   std::uint64_t highestRight) const;

    const Theme& m_theme;
    std::vector<std::uint32_t> m_classes; ///< labels by their index, in the order in which they are shown
    std::vector<QString> m_names;
    std::vector<std::uint64_t> m_counts; ///< classes × classes
    std::uint64_t m_total = 0;
    std::size_t m_allClasses = 0;
    bool m_interactive = false;
    std::size_t m_row = 0, m_column = 0;
    std::optional<Cell> m_pointed;
    mutable std::optional<Place> m_place; ///< as the view was last; what is longest takes its time
};

} // namespace vitfleet::app
