// SPDX-License-Identifier: GPL-3.0-or-later
// Which of the model's outputs an expected value means.
#pragma once

#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::app {

/// Matches in this order: the model's exact label, one of its comma-separated synonyms (case ignored), the class index,
/// the label map, ImageNet's WordNet ids.
class LabelMatcher
{
public:
    /// `labelMap`: CSV with the header folder,label; empty: none. DataLabelMap where it cannot be read.
    static Result<LabelMatcher> create(std::vector<std::string> labels, const std::filesystem::path& labelMap);
    LabelMatcher(LabelMatcher&&) noexcept;
    LabelMatcher& operator=(LabelMatcher&&) noexcept;
    ~LabelMatcher();

    std::optional<std::uint32_t> match(std::string_view expected) const;

private:
    LabelMatcher();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vitfleet::app
