// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/start_problem.h"

#include "app/core/text.h"
#include "app/ui/format.h"
#include "app/ui/widgets.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace vitfleet::app {

StartProblem::StartProblem(const Error& error, const QString& database, QWidget* parent) : QDialog(parent)
{
    setWindowTitle(tr("VitFleet"));
    setMinimumWidth(560);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(pageMargin, pageMargin, pageMargin, pageMargin);
    layout->setSpacing(cardGap);
    layout->addWidget(makeLabel(tr("VitFleet cannot start"), "title"));
    const ErrorInfo& entry = info(error.code);
    const QString what = QString::fromStdString(text::errorMessage(error));
    const QString remedy =
        error.code == ErrorCode::DbBusy
            ? tr("Go to the window that is open already, close it, or start this one with --db FILE.")
            : fromView(entry.remedy);
    for (const auto& [sentence, role] : {std::pair{what, "body"}, std::pair{remedy, "strong"}}) {
        QLabel* label = makeLabel(sentence, role);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(label);
    }
    QLabel* facts = makeLabel(tr("%1 · database %2").arg(fromView(entry.name), database), "secondary");
    facts->setWordWrap(true);
    facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(facts);
    auto* row = new QHBoxLayout;
    row->addStretch();
    auto* close = makeButton(tr("Close"), true);
    close->setDefault(true);
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    row->addWidget(close);
    layout->addSpacing(4);
    layout->addLayout(row);
    m_text = what + QLatin1Char(' ') + remedy;
}

} // namespace vitfleet::app
