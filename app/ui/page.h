// SPDX-License-Identifier: GPL-3.0-or-later
// What the window asks of each of its pages.
#pragma once

#include <QWidget>

namespace vitfleet::app {

class Page : public QWidget
{
    Q_OBJECT
public:
    explicit Page(QWidget* parent = nullptr) : QWidget(parent) { setObjectName(QStringLiteral("page")); }

    /// The page was asked for by key: keys go on in what it is about.
    virtual void takeFocus() { setFocus(Qt::OtherFocusReason); }
    /// Esc: takes back the last narrowing of the view. False where there is none.
    virtual bool goBack() { return false; }
    /// F5: what is shown is read again.
    virtual void refresh() {}
    /// Between which F6 goes, in reading order. Hidden ones are passed over.
    virtual QList<QWidget*> panes() const { return {}; }
    /// F9. Pages without an inspector say so.
    virtual bool hasInspector() const { return false; }
    virtual void setInspectorShown(bool) {}
};

} // namespace vitfleet::app
