// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/allocation_cards.h"

#include "app/models/store_asker.h"
#include "app/models/undo.h"
#include "app/ui/format.h"
#include "app/ui/theme.h"
#include "app/ui/unit_words.h"

#include <QApplication>
#include <QDateTime>
#include <QHBoxLayout>
#include <QPointer>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <map>

namespace vitfleet::app {
namespace {

constexpr std::size_t shownLines = 3;
constexpr int clockMs = 1'000;

struct Waiting
{
    std::uint32_t count = 0;
    UnixMs since = 0; ///< the one that has waited longest
};

/// The sign in front of a line has its colour; the words tell the same without.
QString inColour(const QStringList& lines, const Colours& colours)
{
    QStringList out;
    for (const QString& line : lines) {
        const QColor colour = line.startsWith(u'▲')   ? colours.warning
                              : line.startsWith(u'✕') ? colours.error
                              : line.startsWith(u'▼') ? colours.held
                                                      : colours.accent;
        out << QStringLiteral("<span style=\"color:%1\">%2</span>%3")
                   .arg(colour.name(), line.left(1), line.mid(1).toHtmlEscaped());
    }
    return out.join(QStringLiteral("<br>"));
}

} // namespace

AllocationCard::AllocationCard(const UiContext& context, const QString& profile, QWidget* parent)
    : Card({}, parent), m_context(context), m_profile(profile), m_facts(new ElidedLabel("secondary")),
      m_bar(new SegmentBar), m_waits(makeLabel({}, "body")), m_trouble(makeLabel({}, "errorText")),
      m_shrink(makeButton(tr("Shrink"))), m_grow(makeButton(tr("Grow"))), m_release(makeButton(tr("Release")))
{
    setAccessibleName(tr("Nodes of %1").arg(profile));
    content()->setContentsMargins(cardPadding, 8, cardPadding, 10);
    auto* row = new QHBoxLayout;
    row->setSpacing(10);
    row->addWidget(makeLabel(profile, "cardTitle"));
    row->addWidget(m_facts, 1);
    for (QPushButton* button : {m_shrink, m_grow, m_release})
        row->addWidget(button);
    content()->addLayout(row);
    m_bar->setFixedHeight(6);
    m_bar->setAccessibleName(tr("How many of the nodes work"));
    content()->addWidget(m_bar);
    for (QLabel* label : {m_waits, m_trouble}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        content()->addWidget(label);
    }
    m_waits->setTextFormat(Qt::RichText);
    m_grow->setAccessibleName(tr("Grow %1").arg(profile));
    m_shrink->setAccessibleName(tr("Shrink %1").arg(profile));
    m_release->setAccessibleName(tr("Release %1").arg(profile));
    connect(m_grow, &QPushButton::clicked, this, [this] { resize(m_target + 1); });
    connect(m_shrink, &QPushButton::clicked, this, [this] { resize(m_target - 1); });
    connect(m_release, &QPushButton::clicked, this, &AllocationCard::giveBack);
}

/// Asked for where files are read: the profile and the ledger.
void AllocationCard::ask(std::function<Result<void>(ScaleOut&)> question)
{
    m_context.asker.ask(
        this,
        [scaleOut = m_context.scaleOut, question = std::move(question)](StoreReader&) { return question(*scaleOut); },
        [this](const Result<void>& answer) {
            m_refusal = answer ? QString() : formatError(answer.error());
            m_trouble->setText(m_refusal);
            m_trouble->setVisible(!m_refusal.isEmpty());
        });
}

void AllocationCard::resize(quint32 nodes)
{
    ask([profile = m_profile.toStdString(), nodes](ScaleOut& scaleOut) {
        return scaleOut.resize(profile, nodes, false);
    });
}

/// What a provider has been given back cannot be had again, only asked for anew and waited for. So nothing happens
/// until nobody wants to undo it any more; the nodes go on working.
void AllocationCard::giveBack()
{
    m_context.undo.offer(
        tr("Release %1").arg(m_profile),
        [self = QPointer(this)] {
            if (self)
                self->setLeaving(false);
        },
        [self = QPointer(this), scaleOut = m_context.scaleOut, profile = m_profile.toStdString()] {
            // Not by way of the asker: the window may be closing. It only says so to the thread that does it.
            const Result<void> released = scaleOut->release(profile);
            if (!self)
                return;
            self->m_refusal = released ? QString() : formatError(released.error());
            self->setLeaving(false);
        });
    setLeaving(true);
}

void AllocationCard::setLeaving(bool leaving)
{
    m_leaving = leaving;
    Q_EMIT leavingChanged();
}

QStringList AllocationCard::lines(const AllocationSnapshot& allocation, UnixMs now) const
{
    std::map<QString, Waiting> pending, ended;
    Waiting starting;
    const auto add = [](Waiting& to, const UnitSnapshot& unit) {
        const bool last = unit.state == UnitState::Ended; // of those that wait the one that has waited longest
        to.since = to.count == 0 ? unit.since : last ? std::max(to.since, unit.since) : std::min(to.since, unit.since);
        ++to.count;
    };
    for (const UnitSnapshot& unit : allocation.units) {
        const QString reason = unitReason(unit.reason);
        if (unit.state == UnitState::Requested || unit.state == UnitState::Pending)
            add(pending[reason], unit);
        else if (unit.state == UnitState::Starting)
            add(starting, unit);
        else if (unit.state == UnitState::Ended && !reason.isEmpty())
            add(ended[reason], unit);
    }
    for (const UnitSnapshot& unit : allocation.ended)
        add(ended[unitReason(unit.reason)], unit);
    const auto age = [now](const Waiting& waiting) {
        return formatDuration(static_cast<double>(std::max<UnixMs>(0, now - waiting.since)) / 1'000.0);
    };
    QStringList out;
    for (const auto& [reason, waiting] : pending)
        out << (reason.isEmpty()
                    ? tr("○ %1 asked for, no answer yet · %2").arg(formatCount(waiting.count), age(waiting))
                    : tr("▲ %1 pending: %2 · for %3").arg(formatCount(waiting.count), reason, age(waiting)));
    if (starting.count > 0)
        out << tr("○ %1 starting, its agent has not answered yet · for %2")
                   .arg(formatCount(starting.count), age(starting));
    for (const auto& [reason, waiting] : ended)
        out << tr("✕ %1 ended: %2 · %3 ago").arg(formatCount(waiting.count), reason, age(waiting));
    return out;
}

void AllocationCard::showAllocation(const AllocationSnapshot& allocation, UnixMs now)
{
    m_target = allocation.target;
    const auto count = [&allocation](UnitState state) { return quint64{allocation.count(state)}; };
    const quint64 running = count(UnitState::Running), stopping = count(UnitState::Stopping);
    const quint64 waiting = count(UnitState::Requested) + count(UnitState::Pending);
    QString facts = tr("%1 · %2 of %3 nodes work")
                        .arg(fromView(name(allocation.provider)), formatCount(running), formatCount(allocation.target));
    if (stopping > 0)
        facts += tr(" · %1 leave").arg(formatCount(stopping));
    m_facts->setWholeText(facts);
    const Colours& colours = m_context.theme.colours();
    m_bar->setSegments(
        {{running, colours.ok}, {count(UnitState::Starting), colours.accent}, {waiting, colours.warning}},
        std::max<quint64>(allocation.target, running + waiting + count(UnitState::Starting)), colours.raised);
    m_bar->setAccessibleDescription(facts);
    QStringList said = lines(allocation, now);
    if (m_leaving)
        said.prepend(
            tr("▼ Given back in %1 s; they work until then, and Undo keeps them").arg(m_context.undo.secondsLeft()));
    if (static_cast<std::size_t>(said.size()) > shownLines)
        said = said.mid(0, shownLines) << tr("and more for other reasons");
    m_said = said.join(QLatin1Char('\n'));
    const QString waits = inColour(said, colours);
    if (m_waits->text() != waits)
        m_waits->setText(waits);
    m_waits->setVisible(!said.isEmpty());
    const QString trouble = allocation.trouble.code == ErrorCode::None ? m_refusal : formatError(allocation.trouble);
    m_trouble->setText(trouble);
    m_trouble->setVisible(!trouble.isEmpty());
    const QString leaving = tr("These nodes are about to be given back; Ctrl+Z keeps them.");
    setUsable(m_grow, !m_leaving, leaving);
    setUsable(m_release, !m_leaving, leaving);
    setUsable(m_shrink, m_target > 0 && !m_leaving, m_leaving ? leaving : tr("No node is asked for any more."));
    if (m_leaving)
        return setAccessibleDescription(text());
    m_grow->setToolTip(tr("One node more"));
    m_release->setToolTip(
        tr("Give every node of this profile back in ten seconds; their unfinished pictures go to others"));
    if (m_target > 0)
        m_shrink->setToolTip(tr("One node fewer: it finishes its chunk and is given back"));
    setAccessibleDescription(text());
}

QString AllocationCard::text() const
{
    QStringList parts{m_profile, m_facts->wholeText()};
    for (const QString& said : {m_said, m_trouble->text()}) {
        if (!said.isEmpty())
            parts << said;
    }
    return parts.join(QLatin1Char('\n'));
}

AllocationCards::AllocationCards(const UiContext& context, QWidget* parent)
    : QWidget(parent), m_context(context), m_layout(new QVBoxLayout(this)), m_clock(new QTimer(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(cardGap);
    m_clock->setInterval(clockMs);
    connect(m_clock, &QTimer::timeout, this, &AllocationCards::refresh);
    connect(&context.theme, &Theme::changed, this, &AllocationCards::refresh);
    hide();
    if (!context.scaleOut)
        return;
    m_subscription =
        context.scaleOut->subscribe([self = QPointer(this)](std::shared_ptr<const ScaleOutSnapshot> snapshot) {
            QMetaObject::invokeMethod(
                qApp,
                [self, snapshot] {
                    if (self)
                        self->show(*snapshot);
                },
                Qt::QueuedConnection);
        });
}

void AllocationCards::show(const ScaleOutSnapshot& snapshot)
{
    m_snapshot = std::make_shared<const ScaleOutSnapshot>(snapshot);
    refresh();
}

void AllocationCards::refresh()
{
    if (!m_snapshot)
        return;
    const UnixMs now = QDateTime::currentMSecsSinceEpoch();
    std::vector<AllocationCard*> kept;
    for (const AllocationSnapshot& allocation : m_snapshot->allocations) {
        if (allocation.target == 0 && allocation.units.empty() && allocation.trouble.code == ErrorCode::None)
            continue;
        const QString profile = QString::fromStdString(allocation.profile);
        auto found = std::ranges::find(m_cards, profile, &AllocationCard::profile);
        AllocationCard* card = nullptr;
        if (found != m_cards.end()) {
            card = *found;
            m_cards.erase(found);
        } else {
            card = new AllocationCard(m_context, profile);
            connect(card, &AllocationCard::leavingChanged, this, &AllocationCards::refresh);
            m_layout->addWidget(card);
        }
        card->showAllocation(allocation, now);
        kept.push_back(card);
    }
    for (AllocationCard* gone : m_cards)
        gone->deleteLater();
    m_cards = std::move(kept);
    setVisible(!m_cards.empty());
    m_cards.empty() ? m_clock->stop() : m_clock->start();
}

} // namespace vitfleet::app
