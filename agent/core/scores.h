// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/api/model_spec.h"
#include "shared/protocol/messages.h"

#include <span>
#include <vector>

namespace vitfleet::agent {

/// The best limits::topK outputs of one picture by score (softmax; sigmoid for MultiLabel; the output itself for
/// Regression), best first, ties by lower label. Empty where a logit is not finite.
std::vector<protocol::LabelScore> topScores(std::span<const float> logits, ProblemType problem);

} // namespace vitfleet::agent
