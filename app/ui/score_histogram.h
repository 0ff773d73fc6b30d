// SPDX-License-Identifier: GPL-3.0-or-later
// How sure the model is: rows by their best score. What there is to see where no label is known.
#pragma once

#include "app/ui/chart.h"

#include <cstdint>
#include <vector>

namespace vitfleet::app {

class ScoreHistogram : public Chart
{
    Q_OBJECT
public:
    explicit ScoreHistogram(const Theme& theme, QWidget* parent = nullptr);
    void setCounts(std::vector<std::uint64_t> counts);
    std::uint64_t total() const;
    QSize sizeHint() const override { return {500, 240}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<std::uint64_t> m_counts;
};

} // namespace vitfleet::app
