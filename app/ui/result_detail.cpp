// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/result_detail.h"

#include "app/core/text.h"
#include "app/models/thumbnails.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"
#include "app/ui/theme.h"

#include <QDateTime>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>
#include <QScrollArea>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr int pictureEdge = 192;
constexpr int barHeight = 24;

} // namespace

ResultDetail::ResultDetail(const UiContext& context, QWidget* parent)
    : QFrame(parent), m_context(context), m_body(new QWidget),
      m_nothing(makeLabel(tr("Select a picture to see where its label comes from."), "secondary")),
      m_picture(new QLabel), m_path(makeLabel({}, "strong")), m_size(makeLabel({}, "secondary")),
      m_bars(new TopBars(context.theme)), m_verdict(makeLabel({}, "body")), m_facts(new QGridLayout),
      m_previous(makeButton(tr("◀ Previous"))), m_next(makeButton(tr("Next ▶")))
{
    setObjectName(QStringLiteral("card"));
    setAccessibleName(tr("Image"));
    m_body->setObjectName(QStringLiteral("inspector"));
    auto* layout = new QVBoxLayout(m_body);
    layout->setContentsMargins(cardPadding, 12, cardPadding, 12);
    layout->setSpacing(8);
    m_picture->setAlignment(Qt::AlignCenter);
    m_picture->setFixedHeight(pictureEdge);
    m_picture->setAccessibleName(tr("The picture"));
    m_path->setWordWrap(true);
    m_path->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_verdict->setWordWrap(true);
    m_verdict->setTextFormat(Qt::RichText);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_picture, m_path, m_size, m_bars, m_verdict})
        layout->addWidget(widget);
    auto* rule = new QFrame;
    rule->setObjectName(QStringLiteral("rule"));
    layout->addWidget(rule);
    m_facts->setHorizontalSpacing(16);
    m_facts->setVerticalSpacing(6);
    m_facts->setColumnStretch(1, 1);
    layout->addLayout(m_facts);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_previous);
    buttons->addWidget(m_next);
    buttons->addStretch();
    layout->addLayout(buttons);
    layout->addStretch();
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setAccessibleName(tr("Image"));
    scroll->setWidget(m_body);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(1, 1, 1, 1);
    m_nothing->setAlignment(Qt::AlignCenter);
    m_nothing->setWordWrap(true);
    m_nothing->setMargin(20);
    whole->addWidget(m_nothing, 1);
    whole->addWidget(scroll, 1);
    context.actions->addButton(QStringLiteral("results.previous"), tr("Results"), m_previous, tr("Previous picture"));
    context.actions->addButton(QStringLiteral("results.next"), tr("Results"), m_next, tr("Next picture"));
    connect(m_previous, &QPushButton::clicked, this, &ResultDetail::previousRequested);
    connect(m_next, &QPushButton::clicked, this, &ResultDetail::nextRequested);
    connect(&context.thumbnails, &ThumbnailCache::ready, this, [this](quint32 item) {
        if (m_row && m_row->item.id.value == item)
            updatePicture();
    });
    connect(&context.thumbnails, &ThumbnailCache::dataSetChanged, this, [this] {
        if (m_row)
            updatePicture();
    });
    scroll->hide();
    show(nullptr);
}

void ResultDetail::setLabels(std::vector<std::string> labels, RunId run)
{
    m_labels = std::move(labels);
    m_run = run;
}

QString ResultDetail::labelText(std::uint32_t label) const
{
    return label < m_labels.size() ? QString::fromStdString(m_labels[label]) : QString::number(label);
}

void ResultDetail::setNeighbours(bool previous, bool next)
{
    setUsable(m_previous, previous, tr("This is the first row."));
    setUsable(m_next, next, tr("This is the last row."));
    for (const char* id : {"results.previous", "results.next"})
        m_context.actions->refresh(QLatin1String(id));
}

QStringList ResultDetail::provenance() const
{
    return m_provenance;
}

void ResultDetail::show(const ResultView* row)
{
    m_row = row ? std::optional(*row) : std::nullopt;
    m_nothing->setVisible(!row);
    m_body->parentWidget()->parentWidget()->setVisible(row != nullptr);
    if (!row)
        return;
    m_path->setText(QString::fromStdString(text::printable(row->item.path)));
    m_size->setText(tr("item %1, %2 bytes").arg(formatCount(row->item.id.value), formatCount(row->item.bytes)));
    updatePicture();
    m_provenance.clear();
    m_factsUsed = 0;
    if (row->result) {
        showResult(*row);
    } else {
        m_bars->setBars({});
        m_verdict->setText(tr("It has no row yet."));
    }
    for (std::size_t i = m_factsUsed; i < m_factLabels.size(); ++i) {
        m_factLabels[i].first->hide();
        m_factLabels[i].second->hide();
    }
}

void ResultDetail::updatePicture()
{
    const QImage image = m_context.thumbnails.thumbnail(m_run, m_row->item);
    if (image.isNull()) {
        m_picture->setPixmap({});
        m_picture->setText(m_context.thumbnails.isImpossible(m_run, m_row->item.id) ? tr("no picture") : QString());
        return;
    }
    QPixmap pixmap = QPixmap::fromImage(
        image.scaled(pictureEdge * 2, pictureEdge * 2, Qt::KeepAspectRatio, Qt::SmoothTransformation));
    pixmap.setDevicePixelRatio(2);
    m_picture->setPixmap(pixmap);
}

void ResultDetail::showResult(const ResultView& row)
{
    const ResultRow& result = *row.result;
    const bool labelled = result.error.code == ErrorCode::None;
    std::vector<TopBars::Bar> bars;
    for (const auto& entry : result.top) {
        auto kind = bars.empty() ? (result.correct == false ? TopBars::Bar::Kind::Wrong : TopBars::Bar::Kind::Right)
                                 : TopBars::Bar::Kind::Other;
        if (!bars.empty() && row.item.expectedLabel == entry.label)
            kind = TopBars::Bar::Kind::Expected;
        bars.push_back({labelText(entry.label), static_cast<double>(entry.score), kind});
    }
    m_bars->setBars(std::move(bars));
    const QString expected =
        row.item.expectedLabel ? labelText(*row.item.expectedLabel) : QString::fromStdString(row.item.expected);
    const QString escaped = expected.toHtmlEscaped();
    if (!labelled)
        m_verdict->setText(formatError(result.error).toHtmlEscaped());
    else if (expected.isEmpty())
        m_verdict->setText(tr("No label is expected."));
    else if (result.correct == true)
        m_verdict->setText(tr("Expected <b>%1</b>, labelled so.").arg(escaped));
    else if (result.correct == false && !result.top.empty())
        m_verdict->setText(tr("Expected <b>%1</b>, labelled <b>✕ %2</b>.")
                               .arg(escaped, labelText(result.top.front().label).toHtmlEscaped()));
    else
        m_verdict->setText(tr("Expected <b>%1</b>, which is no label of this model.").arg(escaped));
    setRole(m_verdict, labelled && result.correct != false ? "body" : "bad");
    const auto milliseconds = [](std::uint32_t micros) {
        return tr("%1 ms").arg(QLocale().toString(micros / 1000.0, 'f', 2));
    };
    setFact(tr("Run"), QString::number(m_run.value));
    setFact(tr("Node"),
            QString::fromStdString(result.node) + QStringLiteral(" · ") + QString::fromStdString(result.device));
    setFact(tr("Precision"),
            result.synthetic ? tr("synthetic: no inference") : QString::fromStdString(result.precision));
    setFact(tr("Backend"), QString::fromStdString(result.backend));
    setFact(tr("Attempt"), formatCount(result.attempt));
    setFact(tr("Decode"), milliseconds(result.decodeMicros));
    setFact(tr("Inference"), milliseconds(result.inferenceMicros));
    setFact(tr("Finished"), QLocale().toString(QDateTime::fromMSecsSinceEpoch(result.finishedAt).time(),
                                               QStringLiteral("HH:mm:ss.zzz")));
}

void ResultDetail::setFact(const QString& name, const QString& value)
{
    if (m_factsUsed == m_factLabels.size()) {
        auto* nameLabel = makeLabel({}, "secondary");
        auto* valueLabel = makeLabel({}, "body");
        valueLabel->setTextInteractionFlags(Qt::TextSelectableByMouse);
        const int row = static_cast<int>(m_factsUsed);
        m_facts->addWidget(nameLabel, row, 0);
        m_facts->addWidget(valueLabel, row, 1);
        m_factLabels.emplace_back(nameLabel, valueLabel);
    }
    const auto [nameLabel, valueLabel] = m_factLabels[m_factsUsed++];
    nameLabel->setText(name);
    valueLabel->setText(value.isEmpty() ? QStringLiteral("–") : value);
    nameLabel->show();
    valueLabel->show();
    m_provenance << name + QLatin1Char(' ') + value;
}

TopBars::TopBars(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    setAccessibleName(tr("The best labels"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void TopBars::setBars(std::vector<Bar> bars)
{
    m_bars = std::move(bars);
    QStringList texts;
    for (const Bar& bar : m_bars)
        texts << bar.label + QLatin1Char(' ') + QLocale().toString(bar.score, 'f', 2);
    setAccessibleDescription(texts.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

QSize TopBars::sizeHint() const
{
    return {240, static_cast<int>(m_bars.size()) * barHeight};
}

void TopBars::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Colours& colours = m_theme.colours();
    const int names = width() * 2 / 5;
    constexpr int figures = 44;
    int top = 0;
    for (const Bar& bar : m_bars) {
        const QRect line(0, top, width(), barHeight);
        const bool best = bar.kind == Bar::Kind::Right || bar.kind == Bar::Kind::Wrong;
        QFont font = this->font();
        font.setPixelSize(13);
        font.setWeight(best ? QFont::DemiBold : QFont::Normal);
        painter.setFont(font);
        painter.setPen(colours.text);
        painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(bar.label, Qt::ElideRight, names - 8));
        const QRectF room(names, line.center().y() - 2, width() - names - figures, 6);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colours.raised);
        painter.drawRoundedRect(room, 3, 3);
        painter.setBrush(bar.kind == Bar::Kind::Wrong   ? colours.error
                         : bar.kind == Bar::Kind::Other ? colours.textSecondary
                                                        : colours.accent);
        painter.drawRoundedRect(QRectF(room.left(), room.top(), std::max(3.0, room.width() * bar.score), 6), 3, 3);
        painter.setPen(colours.textSecondary);
        painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, QLocale().toString(bar.score, 'f', 2));
        top += barHeight;
    }
}

} // namespace vitfleet::app
