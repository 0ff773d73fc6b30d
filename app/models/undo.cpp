// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/undo.h"

#include <utility>

namespace vitfleet::app {

Undo::Undo(QObject* parent) : QObject(parent)
{
    m_end.setSingleShot(true);
    m_end.setTimerType(Qt::PreciseTimer); // a coarse one may take half a second more, and the first figure says so
    m_end.setInterval(offeredMs);
    m_second.setInterval(1'000);
    connect(&m_end, &QTimer::timeout, this, &Undo::settle);
    connect(&m_second, &QTimer::timeout, this, &Undo::changed);
}

Undo::~Undo()
{
    if (m_settle)
        m_settle();
}

void Undo::offer(const QString& what, std::function<void()> undo, std::function<void()> settle)
{
    this->settle();
    m_what = what;
    m_undo = std::move(undo);
    m_settle = std::move(settle);
    m_end.start();
    m_second.start();
    Q_EMIT changed();
}

int Undo::secondsLeft() const
{
    return isOffered() ? (m_end.remainingTime() + 999) / 1'000 : 0;
}

void Undo::undo()
{
    const auto action = std::exchange(m_undo, {});
    m_settle = {};
    settle();
    if (action)
        action();
}

void Undo::settle()
{
    m_end.stop();
    m_second.stop();
    const bool wasOffered = !m_what.isEmpty();
    m_what.clear();
    m_undo = {};
    if (const auto action = std::exchange(m_settle, {}))
        action();
    if (wasOffered)
        Q_EMIT changed();
}

} // namespace vitfleet::app
