// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/results_page.h"

#include "app/core/filter_options.h"
#include "app/models/class_model.h"
#include "app/models/counted.h"
#include "app/models/results_model.h"
#include "app/models/store_asker.h"
#include "app/models/stored_run.h"
#include "app/models/ui_settings.h"
#include "app/ui/actions.h"
#include "app/ui/confusion_view.h"
#include "app/ui/filter_chip.h"
#include "app/ui/format.h"
#include "app/ui/mistake_list.h"
#include "app/ui/plain_table.h"
#include "app/ui/result_detail.h"
#include "app/ui/results_table.h"
#include "app/ui/save_dialog.h"
#include "app/ui/score_histogram.h"
#include "app/ui/segmented.h"
#include "app/ui/shell_words.h"
#include "app/ui/thumb_grid.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QScrollBar>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr int detailWidth = 300;
const QString viewKey = QStringLiteral("results/view");

} // namespace

ResultsPage::ResultsPage(const UiContext& context, QWidget* parent)
    : Page(tr("Results"), parent), m_context(context), m_model(new ResultsModel(context.results, this)),
      m_table(new ResultsTable(*m_model, context)), m_grid(new ThumbGrid(*m_model, context)),
      m_matrix(new ConfusionView(context.theme)), m_mistakes(new MistakeList(context)),
      m_histogram(new ScoreHistogram(context.theme)), m_classes(new ClassModel(this)), m_errors(new ErrorModel(this)),
      m_classTable(new PlainTable(QStringLiteral("classes"), tr("Classes"), {0, 110, 120, 110, 110, 110, 110},
                                  context.theme, context.settings)),
      m_errorTable(new PlainTable(QStringLiteral("errors"), tr("Errors"), {190, 70, 340, 0, 220}, context.theme,
                                  context.settings)),
      m_sortedClasses(new QSortFilterProxyModel(this)), m_detail(new ResultDetail(context)),
      m_stack(new QStackedWidget), m_views(new QStackedWidget),
      m_view(new Segmented(tr("How the results are shown"),
                           {tr("Grid"), tr("Table"), tr("Matrix"), tr("Classes"), tr("Errors")})),
      m_subtitle(new ElidedLabel("secondary")), m_count(makeLabel({}, "secondary")),
      m_message(new ElidedLabel("secondary")), m_label(new ChoiceChip(tr("Label"), tr("All labels"))),
      m_expected(new ChoiceChip(tr("Expected label"), tr("Expected: any"))),
      m_correct(new ChoiceChip(tr("Right or wrong"), tr("Right and wrong"))),
      m_score(new RangeChip(tr("Confidence"), tr("Confidence"))), m_node(new ChoiceChip(tr("Node"), tr("All nodes"))),
      m_status(new ChoiceChip(tr("Status"), tr("Any status"))),
      m_precision(new ChoiceChip(tr("Precision"), tr("Any precision"))),
      m_code(new ChoiceChip(tr("Error"), tr("All errors"))), m_clear(makeButton(tr("Clear"))),
      m_newest(makeButton(tr("Show the newest run"))), m_export(makeButton(tr("Export CSV…"), true))
{
    fillHeader();
    auto* toRun = makeButton(tr("Set up a run"));
    Actions::setDoes(toRun, {QStringLiteral("run.new")});
    connect(toRun, &QPushButton::clicked, this, &ResultsPage::runRequested);
    m_stack->addWidget(
        new EmptyState(tr("Results appear here as soon as a run has labelled its first pictures."), toRun));
    auto* whole = new QWidget;
    auto* inner = new QVBoxLayout(whole);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(cardGap);
    inner->addWidget(makeFilters());
    auto* body = new QHBoxLayout;
    body->setSpacing(cardGap);
    body->addWidget(makeViews(), 1);
    m_detail->setFixedWidth(detailWidth);
    body->addWidget(m_detail);
    inner->addLayout(body, 1);
    m_stack->addWidget(whole);
    column()->addWidget(m_stack, 1);
    connectFilters();
    connectExport();
    connectViews();
    m_view->setCurrent(m_context.settings.number(viewKey, GridView, GridView, ErrorsView));
    showRun(std::nullopt);
}

void ResultsPage::fillHeader()
{
    header()->addWidget(m_subtitle, 1);
    m_newest->setProperty("flat", true);
    m_newest->hide();
    connect(m_newest, &QPushButton::clicked, this, &ResultsPage::newestRequested);
    header()->addWidget(m_newest);
    Actions& actions = *m_context.actions;
    const QString results = tr("Results");
    actions.addButton(QStringLiteral("results.newest"), results, m_newest);
    Actions::setDoes(m_export, {QStringLiteral("results.export")});
    m_view->addTo(actions, QStringLiteral("results.view"), results, tr("Results as %1"));
    header()->addWidget(m_view);
    header()->addSpacing(6);
    header()->addWidget(m_export);
}

QWidget* ResultsPage::makeMatrix()
{
    m_matrixStack = new QStackedWidget;
    m_matrix->setInteractive(true);
    auto* compared = new QWidget;
    auto* columns = new QHBoxLayout(compared);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->setSpacing(24);
    columns->addWidget(m_matrix, 1);
    m_mistakes->setFixedWidth(detailWidth);
    columns->addWidget(m_mistakes);
    m_matrixStack->addWidget(compared);
    auto* unlabelled = new QWidget;
    auto* column = new QVBoxLayout(unlabelled);
    column->setContentsMargins(0, 0, 0, 0);
    QLabel* sentence = makeLabel(
        tr("This data set has no known labels, so nothing can be compared. This is how sure the model is:"), "body");
    sentence->setWordWrap(true);
    column->addWidget(sentence);
    column->addWidget(m_histogram, 1);
    m_matrixStack->addWidget(unlabelled);
    return m_matrixStack;
}

QWidget* ResultsPage::makeViews()
{
    const auto inCard = [](QWidget* widget, int margin) {
        auto* card = new Card;
        card->content()->setContentsMargins(margin, margin, margin, margin);
        card->content()->addWidget(widget);
        return card;
    };
    m_table->setSelectionModel(m_grid->selectionModel());
    m_sortedClasses->setSourceModel(m_classes);
    m_sortedClasses->setSortRole(ClassModel::SortRole);
    m_classTable->setModel(m_sortedClasses);
    m_classTable->setSortingEnabled(true);
    m_classTable->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    m_classTable->setEmptyText(tr("Classes are compared where the data set says what the pictures are."));
    m_errorTable->setModel(m_errors);
    m_errorTable->setEmptyText(tr("No error row: every picture so far has a label."));
    m_views->addWidget(m_grid);
    m_views->addWidget(inCard(m_table, 4));
    m_views->addWidget(inCard(makeMatrix(), cardPadding));
    m_views->addWidget(inCard(m_classTable, 4));
    m_views->addWidget(inCard(m_errorTable, 4));
    return m_views;
}

void ResultsPage::connectExport()
{
    connect(
        &m_context.results, &ResultsLoader::exported, this, [this](const QString& file, quint64 rows, bool filtered) {
            m_exporting = false;
            const QString text = filtered ? tr("%1 (filtered) written to %2") : tr("%1 written to %2");
            say(text.arg(counted::rows(rows), file), "ok", text.arg(counted::rows(rows), QFileInfo(file).fileName()));
        });
    connect(&m_context.results, &ResultsLoader::exportFailed, this, [this](const Error& error) {
        m_exporting = false;
        say(formatError(error), "errorText");
    });
    connect(&m_context.results, &ResultsLoader::failed, this,
            [this](const Error& error) { say(formatError(error), "errorText"); });
    connect(m_export, &QPushButton::clicked, this, [this] { exportShown(); });
}

void ResultsPage::connectViews()
{
    connect(m_view, &Segmented::changed, this, [this](int view) {
        m_views->setCurrentIndex(view);
        m_detail->setVisible(m_inspector && view <= TableView);
        m_context.settings.set(viewKey, view);
        updateFilters();
        followSummaries();
    });
    connect(m_matrix, &ConfusionView::cellChosen, this, &ResultsPage::showCell);
    connect(m_mistakes, &MistakeList::mistakeChosen, this, &ResultsPage::showCell);
    connect(m_classTable, &QAbstractItemView::activated, this, [this](const QModelIndex& index) {
        clearFilters();
        m_expected->setChosen({index.siblingAtColumn(ClassModel::LabelColumn).data().toString()});
        showView(GridView);
    });
    connect(m_errorTable, &QAbstractItemView::activated, this, [this](const QModelIndex& index) {
        clearFilters();
        m_code->setChosen({index.siblingAtColumn(ErrorModel::CodeColumn).data().toString()});
        showView(TableView);
    });
    connect(m_grid->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ResultsPage::showDetail);
    connect(m_model, &QAbstractItemModel::dataChanged, this, &ResultsPage::showDetail);
    connect(m_model, &QAbstractItemModel::modelReset, this, &ResultsPage::showDetail);
    m_context.actions->setKeys(QStringLiteral("results.previous"), QKeySequence(QStringLiteral("Alt+Left")), this);
    m_context.actions->setKeys(QStringLiteral("results.next"), QKeySequence(QStringLiteral("Alt+Right")), this);
    connect(m_detail, &ResultDetail::previousRequested, this, [this] { step(-1); });
    connect(m_detail, &ResultDetail::nextRequested, this, [this] { step(1); });
}

void ResultsPage::showView(View view)
{
    m_view->setCurrent(view);
}

ResultsPage::View ResultsPage::view() const
{
    return static_cast<View>(m_views->currentIndex());
}

void ResultsPage::say(const QString& message, const char* role, const QString& shorter)
{
    setRole(m_message, role); // its letters decide how much of it fits
    m_message->setWholeText(message, shorter);
}

QString ResultsPage::exportCommand() const
{
    if (!m_hasRows)
        return {};
    QStringList words{QStringLiteral("vitfleet-cli"), QStringLiteral("export"), QString::number(m_run.value),
                      QStringLiteral("results.csv"),  QStringLiteral("--db"),   m_context.database};
    for (const std::string& word : filterOptions(m_model->query().filter))
        words << QString::fromStdString(word);
    const CsvOptions options = csvOptions();
    if (options.byteOrderMark)
        words << QStringLiteral("--bom");
    if (options.separator != CsvOptions().separator)
        words << QStringLiteral("--separator") << QString(QLatin1Char(options.separator));
    return shellLine(words);
}

void ResultsPage::exportShown(const QString& file)
{
    if (!m_hasRows || m_exporting)
        return;
    if (!file.isEmpty()) {
        writeCsv(file);
        return;
    }
    QFileDialog* dialog = makeSaveDialog(this, m_context.settings, tr("Export CSV"), tr("CSV files (*.csv)"),
                                         QStringLiteral("run-%1").arg(m_run.value), QStringLiteral("csv"));
    connect(dialog, &QFileDialog::fileSelected, this, &ResultsPage::writeCsv);
    dialog->open();
}

void ResultsPage::writeCsv(const QString& file)
{
    m_exporting = true;
    say(tr("Writing %1 …").arg(file), "secondary");
    m_context.results.exportCsv(m_model->query(), file, csvOptions());
}

CsvOptions ResultsPage::csvOptions() const
{
    CsvOptions options;
    options.byteOrderMark = m_context.settings.boolean(QStringLiteral("export/bom"), false);
    options.separator = m_context.settings.boolean(QStringLiteral("export/semicolon"), false) ? ';' : ',';
    return options;
}

void ResultsPage::setPinned(bool pinned)
{
    m_newest->setVisible(pinned);
}

void ResultsPage::setInspectorShown(bool shown)
{
    m_inspector = shown;
    m_detail->setVisible(shown && view() <= TableView);
}

void ResultsPage::takeFocus()
{
    QWidget* fields[] = {m_grid, m_table, m_matrix, m_classTable, m_errorTable};
    fields[view()]->setFocus(Qt::OtherFocusReason);
}

QList<QWidget*> ResultsPage::panes() const
{
    return {m_export, m_filters, m_views->currentWidget(), m_detail};
}

void ResultsPage::refresh()
{
    m_model->refresh();
    readSummaries();
}

bool ResultsPage::goBack()
{
    if (m_grid->selectionModel()->hasSelection()) {
        m_grid->clearSelection();
        m_grid->setCurrentIndex({});
        return true;
    }
    if (!m_model->isFiltered())
        return false;
    clearFilters();
    return true;
}

} // namespace vitfleet::app
