// SPDX-License-Identifier: GPL-3.0-or-later
// A TCP proxy that stalls, delays, slows down and resets: what netem would do, where there is none. It cannot look into
// CURVE.
#pragma once

#include "tests/chaos/network.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace vitfleet::chaos {

class Proxy
{
public:
    /// Listens on a free port of 127.0.0.1.
    Proxy();
    ~Proxy();
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;

    std::uint16_t port() const { return m_port; }
    /// Where connections go from now on, on 127.0.0.1.
    void forwardTo(std::uint16_t port) { m_target = port; }
    /// What comes that way waits; new connections too.
    void stall(Direction direction) { m_stalled = direction; }
    void goOn() { m_stalled = Direction::Invalid; }
    void reset() { ++m_resets; }
    /// Each byte arrives so much later.
    void delay(std::chrono::milliseconds time) { m_delayMs = time.count(); }
    void limit(std::uint64_t bytesPerSecond) { m_bytesPerSecond = bytesPerSecond; }

private:
    struct Pair;
    void run();

    int m_listener = -1;
    std::uint16_t m_port = 0;
    std::atomic<std::uint16_t> m_target = 0;
    std::atomic<Direction> m_stalled = Direction::Invalid;
    std::atomic<unsigned> m_resets = 0;
    std::atomic<std::int64_t> m_delayMs = 0;
    std::atomic<std::uint64_t> m_bytesPerSecond = 0;
    std::atomic<bool> m_stop = false;
    std::thread m_thread;
};

} // namespace vitfleet::chaos
