// SPDX-License-Identifier: GPL-3.0-or-later
// Removing a past run from the database. A StoreWriter that can do it implements this too.
#pragma once

#include "shared/base/ids.h"
#include "shared/base/result.h"

namespace vitfleet::app {

class RunDeletion
{
public:
    virtual ~RunDeletion() = default;
    /// Removes a run that is not going, with all its rows; waits for the writer, so never in a window's thread. A
    /// process that ends half-way leaves rows of no run behind, which nothing shows. RunUnknown.
    virtual Result<void> deleteRun(RunId run) = 0;
};

} // namespace vitfleet::app
