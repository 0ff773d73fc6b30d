// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/store_asker.h"

namespace vitfleet::app {

StoreAsker::StoreAsker(Store& store, QObject* parent) : QObject(parent), m_store(store), m_worker(new QObject)
{
    m_thread.setObjectName(QStringLiteral("vf-asker"));
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
}

StoreAsker::~StoreAsker()
{
    m_thread.quit();
    m_thread.wait();
}

void StoreAsker::post(std::function<void(Result<StoreReader*>)> work)
{
    QMetaObject::invokeMethod(m_worker, [this, work = std::move(work)] {
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

} // namespace vitfleet::app
