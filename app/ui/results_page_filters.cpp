// SPDX-License-Identifier: GPL-3.0-or-later
// The results page and its filters: chips, what they can be set to, and what they let through.
#include "app/core/label_names.h"
#include "app/models/counted.h"
#include "app/models/results_model.h"
#include "app/models/store_asker.h"
#include "app/models/stored_run.h"
#include "app/models/ui_settings.h"
#include "app/ui/actions.h"
#include "app/ui/filter_chip.h"
#include "app/ui/flow_layout.h"
#include "app/ui/format.h"
#include "app/ui/results_page.h"

#include <QHBoxLayout>

#include <utility>

namespace vitfleet::app {
namespace {

const QString filtersKey = QStringLiteral("results/filters");
constexpr QChar separator(u'\n');

} // namespace

QList<FilterChip*> ResultsPage::chips() const
{
    return {m_label, m_expected, m_correct, m_score, m_node, m_status, m_precision, m_code};
}

QWidget* ResultsPage::makeFilters()
{
    m_filters = new QWidget;
    auto* row = new QHBoxLayout(m_filters);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    m_correct->setChoices(NamedChoices{{tr("Right"), tr("Wrong")}, {QStringLiteral("right"), QStringLiteral("wrong")}});
    m_status->setChoices(
        NamedChoices{{tr("Labelled"), tr("Errors")}, {QStringLiteral("labelled"), QStringLiteral("errors")}});
    m_clear->setProperty("flat", true);
    m_clear->setToolTip(tr("Let everything through again (Esc)"));
    // With several nodes and precisions there are more of them than a small window is wide.
    auto* wrapped = new QWidget;
    auto* lines = new FlowLayout(wrapped);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(6);
    Actions& actions = *m_context.actions;
    for (FilterChip* chip : chips()) {
        lines->addWidget(chip);
        actions.addButton(QStringLiteral("results.filter%1").arg(chips().indexOf(chip)), tr("Results"), chip,
                          tr("Filter: %1").arg(chip->accessibleName()));
    }
    actions.addButton(QStringLiteral("results.clear"), tr("Results"), m_clear, tr("Take all filters away"));
    lines->addWidget(m_clear);
    row->addWidget(wrapped);
    m_message->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row->addWidget(m_message, 1);
    row->addSpacing(4);
    m_count->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row->addWidget(m_count);
    return m_filters;
}

/// Matrix, classes and errors are of the whole run: what filters would do to them is nothing.
void ResultsPage::updateFilters()
{
    const bool isList = view() <= TableView;
    for (FilterChip* chip : chips()) {
        chip->setEnabled(isList);
        chip->setToolTip(isList ? QString()
                                : tr("This view is of the whole run; filters are for the grid and the table."));
    }
    showCount();
}

/// Filters belong to a run: after a restart, to the one that they were made for.
void ResultsPage::rememberFilters()
{
    QStringList states{QString::number(m_run.value)};
    for (const FilterChip* chip : chips())
        states << chip->state().join(separator);
    m_context.settings.set(filtersKey, states);
}

void ResultsPage::restoreFilters()
{
    const QStringList states = m_context.settings.list(filtersKey);
    if (std::exchange(m_filtersAreRestored, true) || states.size() != chips().size() + 1 ||
        states.front() != QString::number(m_run.value))
        return;
    m_settingFilters = true;
    for (int i = 0; i < chips().size(); ++i)
        chips()[i]->restore(states[i + 1].split(separator, Qt::SkipEmptyParts));
    m_settingFilters = false;
    applyFilter();
}

/// What is not known of a run at once may be among the filters that were restored.
void ResultsPage::setLateChoices(const std::vector<std::pair<ChoiceChip*, QStringList>>& choices)
{
    bool isRestored = false;
    m_settingFilters = true;
    for (const auto& [chip, values] : choices) {
        const QStringList before = chip->chosen();
        chip->setChoices(values);
        isRestored |= chip->chosen() != before;
    }
    m_settingFilters = false;
    if (isRestored)
        applyFilter();
}

void ResultsPage::connectFilters()
{
    connect(&m_context.settings, &UiSettings::changed, this, [this](const QString& group) {
        if (group != QLatin1String("layout"))
            return;
        showView(GridView);
        clearFilters();
    });
    for (FilterChip* chip : chips())
        connect(chip, &FilterChip::changed, this, &ResultsPage::applyFilter);
    connect(m_clear, &QPushButton::clicked, this, &ResultsPage::clearFilters);
    connect(m_model, &ResultsModel::matchingRowsChanged, this, &ResultsPage::showCount);
}

void ResultsPage::showOnly(Only what)
{
    clearFilters();
    if (what == Only::Wrong)
        m_correct->setChosen({m_correct->choices().back()});
    else if (what == Only::Errors)
        m_status->setChosen({m_status->choices().back()});
    if (view() > TableView)
        showView(GridView);
    takeFocus();
}

/// A cell of the matrix: its rows, exactly as many as it says.
void ResultsPage::showCell(const QString& expected, const QString& predicted)
{
    clearFilters();
    m_settingFilters = true;
    m_expected->setChosen({expected});
    m_settingFilters = false;
    m_label->setChosen({predicted});
    showView(GridView);
    takeFocus();
}

void ResultsPage::fillFilters(const RunSnapshot& run)
{
    m_settingFilters = true;
    QStringList labels;
    for (const std::string& label : distinctNames(run.labels))
        labels << QString::fromStdString(label);
    m_label->setChoices(labels);
    m_expected->setChoices(labels);
    m_settingFilters = false;
    m_context.asker.ask(
        this, [id = run.id](StoreReader& reader) { return reader.nodes(id); },
        [this, id = run.id](const Result<std::vector<NodeRecord>>& nodes) {
            if (id != m_run)
                return;
            if (!nodes) {
                say(formatError(nodes.error()), "errorText");
                return;
            }
            QStringList names, precisions;
            for (const NodeRecord& node : *nodes) {
                names << QString::fromStdString(node.name);
                precisions << QString::fromStdString(node.precision);
            }
            precisions.removeAll(QString());
            precisions.removeDuplicates();
            setLateChoices({{m_node, names}, {m_precision, precisions}});
            m_node->setVisible(names.size() > 1);
            m_precision->setVisible(precisions.size() > 1);
        });
}

void ResultsPage::applyFilter()
{
    if (m_settingFilters)
        return;
    const auto strings = [](const QStringList& texts) {
        std::vector<std::string> out;
        for (const QString& text : texts)
            out.push_back(text.toStdString());
        return out;
    };
    ResultFilter filter;
    filter.labels = strings(m_label->chosen());
    filter.expected = strings(m_expected->chosen());
    filter.nodes = strings(m_node->chosen());
    filter.precisions = strings(m_precision->chosen());
    if (m_correct->chosen().size() == 1)
        filter.correct = m_correct->chosen().front() == m_correct->choices().front();
    if (m_status->chosen().size() == 1)
        filter.status = m_status->chosen().front() == m_status->choices().front() ? ResultFilter::Status::Labelled
                                                                                  : ResultFilter::Status::Errors;
    for (const QString& name : m_code->chosen()) {
        if (const auto code = errorCodeFromName(name.toStdString()))
            filter.errors.push_back(*code);
    }
    filter.minScore = m_score->least();
    filter.maxScore = m_score->most();
    m_model->setFilter(filter);
    m_clear->setVisible(m_model->isFiltered());
    rememberFilters();
    if (!m_exporting)
        m_message->setWholeText({}); // it spoke of other rows
}

void ResultsPage::clearFilters()
{
    m_settingFilters = true;
    for (FilterChip* chip : chips())
        chip->clear();
    m_settingFilters = false;
    if (m_model->isFiltered())
        applyFilter();
    m_clear->setVisible(false);
}

void ResultsPage::showCount()
{
    if (view() > TableView) {
        m_count->setText(tr("of the whole run"));
        return;
    }
    const QString rows = counted::rows(m_model->matchingRows());
    QString text = m_model->isFiltered() ? tr("%1 shown (filtered)").arg(rows) : rows;
    const quint64 unseen = m_model->unseenRows();
    if (unseen > 0)
        text += tr(" · %1 new, F5").arg(formatCount(unseen));
    m_count->setText(text);
    showDetail();
}

} // namespace vitfleet::app
