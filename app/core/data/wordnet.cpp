// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/data/wordnet.h"

#include <array>

namespace vitfleet::app {
namespace {

// Its size is not deduced: clang stops at 256 elements.
constexpr std::array<WordNetClass, 1000> classes = {
#include "app/core/data/wordnet_table.inc"
};
static_assert(!classes.back().id.empty());

} // namespace

std::span<const WordNetClass> imagenetClasses()
{
    return classes;
}

} // namespace vitfleet::app
