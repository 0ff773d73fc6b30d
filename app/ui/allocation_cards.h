// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes that were asked for from a profile: a card each, with how many of them work, what the others wait for and since
// when, and the ways to have more, fewer or none.
#pragma once

#ifndef Q_MOC_RUN // moc 6.4 stumbles over <concepts>
#include "app/core/scale_out.h"
#endif
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

#include <functional>

class QTimer;
class QVBoxLayout;

namespace vitfleet::app {

class AllocationCard : public Card
{
    Q_OBJECT
public:
    AllocationCard(const UiContext& context, const QString& profile, QWidget* parent = nullptr);

    void showAllocation(const AllocationSnapshot& allocation, UnixMs now);
    QString profile() const { return m_profile; }
    /// Everything that it says, for a screen reader and for tests.
    QString text() const;
    QPushButton& grow() { return *m_grow; }
    QPushButton& shrink() { return *m_shrink; }
    QPushButton& release() { return *m_release; }

Q_SIGNALS:
    /// It is to be given back, or no longer.
    void leavingChanged();

private:
    void resize(quint32 nodes);
    void giveBack();
    void setLeaving(bool leaving);
    void ask(std::function<Result<void>(ScaleOut&)> question);
    QStringList lines(const AllocationSnapshot& allocation, UnixMs now) const;

    UiContext m_context;
    QString m_profile;
    quint32 m_target = 0;
    bool m_leaving = false; ///< released, and it can still be undone
    ElidedLabel* m_facts;
    SegmentBar* m_bar;
    QLabel* m_waits;
    QLabel* m_trouble;
    QString m_said;    ///< as m_waits has it, plain
    QString m_refusal; ///< of the last thing that was asked for
    QPushButton* m_shrink;
    QPushButton* m_grow;
    QPushButton* m_release;
};

class AllocationCards : public QWidget
{
    Q_OBJECT
public:
    explicit AllocationCards(const UiContext& context, QWidget* parent = nullptr);

    void show(const ScaleOutSnapshot& snapshot);
    const std::vector<AllocationCard*>& cards() const { return m_cards; }

private:
    void refresh();

    UiContext m_context;
    std::shared_ptr<const ScaleOutSnapshot> m_snapshot;
    std::vector<AllocationCard*> m_cards;
    QVBoxLayout* m_layout;
    QTimer* m_clock; ///< ages grow while nothing else happens
    Subscription m_subscription;
};

} // namespace vitfleet::app
