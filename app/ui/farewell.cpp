// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/farewell.h"

#include "app/core/scale_out.h"
#include "app/ui/format.h"
#include "app/ui/widgets.h"

#include <QApplication>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

using namespace std::chrono_literals;

constexpr auto lookEvery = 200ms;
constexpr auto patience = 60s;

} // namespace

Farewell::Farewell(ScaleOut& scaleOut, QWidget* parent)
    : QWidget(parent), m_scaleOut(scaleOut), m_what(makeLabel({}, "body")), m_leave(makeButton(tr("Do not wait"))),
      m_begun(std::chrono::steady_clock::now())
{
    setWindowTitle(tr("Nodes are given back"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 20, 24, 20);
    layout->setSpacing(12);
    layout->addWidget(makeLabel(tr("Nodes are given back"), "cardTitle"));
    layout->addWidget(m_what);
    QLabel* rest =
        makeLabel(tr("They finish what they have begun. What is left when this is closed is given back at the "
                     "next start of the program."),
                  "secondary");
    rest->setWordWrap(true);
    rest->setMinimumWidth(420);
    layout->addWidget(rest);
    layout->addWidget(m_leave, 0, Qt::AlignRight);
    connect(m_leave, &QPushButton::clicked, this, &QWidget::close);
    connect(&m_timer, &QTimer::timeout, this, &Farewell::look);
    m_scaleOut.beginRelease();
    m_timer.start(lookEvery);
    look();
}

void Farewell::wait(ScaleOut& scaleOut)
{
    Farewell farewell(scaleOut);
    if (scaleOut.isReleased())
        return;
    connect(&farewell, &Farewell::finished, qApp, &QCoreApplication::quit, Qt::QueuedConnection);
    farewell.show();
    QApplication::exec();
}

QString Farewell::text() const
{
    return m_what->text();
}

void Farewell::look()
{
    const auto snapshot = m_scaleOut.snapshot();
    QStringList lines;
    for (const AllocationSnapshot& allocation : snapshot->allocations) {
        const auto left = static_cast<quint64>(
            std::ranges::count_if(allocation.units, [](const UnitSnapshot& unit) { return !unit.record.keep; }));
        if (left > 0)
            lines << tr("%1: %2 left").arg(QString::fromStdString(allocation.profile), formatCount(left));
    }
    m_what->setText(lines.join(QLatin1Char('\n')));
    if (m_scaleOut.isReleased() || std::chrono::steady_clock::now() - m_begun > patience) {
        m_timer.stop();
        Q_EMIT finished();
    }
}

void Farewell::closeEvent(QCloseEvent* event)
{
    m_timer.stop();
    Q_EMIT finished();
    QWidget::closeEvent(event);
}

} // namespace vitfleet::app
