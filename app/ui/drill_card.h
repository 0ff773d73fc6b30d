// SPDX-License-Identifier: GPL-3.0-or-later
// Pull the plug: kills an agent on this machine for real, in the middle of its work, and reports what became of its
// pictures.
#pragma once

#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

namespace vitfleet::app {

class DrillCard : public Card
{
    Q_OBJECT
public:
    explicit DrillCard(const UiContext& context, QWidget* parent = nullptr);

    void update(const FleetSnapshot& snapshot);
    void addEvents(const std::vector<EventRecord>& events);
    void pull();
    QString report() const { return m_report->text(); }
    QPushButton& button() { return *m_pull; }

Q_SIGNALS:
    /// The run in which the plug was pulled has its seal: the report is whole.
    void reported();

private:
    const NodeSnapshot* victim() const;
    void showReport();

    UiContext m_context;
    QLabel* m_text;
    QLabel* m_report;
    QPushButton* m_pull;
    RunId m_run;
    NodeId m_node; ///< that was killed; 0: no drill yet
    std::string m_name;
    std::uint32_t m_held = 0; ///< items that it held then
    UnixMs m_killedAt = 0;
    std::optional<UnixMs> m_lostAt;
    std::uint64_t m_redispatched = 0;
    std::optional<Seal> m_seal;
};

} // namespace vitfleet::app
