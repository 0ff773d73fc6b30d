// SPDX-License-Identifier: GPL-3.0-or-later
// A mouse and nothing else: events go to windows, which find out what lies there.
#pragma once

#include <QAbstractItemView>
#include <QWidget>
#include <QWindow>
#include <QtTest>

namespace vitfleet::test {

/// A click on a place of a widget, in the window that it is in. False, and said why, where it cannot be hit: hidden,
/// greyed, outside, or covered.
inline bool clickAt(QWidget& widget, const QPoint& place)
{
    QCoreApplication::processEvents(); // a person sees what has been laid out
    QWidget* window = widget.window();
    const QPoint at = widget.mapTo(window, place);
    const QWidget* hit = window->childAt(at);
    hit = hit ? hit : window;
    const char* why = !widget.isVisible()                           ? "it is hidden"
                      : !widget.isEnabled()                         ? "it is greyed"
                      : !window->rect().contains(at)                ? "it is outside of its window"
                      : hit != &widget && !widget.isAncestorOf(hit) ? "something lies above it"
                                                                    : nullptr;
    if (why) {
        qWarning() << "no click at" << at << "on" << &widget << widget.accessibleName() << "- " << why << hit;
        return false;
    }
    QTest::mouseMove(window->windowHandle(), at);
    QTest::mouseClick(window->windowHandle(), Qt::LeftButton, {}, at);
    QCoreApplication::processEvents();
    return true;
}

inline bool click(QWidget* widget)
{
    return widget && clickAt(*widget, widget->rect().center());
}

/// A row of a list or table, where it is to be seen.
inline bool clickRow(QAbstractItemView& view, const QString& text)
{
    for (int row = 0; row < view.model()->rowCount(); ++row) {
        const QModelIndex index = view.model()->index(row, 0);
        if (index.data().toString() == text)
            return clickAt(*view.viewport(), view.visualRect(index).center());
    }
    return false;
}

} // namespace vitfleet::test
