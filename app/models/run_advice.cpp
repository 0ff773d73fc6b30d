// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/run_advice.h"

#include "app/core/text.h"
#include "app/models/fleet_history.h"
#include "app/models/store_asker.h"

#include <QLocale>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr std::uint32_t fewestNodes = 8; ///< of a profile, that the curve goes to
constexpr int mostAsks = 20;             ///< for the rows and the cost of a run that has just ended

/// Runs of these are measured alike.
bool isAlike(const RunAdvice::SetUp& a, const RunAdvice::SetUp& b)
{
    return a.profile.name == b.profile.name && a.modelPath == b.modelPath && a.precision == b.precision &&
           a.backend == b.backend;
}

} // namespace

RunAdvice::RunAdvice(const FleetHistory& history, StoreAsker& asker, const ScaleOut* scaleOut, QObject* parent)
    : QObject(parent), m_history(history), m_asker(asker), m_scaleOut(scaleOut), m_known(std::make_shared<KnownSpans>())
{
}

const Advice* RunAdvice::Prediction::find(const std::vector<Advice>& lines, std::size_t nodes)
{
    return nodes == 0 || nodes > lines.size() ? nullptr : &lines[nodes - 1];
}

QString RunAdvice::Prediction::money(double sum) const
{
    return QString::fromStdString(text::money(sum)).replace(QLatin1Char('.'), QLocale().decimalPoint()) +
           QLatin1Char(' ') + currency;
}

void RunAdvice::setSetUp(const SetUp& setUp)
{
    const bool isOther = !isAlike(setUp, m_setUp);
    const bool hasEnded = setUp.ended != m_setUp.ended && setUp.ended != RunId();
    m_setUp = setUp;
    if (isOther)
        m_runs.clear();
    if (isOther || hasEnded)
        m_asksLeft = hasEnded ? mostAsks : 1;
    if (m_asksLeft > 0 && !m_isAsking && !setUp.isActive)
        ask();
}

void RunAdvice::ask()
{
    --m_asksLeft;
    if (m_setUp.modelPath.empty())
        return;
    m_isAsking = true;
    m_asker.ask(
        this,
        [known = m_known, of = MeasuredOf{m_setUp.profile.name, m_setUp.modelPath, m_setUp.precision, m_setUp.backend,
                                          RunId()}](StoreReader& reader) { return measuredRuns(reader, of, *known); },
        [this, asked = m_setUp](const Result<std::vector<MeasuredRun>>& found) {
            m_isAsking = false;
            if (!isAlike(asked, m_setUp)) {
                setSetUp(m_setUp); // something else is set up by now
                return;
            }
            if (found)
                m_runs = *found;
            if (isToldOfEnd())
                m_asksLeft = 0;
            Q_EMIT changed();
        });
}

/// Rows and cost of the run that has ended are in the database.
bool RunAdvice::isToldOfEnd() const
{
    const auto ended = std::ranges::find(m_runs, m_setUp.ended, &MeasuredRun::id);
    return m_setUp.ended == RunId() ||
           (ended != m_runs.end() && (ended->cost || m_setUp.profile.pricePerNodeHour <= 0));
}

std::vector<Advice> RunAdvice::lines() const
{
    AdviceInput input;
    input.items = m_setUp.items;
    if (input.items == 0)
        return {};
    if (m_setUp.isActive || m_setUp.profile.name.empty()) {
        // The nodes at hand: they have the model, and each has its own speed.
        input.speeds = m_history.speeds(FleetHistory::workOf(m_setUp.modelPath, m_setUp.precision));
        input.readyNodes = static_cast<std::uint32_t>(input.speeds.size());
        input.pricePerNodeHour = m_setUp.profile.pricePerNodeHour;
        return advise(input, input.readyNodes);
    }
    fillIn(input, m_setUp.profile, m_runs);
    const auto held = m_scaleOut ? m_scaleOut->snapshot() : nullptr;
    if (const AllocationSnapshot* allocation = held ? held->find(m_setUp.profile.name) : nullptr)
        input.readyNodes = allocation->count(UnitState::Running);
    return advise(input, std::min(std::max(fewestNodes, 2 * m_setUp.nodes), m_setUp.profile.maxNodes));
}

RunAdvice::Prediction RunAdvice::prediction() const
{
    Prediction found;
    found.lines = lines();
    if (m_setUp.profile.pricePerNodeHour > 0)
        found.currency = QString::fromStdString(m_setUp.profile.currency);
    if (m_setUp.isActive || m_runs.empty())
        return found;
    found.cameTrue = whatCameTrue(m_runs, m_setUp.items, m_runs.front().spans.synthetic);
    found.ended = m_setUp.ended;
    if (found.ended != RunId() && m_promise.run == found.ended && m_promise.items == m_setUp.items)
        found.promised = m_promise.lines;
    return found;
}

void RunAdvice::promise()
{
    m_promise = {{}, m_setUp.items, lines()};
}

void RunAdvice::started(RunId run)
{
    m_promise.run = run;
}

} // namespace vitfleet::app
