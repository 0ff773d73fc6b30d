// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shared/protocol/codec.h"

#include <vector>

namespace vitfleet::test {

/// One message of each kind, with no field at its default.
std::vector<protocol::Message> sampleMessages();
std::vector<protocol::LeaseItem> sampleItems();
std::vector<protocol::ResultItem> sampleResults();
/// The payload that a sample message may carry: empty for most.
protocol::Bytes samplePayload(const protocol::Message& message);

} // namespace vitfleet::test
