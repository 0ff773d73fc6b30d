// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/faults.h"

#include <signal.h>

#include <array>

namespace vitfleet::chaos {

using namespace std::chrono_literals;
using Kind = Fault::Kind;

const char* name(Fault::Kind kind)
{
    constexpr std::array<const char*, static_cast<std::size_t>(Kind::Count)> names = {
        "kill", "stop", "link down", "cut to the agent", "cut from the agent", "reset", "TERM", "10 x slower"};
    return names.at(static_cast<std::size_t>(kind));
}

Fault randomFault(Random& random, unsigned agents, int beginMs)
{
    Fault fault;
    fault.kind = static_cast<Kind>(random.below(static_cast<std::uint64_t>(Kind::Count)));
    fault.agent = static_cast<unsigned>(random.below(agents));
    fault.beginMs = beginMs;
    fault.lastsMs = random.between(300, 6000);
    return fault;
}

Disturbance::Disturbance(Lab& lab, const std::vector<Fault>& faults) : m_lab(lab)
{
    for (const Fault& fault : faults)
        m_active.push_back({fault});
}

Disturbance::~Disturbance()
{
    for (const Active& entry : m_active) {
        if (entry.stage == Stage::Lasts)
            end(entry.fault);
    }
}

void Disturbance::look(int elapsedMs)
{
    for (Active& entry : m_active) {
        const Fault& fault = entry.fault;
        if (entry.stage == Stage::Waits && elapsedMs >= fault.beginMs) {
            begin(fault);
            entry.stage = Stage::Lasts;
        }
        if (entry.stage == Stage::Lasts && elapsedMs >= fault.beginMs + fault.lastsMs) {
            end(fault);
            entry.stage = Stage::Over;
        }
        // A tenth of the time it runs.
        if (entry.stage == Stage::Lasts && fault.kind == Kind::Slow)
            m_lab.signalAgent(fault.agent, elapsedMs % 100 < 10 ? SIGCONT : SIGSTOP);
    }
}

void Disturbance::begin(const Fault& fault)
{
    say(std::string("  ") + name(fault.kind) + " of " + Lab::nodeName(fault.agent) + " for " +
        std::to_string(fault.lastsMs) + " ms");
    switch (fault.kind) {
    case Kind::Kill:
        return m_lab.stopAgent(fault.agent, SIGKILL);
    case Kind::Terminate:
        return m_lab.stopAgent(fault.agent, SIGTERM);
    case Kind::Stop:
        return m_lab.signalAgent(fault.agent, SIGSTOP);
    case Kind::LinkDown:
        return m_lab.network().cut(fault.agent, Direction::Both);
    case Kind::CutToAgent:
        return m_lab.network().cut(fault.agent, Direction::ToAgent);
    case Kind::CutFromAgent:
        return m_lab.network().cut(fault.agent, Direction::FromAgent);
    case Kind::Reset:
        return m_lab.network().reset(fault.agent);
    default:
        return;
    }
}
void Disturbance::end(const Fault& fault)
{
    switch (fault.kind) {
    case Kind::Terminate:
        if (m_lab.agentRuns(fault.agent) && !m_lab.waitAgent(fault.agent, 30s))
            m_lab.signalAgent(fault.agent, SIGKILL);
        [[fallthrough]];
    case Kind::Kill:
        if (!m_lab.agentRuns(fault.agent))
            m_lab.startAgent(fault.agent);
        return;
    case Kind::Stop:
    case Kind::Slow:
        return m_lab.signalAgent(fault.agent, SIGCONT);
    case Kind::LinkDown:
    case Kind::CutToAgent:
    case Kind::CutFromAgent:
        return m_lab.network().heal(fault.agent);
    default:
        return;
    }
}

} // namespace vitfleet::chaos
