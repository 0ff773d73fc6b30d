// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of the run, filtered by label and by right or wrong, and their export.
#pragma once

#include "app/ui/page.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

#include <QElapsedTimer>
#include <QStackedWidget>

#include <optional>

namespace vitfleet::app {

class FilterBox;
class ResultsModel;
class ResultsTable;

class ResultsPage : public Page
{
    Q_OBJECT
public:
    explicit ResultsPage(const UiContext& context, QWidget* parent = nullptr);

    void showRun(const std::optional<RunSnapshot>& run);
    ResultsModel& model() { return *m_model; }
    ResultsTable& table() { return *m_table; }
    /// Writes what is shown; `file` empty asks for it.
    void exportShown(const QString& file = {});
    void refresh() override;
    bool hasRows() const { return m_hasRows; }
    /// Where the command line can write the same rows; else empty.
    QString exportCommand() const;
    void takeFocus() override;
    QList<QWidget*> panes() const override;
    /// Esc: the selection first, then the filters. False where there is neither.
    bool goBack() override;
    FilterBox& labelFilter() { return *m_label; }
    FilterBox& correctFilter() { return *m_correct; }
    FilterBox& statusFilter() { return *m_status; }
    QString countText() const { return m_count->text(); }
    QString message() const { return m_message->wholeText(); }

Q_SIGNALS:
    void runRequested(); ///< to the Run page

private:
    QWidget* makeHeader();
    QWidget* makeFilters();
    void applyFilter();
    void showCount();
    void fillLabels(const std::vector<std::string>& labels);
    void follow(const RunSnapshot& run);
    void writeCsv(const QString& file);
    void say(const QString& message, const char* role);

    UiContext m_context;
    ResultsModel* m_model;
    ResultsTable* m_table;
    QStackedWidget* m_stack;
    ElidedLabel* m_subtitle;
    QLabel* m_count;
    ElidedLabel* m_message;
    FilterBox* m_label;
    FilterBox* m_correct;
    FilterBox* m_status;
    QPushButton* m_refresh;
    QPushButton* m_export;
    QElapsedTimer m_followed;
    RunId m_run;
    bool m_hasRows = false;
    bool m_exporting = false;
    bool m_ended = false;
};

} // namespace vitfleet::app
