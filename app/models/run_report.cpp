// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/run_report.h"

#include "app/core/text.h"
#include "app/models/class_model.h"

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
.tiles{display:flex;flex-wrap:wrap;gap:12px}.tile{flex:1 1 120px;border:1px solid var(--line);border-radius:8px;padding:10px 14px}
.tile b{display:block;font-size:22px}.ok{color:var(--ok)}.error{color:var(--error)}svg{max-width:100%;height:auto}
table.matrix{width:auto}table.matrix td,table.matrix th{padding:3px 6px;text-align:center;border:1px solid var(--bg);font-variant-numeric:tabular-nums}
table.matrix tr+tr th{text-align:right}figure{margin:0}
)css";

QString esc(const std::string& text)
{
    return QString::fromStdString(text::printable(text)).toHtmlEscaped();
}

QString count(std::uint64_t value)
{
    return QString::fromStdString(text::grouped(value));
}

QString percent(std::optional<double> share)
{
    return share ? QString::fromStdString(text::percent(*share, 1)) : QStringLiteral("–");
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
        return QStringLiteral("<p class=\"soft\">The run was too short for a curve.</p>");
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
    return QStringLiteral(
               "<figure><svg viewBox=\"0 0 %1 %2\" role=\"img\" aria-label=\"Images per second over the run; at "
               "most %3\"><line x1=\"48\" y1=\"%4\" x2=\"%5\" y2=\"%4\" stroke=\"var(--line)\"/><line x1=\"48\" "
               "y1=\"16\" x2=\"%5\" y2=\"16\" stroke=\"var(--line)\"/><text x=\"42\" y=\"20\" text-anchor=\"end\" "
               "font-size=\"11\" fill=\"var(--soft)\">%3</text><text x=\"42\" y=\"%4\" text-anchor=\"end\" "
               "font-size=\"11\" fill=\"var(--soft)\">0</text><polyline fill=\"none\" stroke=\"var(--accent)\" "
               "stroke-width=\"2\" points=\"%6\"/><text x=\"%5\" y=\"%7\" text-anchor=\"end\" font-size=\"11\" "
               "fill=\"var(--soft)\">%8</text></svg><figcaption>Images per second over the run.</figcaption></figure>")
        .arg(plotWidth)
        .arg(plotHeight)
        .arg(peak)
        .arg(plotHeight - 24)
        .arg(plotWidth - 8)
        .arg(points)
        .arg(plotHeight - 6)
        .arg(QString::fromStdString(text::duration(static_cast<double>(end - begin) / 1000.0)));
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
    return QStringLiteral("<section><h2>How sure the model was</h2><figure><svg viewBox=\"0 0 %1 %2\" role=\"img\" "
                          "aria-label=\"Rows by their best score\">%3<text x=\"8\" y=\"%4\" font-size=\"11\" "
                          "fill=\"var(--soft)\">0.0</text><text x=\"%5\" y=\"%4\" text-anchor=\"end\" font-size=\"11\" "
                          "fill=\"var(--soft)\">1.0</text></svg><figcaption>Labelled rows by their best "
                          "score.</figcaption></figure></section>")
        .arg(plotWidth)
        .arg(plotHeight)
        .arg(bars)
        .arg(plotHeight - 6)
        .arg(plotWidth - 8);
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
    QString rows = QStringLiteral("<tr><th>expected ↓ labelled →</th>");
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
    return QStringLiteral("<section><h2>Confusion matrix</h2><table class=\"matrix\">%1</table></section>").arg(rows);
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
    return QStringLiteral("<section><h2>Classes</h2><table><tr><th>Class</th><th class=\"n\">Expected</th><th "
                          "class=\"n\">Right</th><th class=\"n\">Precision</th><th class=\"n\">Recall</th><th "
                          "class=\"n\">F1</th></tr>%1</table></section>")
        .arg(rows);
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
    return QStringLiteral(
               "<section><h2>Nodes</h2><table><tr><th>Node</th><th>Host</th><th>Device</th><th>Precision</th><th "
               "class=\"n\">Labelled</th><th class=\"n\">Errors</th></tr>%1</table></section>")
        .arg(rows);
}

QString errorTable(const ReportData& data)
{
    if (data.errors.empty())
        return {};
    QString rows;
    for (const auto& error : data.errors) {
        const ErrorInfo& entry = info(error.code);
        rows += QStringLiteral(
                    "<tr><td class=\"error\">%1</td><td class=\"n\">%2</td><td>%3</td><td class=\"soft\">%4</td></tr>")
                    .arg(esc(std::string(entry.name)), count(error.count), esc(std::string(entry.what)),
                         esc(std::string(entry.remedy)));
    }
    return QStringLiteral("<section><h2>Errors</h2><table><tr><th>Error</th><th class=\"n\">Rows</th><th>What "
                          "happened</th><th>What to do</th></tr>%1</table></section>")
        .arg(rows);
}

QString figures(const ReportData& data)
{
    const PastRun past{data.run, workingNodes(data.nodes)};
    const auto accuracy =
        text::accuracy(data.run.correct, data.run.incorrect, data.run.expectedKnown, data.run.expectedMatched);
    QString out = QStringLiteral("<div class=\"tiles\">");
    out += tile(QStringLiteral("Images"), count(data.run.labelled + data.run.errors));
    out += tile(QStringLiteral("Errors"), count(data.run.errors));
    out += tile(QStringLiteral("Time"), QString::fromStdString(text::duration(past.seconds())));
    out += tile(QStringLiteral("Images per second"), QString::fromStdString(text::rate(past.imagesPerSecond())));
    out += tile(QStringLiteral("Nodes"), count(past.nodes));
    out += tile(QStringLiteral("Accuracy"), accuracy.isShown ? percent(accuracy.value) : QStringLiteral("–"));
    out += QStringLiteral("</div><p class=\"soft\">%1</p>").arg(esc(accuracy.sentence));
    if (data.seal)
        out += QStringLiteral("<p class=\"%1\">%2</p>")
                   .arg(data.seal->holds() ? QStringLiteral("ok") : QStringLiteral("error"),
                        esc(text::sealText(*data.seal)));
    if (data.run.synthetic)
        out += QStringLiteral("<p class=\"error\">SYNTHETIC: no inference took place, the labels mean nothing.</p>");
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
    const QString title = QStringLiteral("VitFleet run %1").arg(run.id.value);
    const QString when = QString::fromStdString(text::utcTime(run.startedAt.value_or(run.createdAt)));
    QString settings;
    const auto setting = [&settings](const char* name, const QString& value) {
        settings += QStringLiteral("<tr><td class=\"soft\">%1</td><td>%2</td></tr>").arg(QLatin1String(name), value);
    };
    setting("Data set", esc(run.dataPath));
    setting("Model", esc(run.modelPath));
    setting("Model SHA-256", esc(run.modelSha256));
    setting("Backend", esc(run.backend));
    setting("Precision", esc(run.precision));
    setting("Started", when);
    setting("Given out again", count(run.redispatched));
    setting("Late duplicates refused", count(run.duplicatesRefused));
    return QStringLiteral(
               "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
               "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light "
               "dark\"><title>%1</title><style>%2</style></head><body><h1>%1</h1><p class=\"soft\">%3 · %4</p>")
               .arg(title, QString::fromUtf8(style), esc(run.modelName), when) +
           figures(data) + QStringLiteral("<section><h2>Throughput</h2>") + throughputPlot(data) +
           QStringLiteral("</section>") + matrix(data) + scorePlot(data) + classTable(data) + nodeTable(data) +
           errorTable(data) +
           QStringLiteral("<section><h2>Settings</h2><table>%1</table></section></body></html>\n").arg(settings);
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
