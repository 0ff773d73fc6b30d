// SPDX-License-Identifier: GPL-3.0-or-later
// Colours between two, and how well one can be read on another.
#pragma once

#include <QColor>

namespace vitfleet::app {

/// `share` 0: `from`; 1: `to`.
QColor mixed(const QColor& from, const QColor& to, double share);
/// The contrast ratio of WCAG 2.1: 1 to 21.
double contrast(const QColor& first, const QColor& second);

} // namespace vitfleet::app
