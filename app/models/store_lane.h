// SPDX-License-Identifier: GPL-3.0-or-later
// A thread with a connection of its own to the database; what it is asked for is done in order.
#pragma once

#include "app/core/store.h"

#include <QThread>

#include <functional>
#include <memory>

namespace vitfleet::app {

class StoreLane
{
public:
    /// `name`: the thread's.
    StoreLane(Store& store, const QString& name);
    /// Waits for what it is at; the rest is not done.
    ~StoreLane();

    void run(std::function<void()> work);
    /// The connection, which is opened at first use, or why there is none.
    void read(std::function<void(Result<StoreReader*>)> work);
    /// Nothing else is begun.
    void quit() { m_thread.quit(); }
    /// Waits until all is done.
    void finish();

private:
    Store& m_store;
    QThread m_thread;
    QObject* m_worker;                     ///< lives in the thread
    std::unique_ptr<StoreReader> m_reader; ///< used in the thread only
};

} // namespace vitfleet::app
