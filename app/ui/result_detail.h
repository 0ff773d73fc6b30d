// SPDX-License-Identifier: GPL-3.0-or-later
// One image: the picture, the five best labels as bars, what was expected, and where the answer comes from.
#pragma once

#include "app/core/store.h"
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

class QGridLayout;

namespace vitfleet::app {

class TopBars;

class ResultDetail : public QFrame
{
    Q_OBJECT
public:
    explicit ResultDetail(const UiContext& context, QWidget* parent = nullptr);

    void setLabels(std::vector<std::string> labels, RunId run);
    /// Null: nothing is selected.
    void show(const ResultView* row);
    void setNeighbours(bool previous, bool next);
    /// "Node node-02 · cpu", …: what the page says of the image's origin.
    QStringList provenance() const;
    TopBars& bars() { return *m_bars; }
    QSize sizeHint() const override { return {300, 400}; }

Q_SIGNALS:
    void previousRequested();
    void nextRequested();

private:
    QString labelText(std::uint32_t label) const;
    void showResult(const ResultView& row);
    void setFact(const QString& name, const QString& value);
    void updatePicture();

    UiContext m_context;
    std::vector<std::string> m_labels;
    RunId m_run;
    std::optional<ResultView> m_row;
    QWidget* m_body;
    QLabel* m_nothing;
    QLabel* m_picture;
    QLabel* m_path;
    QLabel* m_size;
    TopBars* m_bars;
    QLabel* m_verdict;
    QGridLayout* m_facts;
    QPushButton* m_previous;
    QPushButton* m_next;
    QStringList m_provenance;
    std::vector<std::pair<QLabel*, QLabel*>> m_factLabels;
    std::size_t m_factsUsed = 0;
};

/// Labels with their scores as bars, the best first.
class TopBars : public QWidget
{
    Q_OBJECT
public:
    explicit TopBars(const Theme& theme, QWidget* parent = nullptr);
    struct Bar
    {
        QString label;
        double score = 0;
        enum class Kind
        {
            Other,
            Right, ///< the best, and as expected or without an expectation
            Wrong, ///< the best, and not what was expected
            Expected
        } kind = Kind::Other;
    };
    void setBars(std::vector<Bar> bars);
    const std::vector<Bar>& bars() const { return m_bars; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    const Theme& m_theme;
    std::vector<Bar> m_bars;
};

} // namespace vitfleet::app
