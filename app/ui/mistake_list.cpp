// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/mistake_list.h"

#include "app/models/counted.h"
#include "app/ui/format.h"
#include "app/ui/plain_table.h"
#include "app/ui/ui_context.h"

#include <QHeaderView>
#include <QStandardItemModel>
#include <QVBoxLayout>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr std::size_t mostShown = 100;

} // namespace

MistakeList::MistakeList(const UiContext& context, QWidget* parent)
    : QWidget(parent), m_model(new QStandardItemModel(this)),
      m_table(new PlainTable(QStringLiteral("mistakes"), tr("What is mistaken for what"), {0, 100, 52}, context.theme,
                             context.settings)),
      m_sum(new ElidedLabel("secondary"))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(makeLabel(tr("Mistaken most"), "cardTitle"));
    layout->addWidget(m_sum);
    layout->addWidget(m_table, 1);
    m_model->setHorizontalHeaderLabels({tr("Expected"), tr("Labelled"), tr("Rows")});
    for (int column = 0; column < 3; ++column)
        m_model->horizontalHeaderItem(column)->setTextAlignment((column == 2 ? Qt::AlignRight : Qt::AlignLeft) |
                                                                Qt::AlignVCenter);
    m_table->setModel(m_model);
    m_table->setEmptyText(tr("No mistake so far."));
    connect(m_table, &QAbstractItemView::activated, this, [this](const QModelIndex& index) {
        Q_EMIT mistakeChosen(index.siblingAtColumn(0).data().toString(), index.siblingAtColumn(1).data().toString());
    });
}

void MistakeList::setData(const std::vector<std::string>& labels, const std::vector<StoreReader::ConfusionCell>& cells)
{
    std::vector<const StoreReader::ConfusionCell*> wrong;
    std::uint64_t all = 0, mistaken = 0;
    for (const auto& cell : cells) {
        all += cell.count;
        if (cell.expected == cell.predicted || cell.expected >= labels.size() || cell.predicted >= labels.size())
            continue;
        mistaken += cell.count;
        wrong.push_back(&cell);
    }
    std::ranges::stable_sort(wrong, std::greater<>(), [](const auto* cell) { return cell->count; });
    wrong.resize(std::min(wrong.size(), mostShown));
    m_sum->setWholeText(tr("%1 of %2 not as expected").arg(formatCount(mistaken), counted::rows(all)));
    m_model->setRowCount(static_cast<int>(wrong.size()));
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const auto& cell = *wrong[static_cast<std::size_t>(row)];
        const QString texts[] = {QString::fromStdString(labels[cell.expected]),
                                 QString::fromStdString(labels[cell.predicted]), formatCount(cell.count)};
        for (int column = 0; column < 3; ++column) {
            auto* item = new QStandardItem(texts[column]);
            item->setEditable(false);
            item->setTextAlignment((column == 2 ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
            item->setData(column == 1 ? QStringLiteral("error") : QStringLiteral("text"), PlainTable::LookRole);
            m_model->setItem(row, column, item);
        }
    }
}

} // namespace vitfleet::app
