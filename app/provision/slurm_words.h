// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/provision/provider.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitfleet::app::slurm {

/// From squeue's or sacct's words for a state (its long form; sacct adds " by UID"), squeue's reason and node list.
UnitStatus statusOf(std::string_view state, std::string_view reason, std::string_view nodes);
/// A reason of squeue as a sentence's end: "waits for free nodes". Source: squeue(1), JOB REASON CODES.
std::string reasonInWords(std::string_view reason);

/// MaxArraySize of "scontrol show config": indexes of an array lie below it. Nothing where the text does not have it.
std::optional<std::uint32_t> maxArraySize(std::string_view config);

} // namespace vitfleet::app::slurm
