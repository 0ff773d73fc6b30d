// SPDX-License-Identifier: GPL-3.0-or-later
// What can be chosen, as the user reads it and as it is remembered, which no language changes.
#pragma once

#include <QStringList>

namespace vitfleet::app {

struct NamedChoices
{
    QStringList texts;
    QStringList keys; ///< one for each text

    friend NamedChoices operator+(const NamedChoices& a, const NamedChoices& b)
    {
        return {a.texts + b.texts, a.keys + b.keys};
    }
};

} // namespace vitfleet::app
