// SPDX-License-Identifier: GPL-3.0-or-later
// A path with its name, ways to choose it, and what was found there.
#pragma once

#include "app/ui/widgets.h"

class QDropEvent;
class QLineEdit;
class QMenu;

namespace vitfleet::app {

class Actions;

/// The path of what is dragged, where it is one file or folder of this machine; else empty.
QString draggedPath(const QDropEvent& event);

class PathField : public QWidget
{
    Q_OBJECT
public:
    /// `choose`: accessible name of the button with the ways to choose.
    PathField(const QString& name, const QString& path, const QString& choose, QWidget* parent = nullptr);

    QString path() const;
    void setPath(const QString& path);
    /// The ways to choose that there are so far, for the palette: "run.data", "run.data0", …
    void addTo(Actions& actions, const QString& id, const QString& group, const QString& text);
    void addDirectoryChoice(const QString& text, const QString& title);
    void addFileChoice(const QString& text, const QString& title);
    /// Used before, newest first; below the other choices.
    void setRecent(const QStringList& paths);
    void setFacts(const QString& facts, bool usable = true);
    QString facts() const { return m_facts->wholeText(); }
    QMenu& menu() { return *m_menu; }

Q_SIGNALS:
    void pathChanged();
    void entered(); ///< Enter was pressed

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void choose(bool directory, const QString& title);

    QLineEdit* m_edit;
    QPushButton* m_choose;
    QMenu* m_menu;
    QList<QAction*> m_recent;
    QString m_id; ///< of the palette's action with the ways to choose
    ElidedLabel* m_facts;
};

} // namespace vitfleet::app
