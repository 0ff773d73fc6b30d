// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace vitfleet::agent {

/// "PNG named .jpg" where a picture's first bytes are those of another format than its name says; else empty. Only a
/// note for people: what a picture is, the decoder finds out from its bytes alone.
std::string nameNote(std::string_view path, std::span<const std::byte> head);

} // namespace vitfleet::agent
