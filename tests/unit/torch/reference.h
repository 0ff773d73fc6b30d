// SPDX-License-Identifier: GPL-3.0-or-later
// Logits that Hugging Face transformers computed: tests/data/golden, made by tests/tools/make_golden.py.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

namespace vitfleet::tests {

std::filesystem::path goldenPath(const std::string& name);
nlohmann::json readGolden(const std::string& name);

/// What is wrong, or nothing. Each picture: max |a − b| ≤ 1e-4 × max |b|, and the order of the first five equal
/// wherever neighbouring logits differ by more than that.
std::string compareLogits(const std::vector<std::vector<float>>& ours, const std::vector<std::vector<float>>& theirs);
/// The largest max |a − b| / max |b| of a picture.
double largestDeviation(const std::vector<std::vector<float>>& ours, const std::vector<std::vector<float>>& theirs);

} // namespace vitfleet::tests
