// SPDX-License-Identifier: GPL-3.0-or-later
// Faults of agents and links, as a schedule that a seed makes, and what brings them about.
#pragma once

#include "tests/chaos/lab.h"
#include "tests/chaos/scenario.h"

#include <cstdint>
#include <vector>

namespace vitfleet::chaos {

struct Fault
{
    enum class Kind : std::uint8_t
    {
        Kill,
        Stop,
        LinkDown,
        CutToAgent,
        CutFromAgent,
        Reset,
        Terminate,
        Slow,
        Count
    };
    Kind kind = Kind::Kill;
    unsigned agent = 0;
    int beginMs = 0, lastsMs = 0;
};
const char* name(Fault::Kind kind);
Fault randomFault(Random& random, unsigned agents, int beginMs);

/// Brings faults about and takes them back, as time passes; at its end, what is left.
class Disturbance
{
public:
    Disturbance(Lab& lab, const std::vector<Fault>& faults);
    ~Disturbance();
    Disturbance(const Disturbance&) = delete;
    Disturbance& operator=(const Disturbance&) = delete;

    void look(int elapsedMs);

private:
    enum class Stage : std::uint8_t
    {
        Waits,
        Lasts,
        Over
    };
    struct Active
    {
        Fault fault;
        Stage stage = Stage::Waits;
    };
    void begin(const Fault& fault);
    void end(const Fault& fault);

    Lab& m_lab;
    std::vector<Active> m_active;
};

} // namespace vitfleet::chaos
