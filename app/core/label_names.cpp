// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/label_names.h"

#include <unordered_map>

namespace vitfleet::app {

std::vector<std::string> distinctNames(const std::vector<std::string>& labels)
{
    std::unordered_map<std::string, int> uses;
    for (const std::string& label : labels)
        ++uses[label];
    std::vector<std::string> names = labels;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (uses[labels[i]] > 1)
            names[i] += " (" + std::to_string(i) + ")";
    }
    return names;
}

} // namespace vitfleet::app
