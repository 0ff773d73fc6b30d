// SPDX-License-Identifier: GPL-3.0-or-later
// Cards one above the other, with what each of them takes as the user has made it: remembered in the settings below
// "layout", and reset with them.
#pragma once

#include <QSplitter>

#include <vector>

namespace vitfleet::app {

class UiSettings;

class KeptSplitter : public QSplitter
{
    Q_OBJECT
public:
    /// `name`: its own below "layout". Each card has its share of the room that none of them needs.
    KeptSplitter(const QString& name, UiSettings& settings, const std::vector<std::pair<QWidget*, int>>& cards,
                 QWidget* parent = nullptr);

private:
    void reset();
};

} // namespace vitfleet::app
