// SPDX-License-Identifier: GPL-3.0-or-later
// The latest pictures of the run with their labels. Each stays where it is until the newest takes the oldest's place:
// a stream that moves every picture at once cannot be looked at.
#pragma once

#include "app/models/results_loader.h"
#include "app/ui/ui_context.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include <deque>
#include <unordered_set>
#include <vector>

namespace vitfleet::app {

class JustIn : public QWidget
{
    Q_OBJECT
public:
    explicit JustIn(const UiContext& context, QWidget* parent = nullptr);
    /// The newest rows of a run, newest first; another run clears what is shown.
    void setRows(RunId run, const std::vector<ResultView>& rows, const std::vector<std::string>& labels);
    std::size_t shown() const { return m_shown.size(); }
    QSize sizeHint() const override { return {420, 300}; }
    QSize minimumSizeHint() const override { return {220, 130}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    struct Grid
    {
        int columns, rows;
        int cell; ///< edge of a picture
        double stepX;
    };
    Grid grid() const;
    void place();
    void paintPicture(QPainter& painter, const QRect& place, const ResultView& row);
    QString caption(const ResultView& row) const;

    UiContext m_context;
    RunId m_run;
    std::vector<ResultView> m_shown;  ///< one a place
    std::size_t m_oldest = 0;         ///< the place that is given away next
    std::deque<ResultView> m_waiting; ///< oldest first; their pictures are being made
    std::unordered_set<ItemId> m_seen;
    std::vector<std::string> m_labels;
    QTimer m_timer;
    QElapsedTimer m_placed;
};

} // namespace vitfleet::app
