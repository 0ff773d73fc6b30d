// SPDX-License-Identifier: GPL-3.0-or-later
// A picture with its label and score below: in the grid of results and among the latest of a run.
#pragma once

#include "app/core/store.h"

#include <QImage>
#include <QRect>
#include <QString>

class QPainter;

namespace vitfleet::app {

struct Colours;

inline constexpr int captionHeight = 28;

struct PictureCell
{
    QImage image;    ///< null: not there
    QString caption; ///< the label, or the error
    QString score;
    bool isBad = false; ///< wrong, or an error
    bool isSelected = false;
    bool isImpossible = false; ///< no picture will come
};

PictureCell cellOf(const ResultView& row, const std::vector<std::string>& labels);
void paintPictureCell(QPainter& painter, const QRect& place, const PictureCell& cell, const Colours& colours);

} // namespace vitfleet::app
