// SPDX-License-Identifier: GPL-3.0-or-later
// Names of labels that tell each of them from the others.
#pragma once

#include <string>
#include <vector>

namespace vitfleet::app {

/// A name that several labels have is followed by the label's number: ImageNet's cranes are "crane (134)", the bird,
/// and "crane (517)", the machine.
std::vector<std::string> distinctNames(const std::vector<std::string>& labels);

} // namespace vitfleet::app
