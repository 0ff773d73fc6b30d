// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/compare_card.h"

#include "app/core/text.h"
#include "app/models/counted.h"
#include "app/models/store_asker.h"
#include "app/ui/format.h"

#include <QGridLayout>
#include <QLocale>
#include <QVBoxLayout>

#include <cmath>

namespace vitfleet::app {
namespace {

constexpr std::size_t shownClasses = 6;
constexpr int besides = 5; ///< the column in which the classes begin

text::Accuracy accuracyOf(const RunRecord& run)
{
    return text::accuracy(run.correct, run.incorrect, run.expectedKnown, run.expectedMatched);
}

QString accuracyText(const text::Accuracy& accuracy)
{
    return accuracy.isShown ? formatPercent(accuracy.value, 2) : QStringLiteral("–");
}

QString signedText(double value, int decimals, const QString& unit)
{
    const QString figure = QLocale().toString(std::abs(value), 'f', decimals);
    return (value < 0 ? QStringLiteral("−") : QStringLiteral("+")) + figure + unit;
}

} // namespace

CompareCard::CompareCard(const UiContext& context, QWidget* parent)
    : Card(tr("Compare two runs"), parent), m_context(context), m_text(makeLabel({}, "secondary")),
      m_grid(new QGridLayout)
{
    m_text->setWordWrap(true);
    m_text->setText(tr("Select two runs, with Ctrl and the second, then Compare."));
    content()->addWidget(m_text);
    m_grid->setHorizontalSpacing(24);
    m_grid->setVerticalSpacing(6);
    m_grid->setColumnStretch(4, 1);
    m_grid->setColumnStretch(9, 2);
    content()->addLayout(m_grid);
    content()->addStretch();
}

void CompareCard::compare(RunId first, RunId second)
{
    m_shown.reset();
    m_text->setText(tr("Going through the rows of runs %1 and %2 …").arg(first.value).arg(second.value));
    m_context.asker.askAtLength(
        this, [first, second](StoreReader& reader) { return compareRuns(reader, first, second); },
        [this, question = ++m_question](const Result<RunComparison>& found) {
            if (question != m_question)
                return;
            if (found)
                show(*found);
            else
                m_text->setText(formatError(found.error()));
            Q_EMIT compared();
        });
}

void CompareCard::addLine(const QString& name, const QString& first, const QString& second, const QString& difference)
{
    const bool heading = m_row == 0;
    const int from = m_besides ? besides : 0;
    const QString texts[] = {name, first, second, difference};
    for (int column = 0; column < 4; ++column) {
        auto* label = makeLabel(texts[column], column == 0 || heading ? "secondary" : "body");
        label->setAlignment((column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        m_grid->addWidget(label, m_row, from + column);
    }
    m_lines << name + QStringLiteral(": ") + first + QStringLiteral(", ") + second + QStringLiteral(", ") + difference;
    ++m_row;
}

void CompareCard::show(const RunComparison& comparison)
{
    m_shown = comparison;
    m_lines.clear();
    m_row = 0;
    m_besides = false;
    while (QLayoutItem* item = m_grid->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const RunRecord &a = comparison.first.record, &b = comparison.second.record;
    const double rateA = comparison.first.imagesPerSecond(), rateB = comparison.second.imagesPerSecond();
    m_text->setText(
        comparison.common == 0
            ? tr("These runs have no picture in common.")
            : tr("Of %1 that both labelled, %2 got another label (%3): %4 became right, %5 became wrong.")
                  .arg(counted::pictures(comparison.common), formatCount(comparison.changed),
                       formatPercent(static_cast<double>(comparison.changed) / static_cast<double>(comparison.common),
                                     2),
                       formatCount(comparison.mended), formatCount(comparison.broken)));
    setRole(m_text, "body");
    addLine({}, tr("Run %1").arg(a.id.value), tr("Run %1").arg(b.id.value), tr("Difference"));
    addLine(tr("Model"), QString::fromStdString(a.modelName), QString::fromStdString(b.modelName),
            a.modelSha256 == b.modelSha256 ? tr("the same") : tr("another"));
    addLine(tr("Precision"), QString::fromStdString(a.precision), QString::fromStdString(b.precision),
            a.precision == b.precision ? tr("the same") : tr("another"));
    const text::Accuracy accuracyA = accuracyOf(a), accuracyB = accuracyOf(b);
    addLine(tr("Accuracy"), accuracyText(accuracyA), accuracyText(accuracyB),
            accuracyA.isShown && accuracyB.isShown
                ? signedText((accuracyB.value - accuracyA.value) * 100, 2, tr(" points"))
                : QString());
    addLine(tr("img/s"), formatRate(rateA), formatRate(rateB),
            rateA > 0 ? signedText((rateB / rateA - 1) * 100, 1, tr(" %")) : QString());
    const double secondsA = comparison.first.seconds(), secondsB = comparison.second.seconds();
    addLine(tr("Time"), formatDuration(secondsA), formatDuration(secondsB),
            secondsA > 0 ? signedText((secondsB / secondsA - 1) * 100, 1, tr(" %")) : QString());
    addLine(tr("Errors"), formatCount(a.errors), formatCount(b.errors),
            a.errors == b.errors ? tr("the same")
                                 : signedText(static_cast<double>(b.errors) - static_cast<double>(a.errors), 0, {}));
    if (comparison.classes.empty())
        return;
    m_besides = true;
    m_row = 0;
    addLine(tr("Recall, where it differs most"), tr("Run %1").arg(a.id.value), tr("Run %1").arg(b.id.value),
            tr("Difference"));
    for (std::size_t i = 0; i < std::min(shownClasses, comparison.classes.size()); ++i) {
        const RunComparison::Class& entry = comparison.classes[i];
        addLine(QString::fromStdString(entry.label), formatPercent(entry.firstRecall),
                formatPercent(entry.secondRecall),
                signedText((entry.secondRecall - entry.firstRecall) * 100, 1, tr(" points")));
    }
}

} // namespace vitfleet::app
