// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of a run: filtered by chips, seen as pictures, table, matrix, classes or errors, with an image in depth, and
// exported as they are shown.
#pragma once

#include "app/ui/page.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

#include <QElapsedTimer>
#include <QStackedWidget>

#include <optional>

class QSortFilterProxyModel;

namespace vitfleet::app {

class ChoiceChip;
class ClassModel;
class ConfusionView;
class ErrorModel;
class FilterChip;
class MistakeList;
class PlainTable;
class RangeChip;
class ResultDetail;
class ResultsModel;
class ResultsTable;
class ScoreHistogram;
class Segmented;
class ThumbGrid;

class ResultsPage : public Page
{
    Q_OBJECT
public:
    enum View
    {
        GridView,
        TableView,
        MatrixView,
        ClassesView,
        ErrorsView
    };

    explicit ResultsPage(const UiContext& context, QWidget* parent = nullptr);

    void showRun(const std::optional<RunSnapshot>& run);
    /// It is a run of the history that is shown, not the newest.
    void setPinned(bool pinned);
    ResultsModel& model() { return *m_model; }
    ResultsTable& table() { return *m_table; }
    ThumbGrid& grid() { return *m_grid; }
    ConfusionView& matrix() { return *m_matrix; }
    MistakeList& mistakes() { return *m_mistakes; }
    ScoreHistogram& histogram() { return *m_histogram; }
    ClassModel& classes() { return *m_classes; }
    ErrorModel& errors() { return *m_errors; }
    ResultDetail& detail() { return *m_detail; }
    void showView(View view);
    enum class Only
    {
        Wrong,
        Errors,
        Everything
    };
    /// Instead of all other filters.
    void showOnly(Only what);
    View view() const;
    /// Writes what is shown; `file` empty asks for it.
    void exportShown(const QString& file = {});
    bool hasRows() const { return m_hasRows; }
    /// Where the command line can write the same rows; else empty.
    QString exportCommand() const;
    ChoiceChip& labelFilter() { return *m_label; }
    ChoiceChip& correctFilter() { return *m_correct; }
    ChoiceChip& statusFilter() { return *m_status; }
    ChoiceChip& expectedFilter() { return *m_expected; }
    ChoiceChip& codeFilter() { return *m_code; }
    ChoiceChip& nodeFilter() { return *m_node; }
    RangeChip& scoreFilter() { return *m_score; }
    QString countText() const { return m_count->text(); }
    QString message() const { return m_message->wholeText(); }

    void refresh() override;
    /// Esc: the selection first, then the filters. False where there is neither.
    bool goBack() override;
    void takeFocus() override;
    QList<QWidget*> panes() const override;
    bool hasInspector() const override { return true; }
    void setInspectorShown(bool shown) override;

Q_SIGNALS:
    void runRequested(); ///< to the Run page
    void newestRequested();

private:
    void fillHeader();
    QWidget* makeFilters();
    QWidget* makeMatrix();
    QWidget* makeViews();
    QList<FilterChip*> chips() const;
    void connectFilters();
    void rememberFilters();
    void restoreFilters();
    void setLateChoices(const std::vector<std::pair<ChoiceChip*, QStringList>>& choices);
    void connectExport();
    void connectViews();
    void applyFilter();
    void clearFilters();
    void showCount();
    void updateFilters();
    void fillFilters(const RunSnapshot& run);
    void setTo(const RunSnapshot& run);
    void follow(const RunSnapshot& run);
    void readSummaries();
    void followSummaries();
    void showCell(const QString& expected, const QString& predicted);
    void writeCsv(const QString& file);
    CsvOptions csvOptions() const;
    void say(const QString& message, const char* role, const QString& shorter = {});
    void step(int by);
    void showDetail();
    std::pair<int, int> visibleRows() const;
    bool isUntouched() const;

    UiContext m_context;
    ResultsModel* m_model;
    ResultsTable* m_table;
    ThumbGrid* m_grid;
    ConfusionView* m_matrix;
    MistakeList* m_mistakes;
    ScoreHistogram* m_histogram;
    ClassModel* m_classes;
    ErrorModel* m_errors;
    PlainTable* m_classTable;
    PlainTable* m_errorTable;
    QSortFilterProxyModel* m_sortedClasses;
    QStackedWidget* m_matrixStack = nullptr;
    ResultDetail* m_detail;
    QStackedWidget* m_stack;
    QStackedWidget* m_views;
    Segmented* m_view;
    ElidedLabel* m_subtitle;
    QLabel* m_count;
    ElidedLabel* m_message;
    ChoiceChip* m_label;
    ChoiceChip* m_expected;
    ChoiceChip* m_correct;
    RangeChip* m_score;
    ChoiceChip* m_node;
    ChoiceChip* m_status;
    ChoiceChip* m_precision;
    ChoiceChip* m_code;
    QPushButton* m_clear;
    QPushButton* m_newest;
    QPushButton* m_export;
    QWidget* m_filters = nullptr;
    QElapsedTimer m_followed, m_summarised;
    RunId m_summarising; ///< whose matrix, classes and errors are being read
    bool m_summariseAgain = false;
    qint64 m_summariseMs = 0; ///< what the last reading took
    RunId m_run;
    std::vector<std::string> m_labels; ///< of that run, as the model has them; the views tell equal names apart
    bool m_hasRows = false;
    bool m_exporting = false;
    bool m_ended = false;
    bool m_settingFilters = false;
    bool m_filtersAreRestored = false;
    bool m_inspector = true;
};

} // namespace vitfleet::app
