// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/data/wordnet.h"

#include <array>

namespace vitfleet::app {
namespace {

constexpr std::array classes = {
#include "app/core/data/wordnet_table.inc"
};
static_assert(classes.size() == 1000);

} // namespace

std::span<const WordNetClass> imagenetClasses()
{
    return classes;
}

} // namespace vitfleet::app
