// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/actions.h"

#include "app/models/ui_settings.h"

#include <QAbstractButton>

#include <algorithm>

namespace vitfleet::app {
namespace {

QString keyOf(const QString& id)
{
    return QStringLiteral("shortcuts/") + id;
}

} // namespace

Actions::Actions(UiSettings& settings, QWidget* window) : QObject(window), m_settings(settings), m_window(window) {}

QAction* Actions::add(const QString& id, const QString& group, const QString& text, const QKeySequence& keys,
                      std::function<void()> run, std::function<QString()> command)
{
    auto* action = new QAction(text, this);
    action->setObjectName(id);
    const QString chosen = m_settings.text(keyOf(id), keys.toString(QKeySequence::PortableText));
    action->setShortcut(QKeySequence::fromString(chosen, QKeySequence::PortableText));
    action->setShortcutContext(Qt::WindowShortcut);
    connect(action, &QAction::triggered, this, [run = std::move(run)] { run(); });
    m_window->addAction(action);
    m_entries.push_back({id, group, action, keys, std::move(command)});
    return action;
}

QAction* Actions::addButton(const QString& id, const QString& group, QAbstractButton* button, const QString& text,
                            std::function<void()> before)
{
    QAction* action = add(id, group, text, {}, [this, target = QPointer(button), before = std::move(before)] {
        if (!target)
            return;
        if (m_reveal)
            m_reveal(target);
        if (before)
            before();
        target->click();
    });
    m_entries.back().button = button;
    m_entries.back().text = text;
    m_entries.back().isButton = true;
    setDoes(button, {id});
    return action;
}

void Actions::setCommand(const QString& id, std::function<QString()> command)
{
    const auto found = std::ranges::find(m_entries, id, &Entry::id);
    if (found != m_entries.end())
        found->command = std::move(command);
}

void Actions::setKeys(const QString& id, const QKeySequence& keys, QWidget* place)
{
    const auto found = std::ranges::find(m_entries, id, &Entry::id);
    if (found == m_entries.end())
        return;
    found->usual = keys;
    m_window->removeAction(found->action);
    place->addAction(found->action);
    found->action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    const QString chosen = m_settings.text(keyOf(id), keys.toString(QKeySequence::PortableText));
    found->action->setShortcut(QKeySequence::fromString(chosen, QKeySequence::PortableText));
}

void Actions::setOtherWords(const QString& id, const QString& words)
{
    const auto found = std::ranges::find(m_entries, id, &Entry::id);
    if (found != m_entries.end())
        found->otherWords = words;
}

void Actions::setDoes(QObject* control, const QStringList& ids)
{
    control->setProperty("does", ids);
}

QStringList Actions::does(const QObject* control)
{
    return control->property("does").toStringList();
}

void Actions::refresh() const
{
    for (const Entry& entry : m_entries)
        refresh(entry);
}

void Actions::refresh(const QString& id) const
{
    if (const Entry* found = entry(id))
        refresh(*found);
}

void Actions::refresh(const Entry& entry)
{
    if (!entry.isButton)
        return;
    const QAbstractButton* button = entry.button;
    if (!button) {
        setUsable(entry.action, false, tr("It is not there at the moment."));
        return;
    }
    if (entry.text.isEmpty())
        entry.action->setText(button->text().remove(QStringLiteral(" ▾")).remove(QLatin1Char('&')));
    // Not isVisible(): its page may be another than the one that is shown.
    const bool offered = !button->isHidden();
    const QString why = button->toolTip().isEmpty() ? tr("It cannot be used at the moment.") : button->toolTip();
    setUsable(entry.action, offered && button->isEnabled(),
              offered ? why : tr("There is nothing for it to do at the moment."));
}

const Actions::Entry* Actions::entry(const QString& id) const
{
    const auto found = std::ranges::find(m_entries, id, &Entry::id);
    return found == m_entries.end() ? nullptr : &*found;
}

QAction* Actions::action(const QString& id) const
{
    const Entry* found = entry(id);
    return found ? found->action : nullptr;
}

void Actions::setUsable(QAction* action, bool usable, const QString& reasonWhyNot)
{
    action->setEnabled(usable);
    action->setProperty("whyNot", usable ? QString() : reasonWhyNot);
}

QString Actions::whyNot(const QAction* action)
{
    return action->property("whyNot").toString();
}

bool Actions::setShortcut(const QString& id, const QKeySequence& keys)
{
    QAction* action = this->action(id);
    if (!action)
        return false;
    for (const Entry& other : m_entries) {
        if (other.action != action && !keys.isEmpty() && other.action->shortcut() == keys)
            return false;
    }
    action->setShortcut(keys);
    m_settings.set(keyOf(id), keys.toString(QKeySequence::PortableText));
    return true;
}

void Actions::resetShortcuts()
{
    m_settings.reset(QStringLiteral("shortcuts"));
    for (const Entry& entry : m_entries)
        entry.action->setShortcut(entry.usual);
}

} // namespace vitfleet::app
