// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/widgets.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QPainter>
#include <QPainterPath>
#include <QSpinBox>
#include <QStyle>
#include <QVBoxLayout>

namespace vitfleet::app {

QLabel* makeLabel(const QString& text, const char* role, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    // Names of files and words of agents come here: as rich text they could load pictures into this process.
    label->setTextFormat(Qt::PlainText);
    label->setProperty("role", QString::fromLatin1(role));
    return label;
}

void setRole(QLabel* label, const char* role)
{
    const QString name = QString::fromLatin1(role);
    if (label->property("role").toString() == name)
        return;
    label->setProperty("role", name);
    label->style()->unpolish(label);
    label->style()->polish(label);
}

QPushButton* makeButton(const QString& text, bool primary, QWidget* parent)
{
    auto* button = new QPushButton(text, parent);
    button->setProperty("primary", primary);
    button->setAutoDefault(true); // Enter presses the button that has the focus
    button->setCursor(Qt::PointingHandCursor);
    return button;
}

void reserveChosen(QPushButton* chip)
{
    QFont strong = chip->font();
    strong.setPixelSize(13);
    strong.setWeight(QFont::DemiBold);
    chip->setMinimumWidth(QFontMetrics(strong).horizontalAdvance(chip->text()) + 30);
}

void setUsable(QWidget* control, bool usable, const QString& reasonWhyNot)
{
    const QString reason = usable ? QString() : reasonWhyNot;
    if (control->isEnabled() == usable && control->toolTip() == reason)
        return;
    control->setEnabled(usable);
    control->setToolTip(reason);
    control->setAccessibleDescription(reason);
}

SteadyLabel::SteadyLabel(const char* role, QWidget* parent) : QLabel(parent)
{
    setTextFormat(Qt::PlainText); // it may be the name of a file, or what another computer said
    setProperty("role", QString::fromLatin1(role));
}

void SteadyLabel::setSteadyText(const QString& text)
{
    if (this->text() == text)
        return;
    setText(text);
    ensurePolished();
    setMinimumWidth(std::max(minimumWidth(), sizeHint().width()));
}

void SteadyLabel::reserve(const QString& text)
{
    ensurePolished();
    setMinimumWidth(std::max(minimumWidth(), fontMetrics().horizontalAdvance(text) + 2));
}

ElidedLabel::ElidedLabel(const char* role, QWidget* parent) : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setProperty("role", QString::fromLatin1(role));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
}

void ElidedLabel::setWholeText(const QString& text, const QString& shorter)
{
    if (m_whole == text && m_shorter == shorter)
        return;
    m_whole = text;
    m_shorter = shorter;
    setAccessibleName(text);
    updateGeometry();
    elide();
}

QSize ElidedLabel::sizeHint() const
{
    ensurePolished();
    return {fontMetrics().horizontalAdvance(m_whole) + 2, QLabel::sizeHint().height()};
}

QSize ElidedLabel::minimumSizeHint() const
{
    return {0, QLabel::minimumSizeHint().height()};
}

void ElidedLabel::resizeEvent(QResizeEvent* event)
{
    QLabel::resizeEvent(event);
    elide();
}

void ElidedLabel::elide()
{
    const bool isShort = !m_shorter.isEmpty() && fontMetrics().horizontalAdvance(m_whole) > width();
    const QString shown = fontMetrics().elidedText(isShort ? m_shorter : m_whole, Qt::ElideRight, width());
    if (shown != text())
        setText(shown);
    const QString tip = shown == m_whole ? QString() : m_whole;
    if (toolTip() != tip)
        setToolTip(tip);
}

Card::Card(const QString& title, QWidget* parent) : QFrame(parent), m_content(new QVBoxLayout(this))
{
    setObjectName(QStringLiteral("card"));
    m_content->setContentsMargins(cardPadding, 12, cardPadding, 12);
    m_content->setSpacing(8);
    if (title.isEmpty())
        return;
    m_titleRow = new QHBoxLayout;
    m_titleRow->setSpacing(10);
    m_title = makeLabel(title, "cardTitle");
    m_titleRow->addWidget(m_title);
    m_subtitle = new ElidedLabel("secondary");
    m_titleRow->addWidget(m_subtitle, 1);
    m_content->addLayout(m_titleRow);
}

void Card::addToTitle(QWidget* widget)
{
    m_titleRow->addWidget(widget);
}

void Card::indentTitle(int pixels)
{
    m_titleRow->setContentsMargins(pixels, 0, pixels, 0);
}

void Card::setTitle(const QString& text, const char* role)
{
    m_title->setText(text);
    setRole(m_title, role);
}

void Card::setSubtitle(const QString& text, const QString& shorter)
{
    m_subtitle->setWholeText(text, shorter);
}

Tile::Tile(const QString& name, QWidget* parent)
    : QFrame(parent), m_value(makeLabel(QStringLiteral("–"), "figure")), m_note(new ElidedLabel("tile"))
{
    setObjectName(QStringLiteral("card"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(cardPadding, 9, cardPadding, 9);
    layout->setSpacing(1);
    layout->addWidget(makeLabel(name, "tile"));
    layout->addWidget(m_value, 1);
    layout->addWidget(m_note);
    setAccessibleName(name);
    // Figures of another length must not move the neighbours, a note that comes must not move what is below.
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    setMinimumWidth(96);
    setFixedHeight(88);
}

void Tile::setValue(const QString& value, const QString& note, const QString& shorterNote)
{
    if (m_value->text() == value && m_note->wholeText() == note)
        return;
    m_value->setText(value);
    m_note->setWholeText(note, shorterNote);
    setAccessibleDescription(value + QStringLiteral(" ") + note);
    fit();
}

void Tile::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    fit();
}

void Tile::fit()
{
    const int room = width() - 2 * (cardPadding + 1); // the border is a pixel
    for (const char* role : {"figure", "figureSmall"}) {
        setRole(m_value, role);
        m_value->ensurePolished();
        if (m_value->fontMetrics().horizontalAdvance(m_value->text()) <= room)
            return;
    }
}

EmptyState::EmptyState(const QString& sentence, QPushButton* action, QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(14);
    layout->addStretch(2);
    QLabel* label = makeLabel(sentence, "body");
    label->setWordWrap(true);
    label->setAlignment(Qt::AlignCenter);
    layout->addWidget(label);
    if (action)
        layout->addWidget(action, 0, Qt::AlignCenter);
    layout->addStretch(3);
}

SegmentBar::SegmentBar(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFixedHeight(14);
    setAccessibleName(tr("Progress"));
}

void SegmentBar::setSegments(std::vector<Segment> segments, quint64 total, const QColor& ground)
{
    m_segments = std::move(segments);
    m_total = total;
    m_ground = ground;
    update();
}

void SegmentBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath clip;
    clip.addRoundedRect(rect(), 7, 7);
    painter.setClipPath(clip);
    painter.fillRect(rect(), m_ground);
    if (m_total == 0)
        return;
    double left = 0;
    for (const Segment& segment : m_segments) {
        if (segment.count == 0)
            continue;
        // A single failure among a million must still be seen.
        const double span = std::max(4.0, static_cast<double>(segment.count) / static_cast<double>(m_total) * width());
        const double right = std::min<double>(width(), left + span);
        const double room = right < width() ? 2 : 0; // between two segments, not after the last
        painter.fillRect(QRectF(std::min(left, width() - 4.0), 0, std::max(2.0, right - left - room), height()),
                         segment.colour);
        left = right;
    }
}

LegendEntry::LegendEntry(bool outlined, QWidget* parent)
    : QWidget(parent), m_text(new SteadyLabel("secondary")), m_outlined(outlined)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(15, 0, 0, 0);
    layout->addWidget(m_text);
}

void LegendEntry::setEntry(const QString& text, const QColor& colour)
{
    m_text->setSteadyText(text);
    if (m_colour == colour)
        return;
    m_colour = colour;
    update();
}

void LegendEntry::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QRectF square(0.5, height() / 2 - 4.5, 9, 9);
    if (m_outlined) {
        painter.setPen(QPen(m_colour, 1));
        painter.drawRect(square);
    } else {
        painter.fillRect(square.adjusted(-0.5, -0.5, 0.5, 0.5), m_colour);
    }
}

Stepper::Stepper(const QString& name, int minimum, int maximum, const QString& special, QWidget* parent)
    : QWidget(parent), m_box(new QSpinBox)
{
    m_box->setRange(minimum, maximum);
    m_box->setSpecialValueText(special);
    m_box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_box->setAlignment(Qt::AlignCenter);
    m_box->setAccessibleName(name);
    m_box->findChild<QLineEdit*>()->setAccessibleName(name);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    const auto addButton = [&](const QString& text, const QString& accessible, int step) {
        auto* button = makeButton(text);
        button->setProperty("step", true);
        button->setFixedWidth(32);
        button->setAutoRepeat(true);
        button->setAccessibleName(accessible);
        connect(button, &QPushButton::clicked, m_box, [this, step] { m_box->stepBy(step); });
        layout->addWidget(button);
    };
    addButton(QStringLiteral("−"), tr("%1: fewer").arg(name), -1);
    layout->addWidget(m_box, 1);
    addButton(QStringLiteral("+"), tr("%1: more").arg(name), 1);
    connect(m_box, &QSpinBox::valueChanged, this, &Stepper::valueChanged);
}

int Stepper::value() const
{
    return m_box->value();
}

void Stepper::setValue(int value)
{
    m_box->setValue(value);
}

} // namespace vitfleet::app
