// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/store_asker.h"

namespace vitfleet::app {

StoreAsker::StoreAsker(Store& store, QObject* parent)
    : QObject(parent), m_quick(store, QStringLiteral("vf-asker")), m_long(store, QStringLiteral("vf-asker-long"))
{
}

StoreAsker::~StoreAsker()
{
    // Neither goes on while the other one is waited for.
    m_quick.quit();
    m_long.quit();
}

} // namespace vitfleet::app
