// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/command_palette.h"

#include "app/ui/actions.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <QAbstractListModel>
#include <QApplication>
#include <QClipboard>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr int paletteWidth = 600;
constexpr int rowHeight = 32;
constexpr int mostRows = 12;
constexpr int topMargin = 72;

QString commandOf(const Actions::Entry& entry)
{
    return entry.command ? entry.command() : QString();
}

class PaletteDelegate : public QStyledItemDelegate
{
public:
    PaletteDelegate(const Theme& theme, QObject* parent) : QStyledItemDelegate(parent), m_theme(theme) {}
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {paletteWidth, rowHeight}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Colours& colours = m_theme.colours();
        const bool usable = index.data(Qt::UserRole + 1).toBool();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (option.state & QStyle::State_Selected) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(colours.accentSoft);
            painter->drawRoundedRect(option.rect, 6, 6);
        }
        const QRect place = option.rect.adjusted(12, 0, -12, 0);
        painter->setFont(option.font);
        painter->setPen(colours.textSecondary);
        const QString keys = index.data(Qt::UserRole + 2).toString();
        painter->drawText(place, Qt::AlignRight | Qt::AlignVCenter, keys);
        const QString group = index.data(Qt::UserRole).toString();
        painter->drawText(place, Qt::AlignLeft | Qt::AlignVCenter, group);
        painter->setPen(usable ? colours.text : colours.textSecondary);
        const int room = place.width() - 96 - option.fontMetrics.horizontalAdvance(keys) - 12;
        painter->drawText(place.adjusted(96, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                          option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, room));
        painter->restore();
    }

private:
    const Theme& m_theme;
};

} // namespace

class CommandPalette::Model : public QAbstractListModel
{
public:
    using QAbstractListModel::QAbstractListModel;

    void setEntries(std::vector<const Actions::Entry*> entries)
    {
        beginResetModel();
        m_entries = std::move(entries);
        endResetModel();
    }
    const Actions::Entry* entry(const QModelIndex& index) const
    {
        return index.isValid() ? m_entries[static_cast<std::size_t>(index.row())] : nullptr;
    }
    int rowCount(const QModelIndex& parent = {}) const override
    {
        return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
    }
    QVariant data(const QModelIndex& index, int role) const override
    {
        const Actions::Entry* entry = this->entry(index);
        if (!entry)
            return {};
        switch (role) {
        case Qt::DisplayRole:
            return entry->action->text();
        case Qt::AccessibleTextRole:
            return QString(entry->group + QStringLiteral(": ") + entry->action->text());
        case Qt::ToolTipRole:
            return Actions::whyNot(entry->action);
        case Qt::UserRole:
            return entry->group;
        case Qt::UserRole + 1:
            return entry->action->isEnabled();
        case Qt::UserRole + 2:
            return entry->action->shortcut().toString(QKeySequence::NativeText);
        default:
            return {};
        }
    }

private:
    std::vector<const Actions::Entry*> m_entries;
};

CommandPalette::CommandPalette(const Actions& actions, const Theme& theme, QWidget* window)
    : QFrame(window), m_actions(actions), m_field(new QLineEdit), m_list(new QListView),
      m_hint(makeLabel({}, "secondary")), m_model(new Model(this))
{
    setObjectName(QStringLiteral("palette"));
    setAccessibleName(tr("Command palette"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 10);
    layout->setSpacing(8);
    m_field->setPlaceholderText(tr("What do you want to do?"));
    m_field->setAccessibleName(tr("Find an action"));
    m_list->setAccessibleName(tr("Actions"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new PaletteDelegate(theme, this));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setUniformItemSizes(true);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    layout->addWidget(m_field);
    layout->addWidget(m_list);
    layout->addWidget(m_hint);
    m_field->installEventFilter(this);
    window->installEventFilter(this);
    connect(m_field, &QLineEdit::textChanged, this, &CommandPalette::find);
    connect(m_list, &QListView::clicked, this, &CommandPalette::act);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &CommandPalette::showHint);
    hide();
}

void CommandPalette::open()
{
    if (!isVisible())
        m_before = QApplication::focusWidget();
    m_actions.refresh();
    m_field->clear();
    find({});
    const int width = std::min(paletteWidth + 24, parentWidget()->width() - 40);
    setFixedWidth(width);
    adjustSize();
    move((parentWidget()->width() - width) / 2, topMargin);
    show();
    raise();
    m_field->setFocus(Qt::PopupFocusReason);
}

void CommandPalette::close()
{
    hide();
    if (m_before)
        m_before->setFocus(Qt::PopupFocusReason);
}

/// Entries that hold every typed word somewhere: first those whose name begins with the text, then those that have it
/// in their name, then those of a group with such a name; unusable ones last.
void CommandPalette::find(const QString& text)
{
    const QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    std::vector<std::pair<int, const Actions::Entry*>> found;
    for (const Actions::Entry& entry : m_actions.entries()) {
        const QString whole = QStringList{entry.group, entry.action->text(), entry.otherWords}.join(QLatin1Char(' '));
        const bool matches =
            std::ranges::all_of(words, [&](const QString& word) { return whole.contains(word, Qt::CaseInsensitive); });
        if (!matches || !entry.action->isVisible())
            continue;
        const QString name = entry.action->text();
        const int rank = name.startsWith(text, Qt::CaseInsensitive) ? 0
                         : name.contains(text, Qt::CaseInsensitive) ? 1
                                                                    : 2;
        found.emplace_back(rank + (entry.action->isEnabled() ? 0 : 3), &entry);
    }
    std::ranges::stable_sort(found, {}, [](const auto& pair) { return pair.first; });
    std::vector<const Actions::Entry*> entries;
    for (const auto& [rank, entry] : found)
        entries.push_back(entry);
    const int rows = std::clamp(static_cast<int>(entries.size()), 1, mostRows);
    m_model->setEntries(std::move(entries));
    m_list->setFixedHeight(rows * rowHeight + 2);
    m_list->setCurrentIndex(m_model->index(0, 0));
    showHint();
    adjustSize();
}

void CommandPalette::showHint()
{
    const Actions::Entry* entry = m_model->entry(m_list->currentIndex());
    if (!entry)
        m_hint->setText(tr("No action has this name. Esc closes."));
    else if (!entry->action->isEnabled())
        m_hint->setText(Actions::whyNot(entry->action));
    else if (!commandOf(*entry).isEmpty())
        m_hint->setText(tr("Enter does it · Ctrl+Enter copies it as a command"));
    else
        m_hint->setText(tr("Enter does it · Esc closes"));
}

void CommandPalette::act()
{
    const Actions::Entry* entry = m_model->entry(m_list->currentIndex());
    if (!entry || !entry->action->isEnabled())
        return;
    close();
    entry->action->trigger();
}

void CommandPalette::copy()
{
    const Actions::Entry* entry = m_model->entry(m_list->currentIndex());
    const QString command = entry ? commandOf(*entry) : QString();
    if (command.isEmpty())
        return;
    QApplication::clipboard()->setText(command);
    close();
    Q_EMIT copied(command);
}

bool CommandPalette::onKey(int key, Qt::KeyboardModifiers modifiers)
{
    const int row = m_list->currentIndex().row();
    switch (key) {
    case Qt::Key_Escape:
        close();
        return true;
    case Qt::Key_Down:
        m_list->setCurrentIndex(m_model->index(std::min(row + 1, m_model->rowCount() - 1), 0));
        return true;
    case Qt::Key_Up:
        m_list->setCurrentIndex(m_model->index(std::max(row - 1, 0), 0));
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        modifiers& Qt::ControlModifier ? copy() : act();
        return true;
    case Qt::Key_Tab:
    case Qt::Key_Backtab:
        return true; // there is nowhere else to go while it is open
    default:
        return false;
    }
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_field && event->type() == QEvent::ShortcutOverride) {
        event->accept(); // keys are the field's while it is open
        return false;
    }
    if (watched == m_field && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        return onKey(key->key(), key->modifiers());
    }
    if (watched == m_field && event->type() == QEvent::FocusOut && isVisible() &&
        static_cast<QFocusEvent*>(event)->reason() == Qt::MouseFocusReason)
        hide();
    if (watched == parentWidget() && event->type() == QEvent::MouseButtonPress && isVisible())
        close();
    return QFrame::eventFilter(watched, event);
}

} // namespace vitfleet::app
