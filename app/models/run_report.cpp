// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/run_report.h"

#include "app/core/text.h"
#include "app/models/class_model.h"
#include "app/models/event_text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QSaveFile>

#include <algorithm>
#include <cmath>

namespace vitfleet::app {
namespace {

constexpr std::size_t histogramBins = 20;
constexpr std::size_t mostClasses = 40; ///< of a matrix that can be read
constexpr int plotWidth = 760, plotHeight = 180;

constexpr char style[] = R"css(
:root{--bg:#fff;--text:#18212d;--soft:#566373;--line:#d8dee6;--raised:#eef1f5;--accent:#1f5fd6;--error:#b3261e;--ok:#0a7558}
@media(prefers-color-scheme:dark){:root{--bg:#12161c;--text:#e7ecf2;--soft:#9ba8b7;--line:#323c4a;--raised:#222a36;--accent:#82aaff;--error:#ff8076;--ok:#4fcba3}}
@media print{:root{--bg:#fff;--text:#000;--soft:#444;--line:#bbb;--raised:#eee;--accent:#1f5fd6;--error:#b3261e;--ok:#0a7558}section{break-inside:avoid}}
*{box-sizing:border-box}body{margin:0 auto;max-width:860px;padding:32px 24px;background:var(--bg);color:var(--text);font:14px/1.5 system-ui,sans-serif}
h1{font-size:22px;margin:0 0 4px}h2{font-size:15px;margin:28px 0 8px}p.soft,td.soft,figcaption{color:var(--soft)}
table{border-collapse:collapse;width:100%}th,td{padding:5px 8px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:12px}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.tiles{display:flex;flex-wrap:wrap;gap:12px}.tile{flex:1 1 120px;border:1px solid var(--line);border-radius:8px;padding:10px 14px;display:flex;flex-direction:column;justify-content:space-between}
.tile b{display:block;font-size:22px}.ok{color:var(--ok)}.error{color:var(--error)}svg{max-width:100%;height:auto}
table.matrix{width:auto}table.matrix td,table.matrix th{padding:3px 6px;text-align:center;border:1px solid var(--bg);font-variant-numeric:tabular-nums}
table.matrix tr+tr th{text-align:right}figure{margin:0}
)css";

struct Report
{
    Q_DECLARE_TR_FUNCTIONS(Report)
};

QString esc(const std::string& text)
{
    return QString::fromStdString(text::printable(text)).toHtmlEscaped();
}

QString count(std::uint64_t value)
{
    return QLocale().toString(static_cast<qulonglong>(value));
}

/// A figure of the core's, whose point is that of the command line.
QString figure(const std::string& text)
{
    QString figure = QString::fromStdString(text);
    for (QChar& letter : figure)
        letter = letter == u'.'   ? QLocale().decimalPoint().front()
                 : letter == u',' ? QLocale().groupSeparator().front()
                                  : letter;
    return figure;
}

QString percent(std::optional<double> share)
{
    return share ? figure(text::percent(*share, 1)) : QStringLiteral("–");
}

QString section(const QString& title, const QString& content)
{
    return QStringLiteral("<section><h2>%1</h2>%2</section>").arg(title.toHtmlEscaped(), content);
}

QString tableHead(const std::vector<std::pair<QString, bool>>& columns)
{
    QString cells;
    for (const auto& [name, isNumber] : columns)
        cells += (isNumber ? QStringLiteral("<th class=\"n\">%1</th>") : QStringLiteral("<th>%1</th>"))
                     .arg(name.toHtmlEscaped());
    return QStringLiteral("<tr>%1</tr>").arg(cells);
}

QString table(const std::vector<std::pair<QString, bool>>& columns, const QString& rows)
{
    return QStringLiteral("<table>%1%2</table>").arg(tableHead(columns), rows);
}

QString tile(const QString& name, const QString& value)
{
    return QStringLiteral("<div class=\"tile\">%1<b>%2</b></div>").arg(name, value);
}

QString throughputPlot(const ReportData& data)
{
    QString points;
    double highest = 0;
    UnixMs begin = 0, end = 0;
    std::vector<ThroughputSample> total;
    for (const ThroughputSample& sample : data.samples) {
        if (sample.node.empty())
            total.push_back(sample);
    }
    if (total.size() < 2)
        return QStringLiteral("<p class=\"soft\">%1</p>")
            .arg(Report::tr("The run was too short for a curve.").toHtmlEscaped());
    std::ranges::sort(total, {}, &ThroughputSample::at);
    begin = total.front().at;
    end = total.back().at;
    for (const ThroughputSample& sample : total)
        highest = std::max(highest, static_cast<double>(sample.imagesPerSecond));
    highest = std::max(highest, 1.0);
    for (const ThroughputSample& sample : total) {
        const double x = 48 + (plotWidth - 56) * static_cast<double>(sample.at - begin) /
                                  static_cast<double>(std::max<UnixMs>(1, end - begin));
        const double y = plotHeight - 24 - (plotHeight - 40) * static_cast<double>(sample.imagesPerSecond) / highest;
        points += QStringLiteral("%1,%2 ").arg(x, 0, 'f', 1).arg(y, 0, 'f', 1);
    }
    const QString peak = count(static_cast<std::uint64_t>(highest + 0.5));
    const QString caption = Report::tr("Images per second over the run.").toHtmlEscaped();
    const QString heard = Report::tr("Images per second over the run; at most %1").arg(peak).toHtmlEscaped();
    return QStringLiteral(
               "<figure><svg viewBox=\"0 0 %1 %2\" role=\"img\" aria-label=\"%9\">"
               "<line x1=\"48\" y1=\"%4\" x2=\"%5\" y2=\"%4\" stroke=\"var(--line)\"/><line x1=\"48\" "
               "y1=\"16\" x2=\"%5\" y2=\"16\" stroke=\"var(--line)\"/><text x=\"42\" y=\"20\" text-anchor=\"end\" "
               "font-size=\"11\" fill=\"var(--soft)\">%3</text><text x=\"42\" y=\"%4\" text-anchor=\"end\" "
               "font-size=\"11\" fill=\"var(--soft)\">0</text><polyline fill=\"none\" stroke=\"var(--accent)\" "
               "stroke-width=\"2\" points=\"%6\"/><text x=\"%5\" y=\"%7\" text-anchor=\"end\" font-size=\"11\" "
               "fill=\"var(--soft)\">%8</text></svg><figcaption>%10</figcaption></figure>")
        .arg(plotWidth)
        .arg(plotHeight)
        .arg(peak)
        .arg(plotHeight - 24)
        .arg(plotWidth - 8)
        .arg(points)
        .arg(plotHeight - 6)
        .arg(figure(text::duration(static_cast<double>(end - begin) / 1000.0)), heard, caption);
}

QString scorePlot(const ReportData& data)
{
    const auto highest = data.scores.empty() ? 0 : *std::ranges::max_element(data.scores);
    if (highest == 0)
        return {};
    QString bars;
    const double step = (plotWidth - 16.0) / static_cast<double>(data.scores.size());
    for (std::size_t i = 0; i < data.scores.size(); ++i) {
        const double height = (plotHeight - 40) * static_cast<double>(data.scores[i]) / static_cast<double>(highest);
        bars += QStringLiteral("<rect x=\"%1\" y=\"%2\" width=\"%3\" height=\"%4\" rx=\"2\" "
                               "fill=\"var(--accent)\"><title>%5</title></rect>")
                    .arg(8 + static_cast<double>(i) * step + 2, 0, 'f', 1)
                    .arg(plotHeight - 24 - height, 0, 'f', 1)
                    .arg(step - 4, 0, 'f', 1)
                    .arg(height, 0, 'f', 1)
                    .arg(count(data.scores[i]));
    }
    const auto share = [](double value) { return QLocale().toString(value, 'f', 1); };
    return section(
        Report::tr("How sure the model was"),
        QStringLiteral("<figure><svg viewBox=\"0 0 %1 %2\" role=\"img\" aria-label=\"%6\">%3<text x=\"8\" y=\"%4\" "
                       "font-size=\"11\" fill=\"var(--soft)\">%7</text><text x=\"%5\" y=\"%4\" text-anchor=\"end\" "
                       "font-size=\"11\" fill=\"var(--soft)\">%8</text></svg><figcaption>%9</figcaption></figure>")
            .arg(plotWidth)
            .arg(plotHeight)
            .arg(bars)
            .arg(plotHeight - 6)
            .arg(plotWidth - 8)
            .arg(Report::tr("Rows by their best score").toHtmlEscaped(), share(0), share(1),
                 Report::tr("Labelled rows by their best score.").toHtmlEscaped()));
}

QString matrix(const ReportData& data)
{
    const auto& labels = data.run.labels;
    if (data.confusion.empty() || labels.size() > mostClasses)
        return {};
    std::vector<std::uint64_t> cells(labels.size() * labels.size());
    std::uint64_t right = 1, wrong = 1;
    for (const auto& cell : data.confusion) {
        if (cell.expected >= labels.size() || cell.predicted >= labels.size())
            continue;
        cells[cell.expected * labels.size() + cell.predicted] = cell.count;
        auto& highest = cell.expected == cell.predicted ? right : wrong;
        highest = std::max(highest, cell.count);
    }
    QString rows = QStringLiteral("<tr><th>%1</th>").arg(Report::tr("expected ↓ labelled →").toHtmlEscaped());
    for (const std::string& label : labels)
        rows += QStringLiteral("<th>%1</th>").arg(esc(label));
    rows += QStringLiteral("</tr>");
    for (std::size_t row = 0; row < labels.size(); ++row) {
        rows += QStringLiteral("<tr><th>%1</th>").arg(esc(labels[row]));
        for (std::size_t column = 0; column < labels.size(); ++column) {
            const auto value = cells[row * labels.size() + column];
            const bool same = row == column;
            const double share =
                value == 0 ? 0.0 : std::sqrt(static_cast<double>(value) / static_cast<double>(same ? right : wrong));
            rows += QStringLiteral("<td style=\"background:color-mix(in srgb,var(%1) %2%,var(--raised))\">%3</td>")
                        .arg(same ? QStringLiteral("--accent") : QStringLiteral("--error"))
                        .arg(qRound(share * 55))
                        .arg(value == 0 ? QString() : count(value));
        }
        rows += QStringLiteral("</tr>");
    }
    return section(Report::tr("Confusion matrix"), QStringLiteral("<table class=\"matrix\">%1</table>").arg(rows));
}

QString classTable(const ReportData& data)
{
    const auto scores = classScores(data.run.labels, data.confusion);
    if (scores.empty())
        return {};
    QString rows;
    for (const ClassScore& score : scores)
        rows +=
            QStringLiteral("<tr><td>%1</td><td class=\"n\">%2</td><td class=\"n\">%3</td><td class=\"n\">%4</td><td "
                           "class=\"n\">%5</td><td class=\"n\">%6</td></tr>")
                .arg(esc(score.label), count(score.expected), count(score.right), percent(score.precision()),
                     percent(score.recall()), percent(score.f1()));
    return section(Report::tr("Classes"), table({{Report::tr("Class"), false},
                                                 {Report::tr("Expected"), true},
                                                 {Report::tr("Right"), true},
                                                 {Report::tr("Precision"), true},
                                                 {Report::tr("Recall"), true},
                                                 {QStringLiteral("F1"), true}},
                                                rows));
}

QString nodeTable(const ReportData& data)
{
    QString rows;
    for (const NodeRecord& node : data.nodes)
        rows +=
            QStringLiteral(
                "<tr><td>%1</td><td>%2</td><td>%3</td><td>%4</td><td class=\"n\">%5</td><td class=\"n\">%6</td></tr>")
                .arg(esc(node.name), esc(node.host), esc(node.gpu.empty() ? node.cpuModel : node.gpu),
                     esc(node.precision), count(node.labelled), count(node.errors));
    return section(Report::tr("Nodes"), table({{Report::tr("Node"), false},
                                               {Report::tr("Host"), false},
                                               {Report::tr("Device"), false},
                                               {Report::tr("Precision", "of the numbers"), false},
                                               {Report::tr("Labelled"), true},
                                               {Report::tr("Errors"), true}},
                                              rows));
}

/// What an error says is the core's, in English, as in the log.
QString errorTable(const ReportData& data)
{
    if (data.errors.empty())
        return {};
    QString rows;
    for (const auto& error : data.errors) {
        const ErrorInfo& entry = info(error.code);
        rows += QStringLiteral(
                    "<tr><td class=\"error\">%1</td><td class=\"n\">%2</td><td lang=\"en\">%3</td><td class=\"soft\" "
                    "lang=\"en\">%4</td></tr>")
                    .arg(esc(std::string(entry.name)), count(error.count), esc(std::string(entry.what)),
                         esc(std::string(entry.remedy)));
    }
    return section(Report::tr("Errors"), table({{Report::tr("Error"), false},
                                                {Report::tr("Rows"), true},
                                                {Report::tr("What happened"), false},
                                                {Report::tr("What to do"), false}},
                                               rows));
}

QString figures(const ReportData& data)
{
    const PastRun past{data.run, workingNodes(data.nodes)};
    const auto accuracy =
        text::accuracy(data.run.correct, data.run.incorrect, data.run.expectedKnown, data.run.expectedMatched);
    QString out = QStringLiteral("<div class=\"tiles\">");
    out += tile(Report::tr("Images"), count(data.run.labelled + data.run.errors));
    out += tile(Report::tr("Errors"), count(data.run.errors));
    out += tile(Report::tr("Time"), figure(text::duration(past.seconds())));
    out += tile(Report::tr("Images per second"), figure(text::rate(past.imagesPerSecond())));
    out += tile(Report::tr("Nodes"), count(past.nodes));
    out += tile(Report::tr("Accuracy"), accuracy.isShown ? percent(accuracy.value) : QStringLiteral("–"));
    out += QStringLiteral("</div><p class=\"soft\">%1</p>")
               .arg(accuracyText(data.run.correct, data.run.incorrect, data.run.expectedKnown, data.run.expectedMatched)
                        .toHtmlEscaped());
    if (data.seal)
        out += QStringLiteral("<p class=\"%1\">%2</p>")
                   .arg(data.seal->holds() ? QStringLiteral("ok") : QStringLiteral("error"),
                        sealText(*data.seal).toHtmlEscaped());
    if (data.run.synthetic)
        out += QStringLiteral("<p class=\"error\">%1</p>")
                   .arg(Report::tr("SYNTHETIC: no inference took place, the labels mean nothing.").toHtmlEscaped());
    return out;
}

} // namespace

Result<ReportData> readReport(StoreReader& reader, RunId run)
{
    auto record = reader.run(run);
    if (!record)
        return record.error();
    ReportData data;
    data.run = std::move(*record);
    const auto take = [](auto result, auto& into) -> std::optional<Error> {
        if (!result)
            return result.error();
        into = std::move(*result);
        return std::nullopt;
    };
    for (const auto& failed :
         {take(reader.seal(run), data.seal), take(reader.nodes(run), data.nodes),
          take(reader.samples(run), data.samples), take(reader.confusion(run), data.confusion),
          take(reader.errorCounts(run), data.errors), take(reader.scoreHistogram(run, histogramBins), data.scores)}) {
        if (failed)
            return *failed;
    }
    return data;
}

QString reportHtml(const ReportData& data)
{
    const RunRecord& run = data.run;
    const QString title = Report::tr("VitFleet run %1").arg(run.id.value).toHtmlEscaped();
    const QString when = QDateTime::fromMSecsSinceEpoch(run.startedAt.value_or(run.createdAt), Qt::UTC)
                             .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss 'UTC'"));
    QString settings;
    const auto setting = [&settings](const QString& name, const QString& value) {
        settings += QStringLiteral("<tr><td class=\"soft\">%1</td><td>%2</td></tr>").arg(name.toHtmlEscaped(), value);
    };
    setting(Report::tr("Data set"), esc(run.dataPath));
    setting(Report::tr("Model"), esc(run.modelPath));
    setting(Report::tr("Model SHA-256"), esc(run.modelSha256));
    setting(Report::tr("Backend"), esc(run.backend));
    setting(Report::tr("Precision", "of the numbers"), esc(run.precision));
    setting(Report::tr("Started"), when);
    setting(Report::tr("Given out again"), count(run.redispatched));
    setting(Report::tr("Late duplicates refused"), count(run.duplicatesRefused));
    return QStringLiteral(
               "<!doctype html><html lang=\"%5\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
               "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light "
               "dark\"><title>%1</title><style>%2</style></head><body><h1>%1</h1><p class=\"soft\">%3 · %4</p>")
               .arg(title, QString::fromUtf8(style), esc(run.modelName), when, QLocale().bcp47Name()) +
           figures(data) + section(Report::tr("Throughput"), throughputPlot(data)) + matrix(data) + scorePlot(data) +
           classTable(data) + nodeTable(data) + errorTable(data) +
           section(Report::tr("Settings"), QStringLiteral("<table>%1</table>").arg(settings)) +
           QStringLiteral("</body></html>\n");
}

Result<void> writeReport(const ReportData& data, const QString& file)
{
    QSaveFile out(file);
    const QByteArray html = reportHtml(data).toUtf8();
    if (!out.open(QIODevice::WriteOnly) || out.write(html) != html.size() || !out.commit())
        return Error{ErrorCode::Export, file.toStdString() + ": " + out.errorString().toStdString()};
    return {};
}

} // namespace vitfleet::app
