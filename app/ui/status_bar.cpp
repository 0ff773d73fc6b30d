// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/status_bar.h"

#include "app/models/stored_run.h"
#include "app/models/undo.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"

#include <QDateTime>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLocale>

namespace vitfleet::app {
namespace {

constexpr qint64 oldMs = 3'000; ///< the engine speaks once a second at least

} // namespace

StatusBar::StatusBar(const QString& database, const Undo& undo, QWidget* parent)
    : QFrame(parent), m_undo(undo), m_undoButton(makeButton({})), m_age(new SteadyLabel("secondary"))
{
    setObjectName(QStringLiteral("statusBar"));
    setFixedHeight(28);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 0, 12, 0);
    layout->setSpacing(4);
    m_nodes = addFigure(m_nodesWord);
    m_rate = addFigure(m_rateWord);
    m_done = addFigure(m_doneWord);
    m_etaWord = makeLabel(tr("ETA"), "secondary");
    layout->addWidget(m_etaWord);
    m_eta = new SteadyLabel("statusFigure");
    layout->addWidget(m_eta);
    m_nodes->reserve(formatCount(8));
    m_rate->reserve(formatCount(8'888));
    m_done->reserve(formatCount(88'888));
    m_doneWord->setMinimumWidth(m_doneWord->fontMetrics().horizontalAdvance(tr("of %1 done").arg(formatCount(88'888))));
    m_eta->reserve(QStringLiteral("00:00"));
    layout->addStretch();
    m_undoButton->setObjectName(QStringLiteral("undo"));
    Actions::setDoes(m_undoButton, {QStringLiteral("program.undo")});
    m_undoButton->setProperty("flat", true);
    m_undoButton->setToolTip(tr("Ctrl+Z"));
    layout->addWidget(m_undoButton);
    layout->addSpacing(16);
    connect(m_undoButton, &QPushButton::clicked, this, &StatusBar::undoRequested);
    connect(&undo, &Undo::changed, this, &StatusBar::showUndo);
    showUndo();
    QLabel* name = makeLabel(QFileInfo(database).fileName(), "secondary");
    name->setToolTip(database);
    layout->addWidget(name);
    layout->addSpacing(16);
    layout->addWidget(m_age);
    m_timer.setInterval(500);
    connect(&m_timer, &QTimer::timeout, this, &StatusBar::showAge);
    m_timer.start();
}

SteadyLabel* StatusBar::addFigure(QLabel*& word)
{
    auto* row = static_cast<QHBoxLayout*>(layout());
    auto* figure = new SteadyLabel("statusFigure");
    figure->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    word = new SteadyLabel("secondary");
    row->addWidget(figure);
    row->addWidget(word);
    row->addSpacing(14);
    return figure;
}

void StatusBar::update(const FleetSnapshot& snapshot)
{
    const auto set = [](SteadyLabel* figure, QLabel* word, const QString& value, const QString& text) {
        figure->setSteadyText(value);
        static_cast<SteadyLabel*>(word)->setSteadyText(text);
    };
    const QString online = snapshot.online == 1 ? tr("node online") : tr("nodes online");
    set(m_nodes, m_nodesWord, formatCount(snapshot.online),
        snapshot.lost > 0 ? tr("%1, %2 lost").arg(online, formatCount(snapshot.lost)) : online);
    set(m_rate, m_rateWord, formatRate(static_cast<double>(snapshot.imagesPerSecond)), tr("img/s"));
    if (snapshot.run) {
        const RunSnapshot& run = *snapshot.run;
        set(m_done, m_doneWord, formatCount(run.labelled + run.errors), tr("of %1 done").arg(formatCount(run.planned)));
        m_eta->setSteadyText(formatDuration(isActive(run) && !run.paused ? run.etaSeconds : std::nullopt));
    } else {
        set(m_done, m_doneWord, QStringLiteral("–"), tr("done"));
        m_eta->setSteadyText(QStringLiteral("–"));
    }
    m_at = snapshot.at;
    showAge();
}

void StatusBar::showUndo()
{
    m_undoButton->setVisible(m_undo.isOffered());
    m_undoButton->setText(tr("Undo: %1 (%2 s)").arg(m_undo.what()).arg(m_undo.secondsLeft()));
    m_undoButton->setAccessibleName(tr("Undo: %1").arg(m_undo.what()));
}

void StatusBar::showAge()
{
    if (m_at == 0) {
        m_age->setSteadyText(tr("no data yet"));
        return;
    }
    const qint64 age = std::max<qint64>(0, QDateTime::currentMSecsSinceEpoch() - m_at);
    m_age->setSteadyText(tr("data %1 s old").arg(QLocale().toString(static_cast<double>(age) / 1000.0, 'f', 1)));
    setRole(m_age, age > oldMs ? "warning" : "secondary");
}

} // namespace vitfleet::app
