// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/filter_chip.h"

#include "app/ui/widgets.h"

#include <QEvent>
#include <QFrame>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QScreen>
#include <QSlider>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr int sheetWidth = 260;
constexpr int mostRows = 12;
constexpr int searchFrom = 10; ///< with fewer choices there is nothing to search

} // namespace

FilterChip::FilterChip(const QString& name, QWidget* parent) : QPushButton(parent), m_sheet(new QFrame(this))
{
    setAccessibleName(name);
    setProperty("chip", true);
    setCheckable(true);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_sheet->setWindowFlag(Qt::Popup);
    m_sheet->setObjectName(QStringLiteral("sheet"));
    m_sheet->setAccessibleName(name);
    m_sheet->installEventFilter(this);
    connect(this, &QPushButton::clicked, this, [this] {
        setChecked(isFiltering()); // what it looks like is not for the click to say
        openSheet();
    });
}

bool FilterChip::eventFilter(QObject* watched, QEvent* event)
{
    // Keys go on at the chip when its sheet has closed.
    if (watched == m_sheet && event->type() == QEvent::Hide && isVisible()) {
        window()->activateWindow();
        setFocus(Qt::PopupFocusReason);
    }
    return QPushButton::eventFilter(watched, event);
}

void FilterChip::openSheet()
{
    m_sheet->setFixedWidth(sheetWidth);
    m_sheet->adjustSize();
    QPoint at = mapToGlobal(QPoint(0, height() + 4));
    if (const QScreen* where = screen())
        at.setX(std::min(at.x(), where->availableGeometry().right() - sheetWidth));
    m_sheet->move(at);
    m_sheet->show();
    for (QWidget* child : m_sheet->findChildren<QWidget*>()) {
        if (child->isVisible() && child->focusPolicy() & Qt::TabFocus) {
            child->setFocus(Qt::PopupFocusReason);
            break;
        }
    }
}

void FilterChip::showText(const QString& text)
{
    const QString whole = text + QStringLiteral(" ▾");
    setChecked(isFiltering());
    if (this->text() == whole)
        return;
    setText(fontMetrics().elidedText(whole, Qt::ElideMiddle, 240));
    // Wide enough for the heavier letters that it has while it filters.
    QFont strong = font();
    strong.setPixelSize(13);
    strong.setWeight(QFont::DemiBold);
    setMinimumWidth(QFontMetrics(strong).horizontalAdvance(this->text()) + 28);
    setAccessibleDescription(text);
    updateGeometry();
}

ChoiceChip::ChoiceChip(const QString& name, const QString& all, QWidget* parent)
    : FilterChip(name, parent), m_all(all), m_find(new QLineEdit), m_list(new QListWidget)
{
    auto* layout = new QVBoxLayout(sheet());
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(6);
    m_find->setPlaceholderText(tr("Search"));
    m_find->setAccessibleName(tr("Search in %1").arg(name));
    m_list->setAccessibleName(name);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* everything = makeButton(m_all);
    layout->addWidget(m_find);
    layout->addWidget(m_list);
    layout->addWidget(everything);
    connect(m_find, &QLineEdit::textChanged, this, &ChoiceChip::narrow);
    connect(everything, &QPushButton::clicked, this, [this] {
        clear();
        sheet()->close();
    });
    // Its tick can be hit, but so can its name.
    connect(m_list, &QListWidget::itemPressed, this, [this](QListWidgetItem* item) { m_pressed = item->checkState(); });
    connect(m_list, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) {
        if (item->checkState() == m_pressed)
            item->setCheckState(m_pressed == Qt::Checked ? Qt::Unchecked : Qt::Checked);
    });
    connect(m_list, &QListWidget::itemChanged, this, [this] {
        if (m_setting)
            return;
        update();
        Q_EMIT changed();
    });
    update();
}

void ChoiceChip::setChoices(const QStringList& choices)
{
    if (choices == this->choices())
        return;
    const QStringList before = chosen() + m_wanted;
    const auto isKnown = [&choices](const QString& value) { return choices.contains(value); };
    m_wanted.erase(std::remove_if(m_wanted.begin(), m_wanted.end(), isKnown), m_wanted.end());
    m_setting = true;
    m_list->clear();
    for (const QString& choice : choices) {
        auto* item = new QListWidgetItem(choice, m_list);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(before.contains(choice) ? Qt::Checked : Qt::Unchecked);
    }
    m_setting = false;
    m_find->setVisible(choices.size() > searchFrom);
    if (choices.size() <= searchFrom)
        m_find->clear();
    narrow(m_find->text()); // somebody may be typing
    m_list->setFixedHeight(std::clamp(static_cast<int>(choices.size()), 1, mostRows) * 26 + 4);
    update();
}

void ChoiceChip::setChoices(const NamedChoices& choices)
{
    setChoices(choices.texts);
    m_keys = choices.keys;
}

QStringList ChoiceChip::choices() const
{
    QStringList all;
    for (int row = 0; row < m_list->count(); ++row)
        all << m_list->item(row)->text();
    return all;
}

QStringList ChoiceChip::chosen() const
{
    QStringList values;
    for (int row = 0; row < m_list->count(); ++row) {
        if (m_list->item(row)->checkState() == Qt::Checked)
            values << m_list->item(row)->text();
    }
    return values;
}

QStringList ChoiceChip::state() const
{
    if (m_keys.isEmpty())
        return chosen() + m_wanted;
    QStringList keys;
    for (int row = 0; row < m_list->count(); ++row) {
        if (m_list->item(row)->checkState() == Qt::Checked)
            keys << m_keys[row];
    }
    return keys;
}

void ChoiceChip::restore(const QStringList& state)
{
    const QStringList known = choices();
    QStringList now, later;
    for (const QString& value : state) {
        const auto key = m_keys.indexOf(value);
        if (key >= 0)
            now << known[key];
        else
            (known.contains(value) ? now : later) << value; // earlier versions remembered the texts
    }
    setChosen(now);
    if (m_keys.isEmpty())
        m_wanted = later;
}

void ChoiceChip::setChosen(const QStringList& values)
{
    const bool forgets = !std::exchange(m_wanted, {}).isEmpty();
    if (chosen() == values && !forgets)
        return;
    m_setting = true;
    for (int row = 0; row < m_list->count(); ++row)
        m_list->item(row)->setCheckState(values.contains(m_list->item(row)->text()) ? Qt::Checked : Qt::Unchecked);
    m_setting = false;
    update();
    Q_EMIT changed();
}

void ChoiceChip::narrow(const QString& text)
{
    for (int row = 0; row < m_list->count(); ++row)
        m_list->setRowHidden(row, !m_list->item(row)->text().contains(text, Qt::CaseInsensitive));
}

void ChoiceChip::update()
{
    const QStringList values = chosen();
    showText(values.isEmpty()     ? m_all
             : values.size() == 1 ? values.front()
                                  : tr("%1 and %2 more").arg(values.front()).arg(values.size() - 1));
}

RangeChip::RangeChip(const QString& name, const QString& all, QWidget* parent)
    : FilterChip(name, parent), m_name(name), m_all(all), m_least(new QSlider(Qt::Horizontal)),
      m_most(new QSlider(Qt::Horizontal)), m_text(makeLabel({}, "body"))
{
    auto* layout = new QVBoxLayout(sheet());
    layout->setContentsMargins(12, 10, 12, 12);
    layout->setSpacing(8);
    layout->addWidget(m_text);
    for (QSlider* slider : {m_least, m_most}) {
        slider->setRange(0, 100);
        slider->setPageStep(10);
        layout->addWidget(makeLabel(slider == m_least ? tr("At least") : tr("At most"), "secondary"));
        layout->addWidget(slider);
        connect(slider, &QSlider::valueChanged, this, &RangeChip::onMoved);
        connect(slider, &QSlider::sliderReleased, this, &RangeChip::finish);
    }
    m_least->setAccessibleName(tr("%1: at least").arg(name));
    m_most->setAccessibleName(tr("%1: at most").arg(name));
    m_most->setValue(100);
    show();
}

double RangeChip::least() const
{
    return m_appliedLeast / 100.0;
}

double RangeChip::most() const
{
    return m_appliedMost / 100.0;
}

bool RangeChip::isFiltering() const
{
    return m_appliedLeast > 0 || m_appliedMost < 100;
}

QStringList RangeChip::state() const
{
    return isFiltering() ? QStringList{QString::number(m_appliedLeast), QString::number(m_appliedMost)} : QStringList();
}

void RangeChip::restore(const QStringList& state)
{
    if (state.size() == 2)
        setRange(std::clamp(state[0].toInt(), 0, 100) / 100.0, std::clamp(state[1].toInt(), 0, 100) / 100.0);
    else
        clear();
}

void RangeChip::setRange(double least, double most)
{
    const QSignalBlocker quietLeast(m_least), quietMost(m_most); // one filter, not one for each end
    m_least->setValue(qRound(least * 100));
    m_most->setValue(qRound(most * 100));
    show();
    finish();
}

void RangeChip::onMoved()
{
    if (m_least->value() > m_most->value())
        (sender() == m_least ? m_most : m_least)->setValue(sender() == m_least ? m_least->value() : m_most->value());
    show();
    if (!m_least->isSliderDown() && !m_most->isSliderDown())
        finish();
}

void RangeChip::show()
{
    const auto share = [](int value) { return QLocale().toString(value / 100.0, 'f', 2); };
    const QString range = QStringLiteral("%1 %2–%3").arg(m_name, share(m_least->value()), share(m_most->value()));
    m_text->setText(range);
    showText(m_least->value() > 0 || m_most->value() < 100 ? range : m_all);
}

void RangeChip::finish()
{
    if (m_appliedLeast == m_least->value() && m_appliedMost == m_most->value())
        return;
    m_appliedLeast = m_least->value();
    m_appliedMost = m_most->value();
    show();
    Q_EMIT changed();
}

} // namespace vitfleet::app
