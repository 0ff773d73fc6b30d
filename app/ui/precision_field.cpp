// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/precision_field.h"

#include "app/core/text.h"
#include "app/ui/format.h"
#include "app/ui/inputs.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr std::size_t shownChecks = 3;

} // namespace

PrecisionField::PrecisionField(QWidget* parent)
    : QWidget(parent), m_box(new ChoiceBox(tr("Precision"))), m_note(makeLabel({}, "secondary"))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(5);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(makeLabel(tr("Precision"), "body"), 1);
    row->addWidget(m_box);
    layout->addLayout(row);
    layout->addWidget(m_note);
    m_note->setWordWrap(true);
    m_box->addItem(tr("fp32, the reference"), QStringLiteral("fp32"));
    m_box->addItem(tr("auto, the fastest that agrees"), QStringLiteral("auto"));
    for (const char* name : {"bf16", "fp16", "int8"})
        m_box->addItem(QLatin1String(name), QLatin1String(name));
    connect(m_box, &QComboBox::currentIndexChanged, this, [this] {
        show();
        Q_EMIT changed();
    });
    show();
}

QString PrecisionField::precision() const
{
    return m_box->currentData().toString();
}

void PrecisionField::setPrecision(const std::string& precision)
{
    m_box->setCurrentIndex(std::max(0, m_box->findData(QString::fromStdString(precision))));
}

void PrecisionField::setFloor(double floor)
{
    m_floor = floor;
    show();
}

void PrecisionField::setChecks(const std::vector<PrecisionCheck>& checks, RunId from)
{
    m_checks = checks;
    m_from = from;
    show();
}

QString PrecisionField::text(const PrecisionCheck& check)
{
    const QString name = QString::fromStdString(check.precision);
    switch (check.verdict) {
    case PrecisionVerdict::Checking:
        return check.compared == 0
                   ? tr("○ %1 is being compared: %2 of %3 pictures in fp32")
                         .arg(name, formatCount(check.computed), formatCount(check.sample))
                   : tr("○ %1 is being compared: agrees on %2").arg(name, formatAccuracy(check.agreed, check.compared));
    case PrecisionVerdict::Admitted:
        return check.compared == 0
                   ? tr("✓ %1 is used").arg(name)
                   : tr("✓ %1 agrees with fp32 on %2").arg(name, formatAccuracy(check.agreed, check.compared));
    case PrecisionVerdict::Rejected:
        return tr("✕ %1 is not used: agrees on %2, floor %3")
            .arg(name, formatAccuracy(check.agreed, check.compared), formatPercent(check.floor));
    case PrecisionVerdict::Unavailable:
        return tr("✕ %1 is not used: the device cannot compute in it").arg(name);
    case PrecisionVerdict::TooFew:
        return tr("✕ %1 is not used: too few pictures to compare").arg(name);
    case PrecisionVerdict::Invalid:
        break;
    }
    return name;
}

QStringList PrecisionField::lines(const std::vector<PrecisionCheck>& checks)
{
    QStringList out;
    for (std::size_t i = 0; i < std::min(shownChecks, checks.size()); ++i)
        out << text(checks[i]);
    if (checks.size() > shownChecks)
        out << tr("and %1 more").arg(formatCount(checks.size() - shownChecks));
    return out;
}

void PrecisionField::show()
{
    const QString chosen = precision();
    std::vector<PrecisionCheck> mine;
    std::ranges::copy_if(m_checks, std::back_inserter(mine), [&chosen](const PrecisionCheck& check) {
        return chosen == QLatin1String("auto") || chosen == QString::fromStdString(check.precision);
    });
    QStringList tips;
    for (const PrecisionCheck& check : mine)
        tips << QString::fromStdString(check.kindText + ": " + text::precisionText(check));
    m_note->setToolTip(tips.join(QLatin1Char('\n')));
    QStringList said;
    if (chosen == QLatin1String("fp32")) {
        m_note->hide();
    } else if (mine.empty()) {
        said << tr("Used where it agrees with fp32 on %1 of a sample of your pictures; compared at the start.")
                    .arg(formatPercent(m_floor));
    } else {
        said = lines(mine);
        if (m_from != RunId())
            said.last() += tr(", in run %1").arg(m_from.value);
    }
    m_note->setText(said.join(QLatin1Char('\n')));
    m_note->setVisible(!said.isEmpty());
}

} // namespace vitfleet::app
