// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/segmented.h"

#include "app/ui/actions.h"
#include "app/ui/widgets.h"

#include <QButtonGroup>
#include <QHBoxLayout>

namespace vitfleet::app {

Segmented::Segmented(const QString& name, const QStringList& choices, QWidget* parent)
    : QWidget(parent), m_buttons(new QButtonGroup(this))
{
    setAccessibleName(name);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    for (int i = 0; i < choices.size(); ++i) {
        auto* button = new QPushButton(choices[i]);
        button->setCheckable(true);
        button->setProperty("chip", true);
        button->setCursor(Qt::PointingHandCursor);
        button->setAccessibleName(choices[i]);
        button->setAccessibleDescription(name);
        reserveChosen(button);
        m_buttons->addButton(button, i);
        layout->addWidget(button);
    }
    m_buttons->button(0)->setChecked(true);
    connect(m_buttons, &QButtonGroup::idToggled, this, [this](int id, bool checked) {
        if (checked)
            Q_EMIT changed(id);
    });
}

int Segmented::current() const
{
    return m_buttons->checkedId();
}

void Segmented::setCurrent(int index)
{
    if (QAbstractButton* button = m_buttons->button(index))
        button->setChecked(true);
}

void Segmented::addTo(Actions& actions, const QString& id, const QString& group, const QString& text)
{
    for (QAbstractButton* button : m_buttons->buttons())
        actions.addButton(QStringLiteral("%1%2").arg(id).arg(m_buttons->id(button)), group, button,
                          text.arg(button->text()));
}

void Segmented::setUsable(int index, bool usable, const QString& reasonWhyNot)
{
    if (QAbstractButton* button = m_buttons->button(index))
        app::setUsable(button, usable, reasonWhyNot);
}

} // namespace vitfleet::app
