// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/path_field.h"

#include "app/ui/actions.h"

#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QUrl>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr int shownRecent = 8;

} // namespace

QString draggedPath(const QDropEvent& event)
{
    const auto urls = event.mimeData()->urls();
    return urls.size() == 1 ? urls.front().toLocalFile() : QString();
}

PathField::PathField(const QString& name, const QString& path, const QString& choose, QWidget* parent)
    : QWidget(parent), m_edit(new QLineEdit(path)), m_choose(makeButton(tr("Choose ▾"))), m_menu(new QMenu(this)),
      m_facts(new ElidedLabel("secondary"))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(5);
    layout->addWidget(makeLabel(name, "strong"));
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_edit, 1);
    row->addWidget(m_choose);
    layout->addLayout(row);
    layout->addWidget(m_facts);
    setAcceptDrops(true);
    m_edit->setAcceptDrops(false); // it would put the new path into the old one
    m_edit->setAccessibleName(name);
    m_edit->setToolTip(path); // the end of a long path is what tells it from others
    m_choose->setAccessibleName(choose);
    m_choose->setMenu(m_menu);
    m_menu->setToolTipsVisible(true);
    connect(m_edit, &QLineEdit::textChanged, m_edit, &QWidget::setToolTip);
    connect(m_edit, &QLineEdit::textChanged, this, &PathField::pathChanged);
    connect(m_edit, &QLineEdit::returnPressed, this, &PathField::entered);
}

/// As a shell and a file manager have it: "~/photos" is below the user's home, "file:///photos" is a file's name.
QString PathField::path() const
{
    const QString typed = m_edit->text().trimmed();
    if (typed == QLatin1String("~") || typed.startsWith(QLatin1String("~/")))
        return QDir::homePath() + typed.mid(1);
    if (const QUrl url(typed); url.isLocalFile())
        return url.toLocalFile();
    return typed;
}

void PathField::addTo(Actions& actions, const QString& id, const QString& group, const QString& text)
{
    m_id = id;
    actions.addButton(id, group, m_choose, text);
    int number = 0;
    for (QAction* way : m_menu->actions()) {
        const QString own = id + QString::number(number++);
        actions.add(own, group, way->text(), {}, [way] { way->trigger(); });
        Actions::setDoes(way, {own});
    }
}

void PathField::setPath(const QString& path)
{
    if (path != m_edit->text())
        m_edit->setText(path);
}

void PathField::dragEnterEvent(QDragEnterEvent* event)
{
    if (!draggedPath(*event).isEmpty())
        event->acceptProposedAction();
}

void PathField::dropEvent(QDropEvent* event)
{
    setPath(draggedPath(*event));
    event->acceptProposedAction();
}

void PathField::addDirectoryChoice(const QString& text, const QString& title)
{
    connect(m_menu->addAction(text), &QAction::triggered, this, [this, title] { choose(true, title); });
}

void PathField::addFileChoice(const QString& text, const QString& title)
{
    connect(m_menu->addAction(text), &QAction::triggered, this, [this, title] { choose(false, title); });
}

void PathField::choose(bool directory, const QString& title)
{
    auto* dialog = new QFileDialog(this, title, directory ? path() : QFileInfo(path()).path());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(directory ? QFileDialog::Directory : QFileDialog::ExistingFile);
    dialog->setOption(QFileDialog::ShowDirsOnly, directory);
    connect(dialog, &QFileDialog::fileSelected, m_edit, &QLineEdit::setText);
    dialog->open();
}

void PathField::setRecent(const QStringList& paths)
{
    for (QAction* action : std::as_const(m_recent))
        m_menu->removeAction(action);
    qDeleteAll(m_recent);
    m_recent.clear();
    if (paths.isEmpty())
        return;
    m_recent << m_menu->addSection(tr("Used before"));
    for (const QString& path : paths.mid(0, shownRecent)) {
        // The end of a path is what tells it from others.
        QAction* action =
            m_menu->addAction(fontMetrics().elidedText(path, Qt::ElideLeft, 360).replace(u'&', QStringLiteral("&&")));
        action->setToolTip(path);
        Actions::setDoes(action, {m_id}); // one of the ways to choose
        connect(action, &QAction::triggered, this, [this, path] { m_edit->setText(path); });
        m_recent << action;
    }
}

void PathField::setFacts(const QString& facts, bool usable)
{
    m_facts->setWholeText(facts);
    setRole(m_facts, usable ? "secondary" : "errorText");
}

} // namespace vitfleet::app
