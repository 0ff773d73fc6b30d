// SPDX-License-Identifier: GPL-3.0-or-later
// What the keys of a profile are called in the window, and what is to be said about them.
#pragma once

#include <QString>

#include <string_view>

namespace vitfleet::app {

struct ProfileKeyWords
{
    QString label; ///< the key itself where there is none
    QString hint;  ///< empty: none
};
ProfileKeyWords wordsOf(std::string_view key);

} // namespace vitfleet::app
