// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/column_keeper.h"

#include "app/models/ui_settings.h"
#include "app/ui/cell_painter.h"

#include <QAction>
#include <QHeaderView>
#include <QMenu>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int narrowest = 24, widest = 2'000;

} // namespace

ColumnKeeper::ColumnKeeper(const QString& name, QHeaderView* header, UiSettings& settings, int needed)
    : QObject(header), m_name(QStringLiteral("columns/") + name), m_header(header), m_settings(settings),
      m_needed(needed)
{
    load();
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QWidget::customContextMenuRequested, this, &ColumnKeeper::showMenu);
    connect(header, &QHeaderView::sectionResized, this, [this](int column, int, int now) {
        if (m_placing || now < narrowest)
            return;
        m_widths[column] = now;
        save();
    });
    connect(&settings, &UiSettings::changed, this, [this](const QString& key) {
        if (key != QLatin1String("columns"))
            return;
        m_widths.clear();
        m_hidden.clear();
        Q_EMIT changed();
    });
}

int ColumnKeeper::width(int column, int usual) const
{
    const QString title =
        m_header->model() ? m_header->model()->headerData(column, Qt::Horizontal).toString() : QString();
    return m_widths.value(column, std::max(usual, m_header->fontMetrics().horizontalAdvance(title) + 2 * cellPadding));
}

void ColumnKeeper::load()
{
    for (const QString& entry : m_settings.list(m_name)) {
        const QStringList parts = entry.split(QLatin1Char(':'));
        bool ok = false;
        const int column = parts.front().toInt(&ok);
        if (!ok || column < 0 || parts.size() != 2)
            continue;
        if (parts[1] == QLatin1String("hidden")) {
            if (column != m_needed)
                m_hidden.insert(column);
        } else if (const int width = parts[1].toInt(&ok); ok && width >= narrowest && width <= widest) {
            m_widths[column] = width;
        }
    }
}

void ColumnKeeper::save()
{
    QStringList entries;
    for (auto it = m_widths.cbegin(); it != m_widths.cend(); ++it)
        entries << QStringLiteral("%1:%2").arg(it.key()).arg(it.value());
    for (const int column : m_hidden)
        entries << QStringLiteral("%1:hidden").arg(column);
    m_settings.set(m_name, entries);
}

void ColumnKeeper::place(int column, int width, bool hidden)
{
    m_placing = true;
    m_header->setSectionHidden(column, hidden);
    if (!hidden)
        m_header->resizeSection(column, width);
    m_placing = false;
}

void ColumnKeeper::showMenu(const QPoint& at)
{
    QMenu menu(m_header);
    menu.setToolTipsVisible(true);
    for (int column = 0; column < m_header->count(); ++column) {
        const QString title = m_header->model()->headerData(column, Qt::Horizontal).toString();
        QAction* action = menu.addAction(title);
        action->setCheckable(true);
        action->setChecked(!m_hidden.contains(column));
        action->setEnabled(column != m_needed);
        if (column == m_needed)
            action->setToolTip(tr("Without it rows cannot be told apart."));
        connect(action, &QAction::toggled, this, [this, column](bool shown) {
            if (shown)
                m_hidden.remove(column);
            else
                m_hidden.insert(column);
            save();
            Q_EMIT changed();
        });
    }
    menu.addSeparator();
    connect(menu.addAction(tr("Columns as on the first day")), &QAction::triggered, this, [this] {
        m_widths.clear();
        m_hidden.clear();
        save();
        Q_EMIT changed();
    });
    menu.exec(m_header->mapToGlobal(at));
}

} // namespace vitfleet::app
