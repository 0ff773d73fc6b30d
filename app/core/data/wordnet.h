// SPDX-License-Identifier: GPL-3.0-or-later
// The thousand classes of ILSVRC-2012 by WordNet id; the table is made from resources/imagenet/wordnet.csv at build
// time.
#pragma once

#include <span>
#include <string_view>

namespace vitfleet::app {

struct WordNetClass
{
    std::string_view id;   ///< "n01440764"
    std::string_view name; ///< "tench"
};

/// In the order of their ids, which is the order of the classes.
std::span<const WordNetClass> imagenetClasses();

} // namespace vitfleet::app
