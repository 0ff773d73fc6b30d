// SPDX-License-Identifier: GPL-3.0-or-later
// A table as all of them look: hairlines, soft selection, text under its header; widths by share, kept where the user
// has dragged them.
#pragma once

#include <QSet>
#include <QTableView>

#include <vector>

namespace vitfleet::app {

class ColumnKeeper;
class Theme;
class UiSettings;

class PlainTable : public QTableView
{
    Q_OBJECT
public:
    /// Of a model's: the name of the colour of the cell: "secondary" (usual), "text", "strong", "ok", "held",
    /// "warning", "error".
    static constexpr int LookRole = Qt::UserRole + 200;

    /// `name`: of its columns in the settings. `widths`: usual ones; 0 takes what is left.
    PlainTable(const QString& name, const QString& accessible, std::vector<int> widths, const Theme& theme,
               UiSettings& settings, QWidget* parent = nullptr);
    void setModel(QAbstractItemModel* model) override;
    /// Where the usual widths do not fit; -1: that column is left out.
    void setTightWidths(std::vector<int> widths);
    /// A column that has nothing to show in any row is left out, too.
    void setUseless(int column, bool useless);
    /// In the middle while there is no row.
    void setEmptyText(const QString& text);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    bool viewportEvent(QEvent* event) override;

private:
    void placeColumns();
    int roomFor(const std::vector<int>& widths) const;

    QString m_name;
    std::vector<int> m_widths, m_tight;
    QSet<int> m_useless;
    const Theme& m_theme;
    UiSettings& m_settings;
    ColumnKeeper* m_columns = nullptr;
    QString m_emptyText;
};

} // namespace vitfleet::app
