// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/fact_grid.h"

#include "app/ui/widgets.h"

#include <QGridLayout>

namespace vitfleet::app {

FactGrid::FactGrid(QWidget* parent) : QWidget(parent), m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(14);
    m_grid->setVerticalSpacing(6);
    m_grid->setColumnStretch(1, 1);
}

void FactGrid::setFacts(const std::vector<std::pair<QString, QString>>& facts)
{
    while (m_labels.size() < facts.size()) {
        auto* name = makeLabel({}, "secondary");
        auto* value = makeLabel({}, "body");
        name->setAlignment(Qt::AlignLeft | Qt::AlignTop);
        value->setWordWrap(true);
        value->setTextInteractionFlags(Qt::TextSelectableByMouse);
        const int row = static_cast<int>(m_labels.size());
        m_grid->addWidget(name, row, 0, Qt::AlignTop);
        m_grid->addWidget(value, row, 1, Qt::AlignTop);
        m_labels.emplace_back(name, value);
    }
    m_used = facts.size();
    for (std::size_t i = 0; i < m_labels.size(); ++i) {
        const auto& [name, value] = m_labels[i];
        name->setVisible(i < m_used);
        value->setVisible(i < m_used);
        if (i >= m_used)
            continue;
        if (name->text() != facts[i].first)
            name->setText(facts[i].first);
        if (value->text() != facts[i].second)
            value->setText(facts[i].second);
    }
}

QString FactGrid::text() const
{
    QStringList lines;
    for (std::size_t i = 0; i < m_used; ++i)
        lines << m_labels[i].first->text() + QStringLiteral("  ") + m_labels[i].second->text();
    return lines.join(QLatin1Char('\n'));
}

} // namespace vitfleet::app
