// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/scale_out_card.h"

#include "app/core/scale_out.h"
#include "app/models/counted.h"
#include "app/models/store_asker.h"
#include "app/models/stored_run.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"
#include "app/ui/inputs.h"
#include "app/ui/shell_words.h"
#include "app/ui/theme.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace vitfleet::app {
namespace {

constexpr int left = 40, right = 130, top = 12, bottom = 32;
constexpr double mostNodesWithWords = 16; ///< beyond, there is no room below the lines

QString times(double speedUp)
{
    return QLocale().toString(speedUp, 'f', 2);
}

} // namespace

SpeedUpChart::SpeedUpChart(const Theme& theme, QWidget* parent)
    : Chart(tr("Speed-up by the number of nodes"), theme, parent)
{
    setPoints({});
}

void SpeedUpChart::setPoints(std::vector<ScaleOutBenchmark::Point> points)
{
    m_points = std::move(points);
    QStringList texts;
    for (std::size_t i = 0; i < m_points.size(); ++i)
        texts << tr("%1: %2 times as fast")
                     .arg(counted::nodes(m_points[i].nodes))
                     .arg(times(ScaleOutBenchmark::speedUp(m_points, i)));
    QString description = texts.isEmpty() ? tr("Nothing has been measured yet") : texts.join(QStringLiteral(", "));
    for (const ScaleOutBenchmark::Published& series : ScaleOutBenchmark::published())
        description += tr("; %1: Spark NLP %2 times as fast with %3, Hugging Face %4 times with one")
                           .arg(series.name, times(ScaleOutBenchmark::speedUp(series.points, series.points.size() - 1)),
                                counted::nodes(series.points.back().nodes), times(series.huggingFace));
    setAccessibleDescription(description);
    update();
}

/// Hugging Face's own pipeline was measured on one node only: a ring below the first point of Spark NLP's line.
void SpeedUpChart::paintHuggingFace(QPainter& painter, const QRectF& area, double most) const
{
    QStringList texts;
    painter.setPen(QPen(colours().textSecondary, 1.5));
    painter.setBrush(Qt::NoBrush);
    for (const ScaleOutBenchmark::Published& series : ScaleOutBenchmark::published()) {
        painter.drawEllipse(QPointF(area.left(), area.bottom() - series.huggingFace / most * area.height()), 3, 3);
        texts << QStringLiteral("%1×").arg(times(series.huggingFace));
    }
    painter.setPen(colours().textSecondary);
    if (most <= mostNodesWithWords)
        painter.drawText(QRectF(area.left() + 34, area.bottom() - 17, area.width(), 15),
                         Qt::AlignLeft | Qt::AlignVCenter,
                         tr("Hugging Face: %1").arg(texts.join(QStringLiteral(", "))));
}

void SpeedUpChart::paintSeries(QPainter& painter, const QRectF& area, double most,
                               const std::vector<ScaleOutBenchmark::Point>& points, const QColor& colour,
                               const QString& name, bool measured) const
{
    QPolygonF line;
    for (std::size_t i = 0; i < points.size(); ++i)
        line << QPointF(area.left() + (points[i].nodes - 1) / std::max(1.0, most - 1) * area.width(),
                        area.bottom() - ScaleOutBenchmark::speedUp(points, i) / most * area.height());
    painter.setPen(QPen(colour, measured ? 2 : 1.5, measured ? Qt::SolidLine : Qt::DotLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(line);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    for (const QPointF& point : line)
        painter.drawEllipse(point, measured ? 4 : 2.5, measured ? 4 : 2.5);
    painter.setPen(colour);
    if (!line.isEmpty())
        painter.drawText(QRectF(line.back().x() + 10, line.back().y() - 8, right, 16), Qt::AlignLeft | Qt::AlignVCenter,
                         name);
}

void SpeedUpChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    prepare(painter);
    const Colours& colours = this->colours();
    const QRectF area = QRectF(rect()).adjusted(left, top, -right, -bottom);
    double most = 10;
    for (const ScaleOutBenchmark::Point& point : m_points)
        most = std::max(most, static_cast<double>(point.nodes));
    for (int part = 0; part <= 2; ++part) {
        paintLevel(painter, area, area.bottom() - area.height() * part / 2.0, part == 0 ? Line::Axis : Line::Grid,
                   QStringLiteral("%1×").arg(QLocale().toString(most * part / 2.0, 'f', most < 4 ? 1 : 0)));
    }
    for (const double nodes : {1.0, 2.0, 4.0, 8.0, most}) {
        const double x = area.left() + (nodes - 1) / std::max(1.0, most - 1) * area.width();
        paintBelow(painter, area.adjusted(-1, 0, 1, 0), x, QString::number(qRound(nodes)));
    }
    painter.drawText(QRectF(area.left(), area.bottom() + 16, area.width(), 14), Qt::AlignCenter, tr("nodes"));
    painter.setPen(QPen(colours.line, 1.5, Qt::DashLine));
    painter.drawLine(QPointF(area.left(), area.bottom() - area.height() / most), area.topRight());
    painter.setPen(colours.textSecondary);
    painter.drawText(QRectF(area.right() + 10, area.top() - 6, right, 16), Qt::AlignLeft, tr("linear"));
    for (const ScaleOutBenchmark::Published& series : ScaleOutBenchmark::published())
        paintSeries(painter, area, most, series.points, colours.textSecondary, series.name, false);
    paintHuggingFace(painter, area, most);
    if (!m_points.empty())
        paintSeries(painter, area, most, m_points, colours.accent, tr("measured here"), true);
}

ScaleOutCard::ScaleOutCard(const UiContext& context, QWidget* parent)
    : Card(tr("Scale-out benchmark"), parent), m_context(context),
      m_scaleOut(new ScaleOutBenchmark(context.fleet, context.asker, context.scaleOut, this)),
      m_chart(new SpeedUpChart(context.theme)), m_what(makeLabel({}, "body")), m_text(makeLabel({}, "secondary")),
      m_table(makeLabel({}, "body")), m_start(makeButton(tr("Start benchmark"))), m_save(makeButton(tr("Save…"))),
      m_source(new ChoiceBox(tr("Nodes of the benchmark"))),
      m_count(new Stepper(tr("The most nodes of the benchmark"), 1, mostNodes, {}))
{
    setSubtitle(tr("the same run on 1, 2, 4, 8, 10 … nodes, each a run in the history"));
    m_start->setObjectName(QStringLiteral("startScaleOut"));
    m_what->setWordWrap(true);
    m_text->setWordWrap(true);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(m_source);
    row->addWidget(m_count);
    row->addWidget(m_start);
    row->addWidget(m_text, 1);
    row->addWidget(m_save);
    m_source->addItem(tr("Nodes at hand"), QString());
    m_count->setValue(4);
    m_count->setToolTip(tr("The profile is asked for as many at most, and gets back at the end what the benchmark has "
                           "brought up"));
    m_save->setToolTip(tr("The table as scaleout.csv and a drawing as scaleout.svg"));
    connect(m_source, &QComboBox::currentIndexChanged, this, &ScaleOutCard::show);
    connect(m_count, &Stepper::valueChanged, this, &ScaleOutCard::show);
    connect(m_save, &QPushButton::clicked, this, [this] { save(); });
    content()->addWidget(m_what);
    content()->addLayout(row);
    auto* columns = new QHBoxLayout;
    columns->setSpacing(20);
    columns->addWidget(m_chart, 1);
    auto* side = new QVBoxLayout;
    m_table->setTextFormat(Qt::RichText);
    m_table->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_table->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_table->setMinimumWidth(520);
    connect(&context.theme, &Theme::changed, this, &ScaleOutCard::show);
    side->addWidget(m_table);
    side->addStretch();
    columns->addLayout(side);
    content()->addLayout(columns, 1);
    QLabel* source = makeLabel(
        tr("Published: 34,742 images with ViT on Databricks. Hugging Face on one node: CPU 1,233 s, T4 GPU 659 "
           "s; Spark NLP on 1 to 10 nodes: CPU 1,072 to 112 s, T4 GPU 435 to 50 s; all against Spark NLP on "
           "one node. Other hardware and other models: only the shapes can be compared."),
        "secondary");
    source->setWordWrap(true);
    content()->addWidget(source);
    context.actions->addButton(QStringLiteral("history.startScaleOut"), tr("History"), m_start);
    context.actions->setCommand(QStringLiteral("history.startScaleOut"), [this] { return commandLine(); });
    context.actions->addButton(QStringLiteral("history.saveScaleOut"), tr("History"), m_save,
                               tr("Save the scale-out benchmark"));
    connect(m_start, &QPushButton::clicked, this, &ScaleOutCard::press);
    connect(m_scaleOut, &ScaleOutBenchmark::changed, this, &ScaleOutCard::show);
    show();
}

void ScaleOutCard::setRequest(const RunRequest& request)
{
    m_request = request;
    const QString pictures = QFileInfo(QString::fromStdString(request.dataPath)).fileName();
    const QString model = QFileInfo(QString::fromStdString(request.modelPath)).fileName();
    m_what->setText(pictures.isEmpty() || model.isEmpty()
                        ? tr("Choose a data set and a model on the Run page first: both are measured as set up there.")
                        : tr("Pictures of %1, with %2.").arg(pictures, model));
    show();
}

void ScaleOutCard::update(const FleetSnapshot& snapshot)
{
    const bool going = snapshot.run && isActive(*snapshot.run);
    if (m_online == snapshot.online && going == m_runIsGoing)
        return;
    m_online = snapshot.online;
    m_runIsGoing = going;
    show();
}

void ScaleOutCard::press()
{
    if (m_scaleOut->isRunning()) {
        m_scaleOut->stop();
        return;
    }
    m_said.clear();
    m_request.localAgents = 0; // those that are online, and no others
    m_scaleOut->start(m_request, counts(), m_source->currentData().toString().toStdString());
}

QString ScaleOutCard::commandLine() const
{
    const QString profile = m_source->currentData().toString();
    if (profile.isEmpty() || m_request.dataPath.empty() || m_request.modelPath.empty())
        return {}; // without a window there are no nodes at hand
    QStringList numbers;
    for (const std::uint32_t count : counts())
        numbers << QString::number(count);
    return shellLine(QStringList{QStringLiteral("vitfleet-cli"), QStringLiteral("scaleout"),
                                 QStringLiteral("--profile"), profile, QStringLiteral("--nodes"),
                                 numbers.join(QLatin1Char(','))} +
                     requestWords(m_request) + QStringList{QStringLiteral("--db"), m_context.database});
}

std::vector<std::uint32_t> ScaleOutCard::counts() const
{
    const bool isProfile = !m_source->currentData().toString().isEmpty();
    return ScaleOutBenchmark::counts(isProfile ? static_cast<std::uint32_t>(m_count->value()) : m_online);
}

void ScaleOutCard::showEvent(QShowEvent* event)
{
    Card::showEvent(event);
    loadProfiles();
}

/// Profiles lie in a file: read where reading is done.
void ScaleOutCard::loadProfiles()
{
    if (!m_context.scaleOut)
        return;
    m_context.asker.ask(
        this, [scaleOut = m_context.scaleOut](StoreReader&) { return scaleOut->profiles(); },
        [this](const Result<std::vector<Profile>>& found) {
            if (!found || m_scaleOut->isRunning())
                return;
            const QString chosen = m_source->currentData().toString();
            {
                const QSignalBlocker blocker(m_source);
                while (m_source->count() > 1)
                    m_source->removeItem(1);
                for (const Profile& profile : *found)
                    m_source->addItem(
                        tr("%1 (%2)").arg(QString::fromStdString(profile.name), fromView(name(profile.provider))),
                        QString::fromStdString(profile.name));
                m_source->setCurrentIndex(std::max(0, m_source->findData(chosen)));
            }
            show();
        });
}

void ScaleOutCard::save(const QString& given)
{
    const QString folder =
        given.isEmpty() ? QFileDialog::getExistingDirectory(this, tr("A folder for scaleout.csv and scaleout.svg"))
                        : given;
    if (folder.isEmpty())
        return;
    m_context.asker.ask(
        this,
        [folder = folder.toStdString(), points = m_scaleOut->report()](StoreReader&) {
            return writeScaleout(folder, points);
        },
        [this, folder](const Result<void>& written) {
            m_said =
                written ? tr("scaleout.csv and scaleout.svg written to %1").arg(folder) : formatError(written.error());
            show();
        });
}

void ScaleOutCard::show()
{
    const bool running = m_scaleOut->isRunning();
    const bool isChosen = !m_request.dataPath.empty() && !m_request.modelPath.empty();
    const bool isProfile = !m_source->currentData().toString().isEmpty();
    m_start->setText(running ? tr("Stop benchmark") : tr("Start benchmark"));
    setUsable(m_start, running || ((m_online >= 2 || isProfile) && !m_runIsGoing && isChosen),
              !isChosen      ? tr("Choose a data set and a model on the Run page first.")
              : m_runIsGoing ? tr("A run is going.")
                             : tr("It needs two nodes that are online."));
    QStringList counts;
    for (const std::uint32_t count : this->counts())
        counts << QString::number(count);
    m_count->setVisible(isProfile);
    setUsable(m_source, !running && m_source->count() > 1,
              running ? tr("The benchmark is running.") : tr("There is no profile for other machines yet."));
    m_count->setEnabled(!running);
    setUsable(m_save, !running && !m_scaleOut->points().empty(), tr("Nothing has been measured yet"));
    m_text->setText(!m_said.isEmpty()               ? m_said
                    : !m_scaleOut->text().isEmpty() ? m_scaleOut->text()
                    : m_online >= 2 || isProfile
                        ? tr("On %1 nodes, one after the other.").arg(counts.join(QStringLiteral(", ")))
                        : QString());
    const auto& points = m_scaleOut->points();
    m_chart->setPoints(points);
    m_table->setText(tableHtml());
}

/// Measured figures beside the published ones, at every count that one of them has.
QString ScaleOutCard::tableHtml() const
{
    std::set<std::uint32_t> counts;
    std::vector<const std::vector<ScaleOutBenchmark::Point>*> series{&m_scaleOut->points()};
    for (const ScaleOutBenchmark::Published& published : ScaleOutBenchmark::published())
        series.push_back(&published.points);
    for (const auto* points : series) {
        for (const ScaleOutBenchmark::Point& point : *points)
            counts.insert(point.nodes);
    }
    const QString colour = m_context.theme.colours().textSecondary.name();
    const auto cell = [](const QString& text) { return QStringLiteral("<td align=\"right\">%1</td>").arg(text); };
    const auto heading = [&](const QString& text) {
        return cell(QStringLiteral("<span style=\"color:%1\">%2</span>").arg(colour, text));
    };
    QString rows = QStringLiteral("<table cellspacing=\"0\" cellpadding=\"5\"><tr>") + heading(tr("Nodes")) +
                   heading(tr("Start")) + heading(tr("Time")) + heading(tr("img/s")) + heading(tr("Tail")) +
                   heading(tr("Speed-up")) + heading(tr("Efficiency")) + heading(tr("Databricks, CPU")) +
                   heading(tr("Databricks, T4")) + QStringLiteral("</tr>");
    const QString none = QStringLiteral("–");
    constexpr int measuredColumns = 6;
    rows += QStringLiteral("<tr>") + cell(tr("1, Hugging Face")) + cell(none).repeated(measuredColumns);
    for (const ScaleOutBenchmark::Published& published : ScaleOutBenchmark::published())
        rows += cell(formatPercent(published.huggingFace));
    rows += QStringLiteral("</tr>");
    const auto seconds = [](double value) { return tr("%1 s").arg(QLocale().toString(value, 'f', 1)); };
    for (const std::uint32_t count : counts) {
        rows += QStringLiteral("<tr>") + cell(QStringLiteral("<b>%1</b>").arg(count));
        for (const auto* points : series) {
            const auto found = std::ranges::find(*points, count, &ScaleOutBenchmark::Point::nodes);
            const bool isMeasured = points == series.front();
            if (found == points->end()) {
                rows += isMeasured ? cell(none).repeated(measuredColumns) : cell(none);
                continue;
            }
            const double speedUp =
                ScaleOutBenchmark::speedUp(*points, static_cast<std::size_t>(found - points->begin()));
            if (isMeasured)
                rows += cell(seconds(found->startSeconds)) + cell(seconds(found->seconds)) +
                        cell(found->imagesPerSecond > 0 ? formatRate(found->imagesPerSecond) : none) +
                        cell(found->imagesPerSecond > 0 ? seconds(found->tailSeconds) : none) +
                        cell(QStringLiteral("%1×").arg(QLocale().toString(speedUp, 'f', 2)));
            rows += cell(formatPercent(speedUp / (count / static_cast<double>(points->front().nodes))));
        }
        rows += QStringLiteral("</tr>");
    }
    return rows + QStringLiteral("</table>");
}

} // namespace vitfleet::app
