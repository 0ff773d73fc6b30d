// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/actions.h"

#include "app/models/ui_settings.h"

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
