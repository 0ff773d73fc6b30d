// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/store_asker.h"

namespace vitfleet::app {

StoreAsker::StoreAsker(Store& store, QObject* parent) : QObject(parent), m_store(store)
{
    start(m_quick, QStringLiteral("vf-asker"));
    start(m_long, QStringLiteral("vf-asker-long"));
}

StoreAsker::~StoreAsker()
{
    for (Lane* lane : {&m_quick, &m_long})
        lane->thread.quit();
    for (Lane* lane : {&m_quick, &m_long})
        lane->thread.wait();
}

void StoreAsker::start(Lane& lane, const QString& name)
{
    lane.thread.setObjectName(name);
    lane.worker = new QObject;
    lane.worker->moveToThread(&lane.thread);
    connect(&lane.thread, &QThread::finished, lane.worker, &QObject::deleteLater);
    lane.thread.start();
}

void StoreAsker::post(Lane& lane, std::function<void(Result<StoreReader*>)> work)
{
    QMetaObject::invokeMethod(lane.worker, [this, &lane, work = std::move(work)] {
        if (!lane.reader) {
            auto reader = m_store.openReader();
            if (!reader) {
                work(reader.error());
                return;
            }
            lane.reader = std::move(*reader);
        }
        work(lane.reader.get());
    });
}

} // namespace vitfleet::app
