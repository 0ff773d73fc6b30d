// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/store_lane.h"

namespace vitfleet::app {

StoreLane::StoreLane(Store& store, const QString& name) : m_store(store), m_worker(new QObject)
{
    m_thread.setObjectName(name);
    m_worker->moveToThread(&m_thread);
    QObject::connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
}

StoreLane::~StoreLane()
{
    m_thread.quit();
    m_thread.wait();
}

void StoreLane::run(std::function<void()> work)
{
    QMetaObject::invokeMethod(m_worker, std::move(work));
}

void StoreLane::read(std::function<void(Result<StoreReader*>)> work)
{
    run([this, work = std::move(work)] {
        if (!m_reader) {
            auto reader = m_store.openReader();
            if (!reader) {
                work(reader.error());
                return;
            }
            m_reader = std::move(*reader);
        }
        work(m_reader.get());
    });
}

void StoreLane::finish()
{
    run([this] { m_thread.quit(); });
    m_thread.wait();
}

} // namespace vitfleet::app
