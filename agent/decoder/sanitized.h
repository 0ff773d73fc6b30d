// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace vitfleet::decoder {

/// Sanitizers reserve terabytes of address space, and ask the kernel for a little more than the decoder itself.
inline constexpr bool sanitized =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#else
    false;
#endif

} // namespace vitfleet::decoder
