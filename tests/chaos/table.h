// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace vitfleet::chaos {

/// Adds up the lines of `results` and writes them as a table between the two marks in `page`. Throws where it cannot.
void writeTable(const std::string& results, const std::string& page);

} // namespace vitfleet::chaos
