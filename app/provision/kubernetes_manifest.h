// SPDX-License-Identifier: GPL-3.0-or-later
// The objects of one allocation on Kubernetes, as JSON, which kubectl takes like YAML.
#pragma once

#include "app/core/profiles/profile.h"
#include "shared/launch/launch.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace vitfleet::app::kubernetes {

inline constexpr std::uint16_t agentPort = 47520;
inline constexpr const char* allocationLabel = "vitfleet.io/allocation";

/// Name of all objects of an allocation; the pods are NAME-0, NAME-1, …
std::string objectName(const std::string& allocation);

/// A List of Secret, NetworkPolicy, Service and StatefulSet. The request's address and folders are set to those of the
/// pod.
nlohmann::json manifest(const Profile& profile, launch::Request request, const std::string& allocation,
                        std::uint32_t pods);

} // namespace vitfleet::app::kubernetes
