// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shared/transport/transport.h"
#include "shared/transport/zap.h"

#include <memory>

namespace vitfleet::transport {

struct Context::Private
{
    void* handle = nullptr;
    std::unique_ptr<ZapServer> zap; ///< from the first listening socket on
};

} // namespace vitfleet::transport
