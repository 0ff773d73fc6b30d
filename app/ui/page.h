// SPDX-License-Identifier: GPL-3.0-or-later
// What the window asks of each of its pages.
#pragma once

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace vitfleet::app {

class Page : public QWidget
{
    Q_OBJECT
public:
    explicit Page(const QString& title, QWidget* parent = nullptr);

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

protected:
    QLabel* title() { return m_title; }
    /// Beside the title: what the page says of itself, and its actions.
    QHBoxLayout* header() { return m_header; }
    /// Below it: the page itself.
    QVBoxLayout* column() { return m_column; }

private:
    QVBoxLayout* m_column;
    QHBoxLayout* m_header;
    QLabel* m_title;
};

} // namespace vitfleet::app
