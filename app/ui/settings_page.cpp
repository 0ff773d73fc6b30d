// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/settings_page.h"

#include "app/models/fleet_source.h"
#include "app/models/ui_settings.h"
#include "app/ui/actions.h"
#include "app/ui/format.h"
#include "app/ui/inputs.h"
#include "app/ui/language.h"
#include "app/ui/profile_card.h"
#include "app/ui/shortcut_edit.h"
#include "app/ui/theme.h"
#include "shared/base/limits.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLocale>
#include <QScrollArea>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr int columnWidth = 520;
/// Beside a field: in one line, or in two where the words of a language are long.
class Name : public QLabel
{
public:
    explicit Name(const QString& text) : QLabel(text)
    {
        setProperty("role", QStringLiteral("body"));
        setWordWrap(true);
    }
    static constexpr int widest = 176; ///< that leaves the fields their room in the smallest window
    QSize sizeHint() const override
    {
        ensurePolished();
        return {std::min(widest, fontMetrics().horizontalAdvance(text()) + 2), QLabel::sizeHint().height()};
    }
};

const QString themeKey = QStringLiteral("appearance/theme");
const QString lostAfterKey = QStringLiteral("nodes/lostAfterMs");
const QString attemptsKey = QStringLiteral("run/maxAttempts");
const QString breakerKey = QStringLiteral("nodes/breakerErrors");

} // namespace

SettingsPage::SettingsPage(const UiContext& context, QWidget* parent)
    : Page(tr("Settings"), parent), m_context(context), m_look(new ChoiceBox(tr("Look"))),
      m_language(new ChoiceBox(tr("Language"))), m_message(makeLabel({}, "secondary")),
      m_policyNote(makeLabel({}, "secondary"))
{
    header()->addWidget(m_message, 1);
    auto* body = new QWidget;
    body->setObjectName(QStringLiteral("page"));
    m_columns = new QHBoxLayout(body);
    m_columns->setContentsMargins(0, 0, 0, 0);
    m_columns->setSpacing(cardGap);
    auto* left = new QVBoxLayout;
    left->setSpacing(cardGap);
    for (QWidget* card : {makeAppearance(), makeRuns(), static_cast<QWidget*>(new ProfileCard(context)),
                          makeNotifications(), makeStorage()}) {
        card->setMaximumWidth(columnWidth);
        left->addWidget(card);
    }
    left->addStretch();
    m_columns->addLayout(left, 1);
    QWidget* shortcuts = makeShortcuts();
    shortcuts->setMaximumWidth(columnWidth + 80);
    auto* rightColumn = new QVBoxLayout;
    rightColumn->addWidget(shortcuts);
    rightColumn->addStretch();
    m_columns->addLayout(rightColumn, 1);
    m_columns->addStretch();
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setProperty("plain", true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(body);
    column()->addWidget(scroll, 1);
    if (context.settings.wasBroken())
        m_message->setText(
            tr("The settings file could not be read. It was put aside, and everything is as on the first day."));
}

void SettingsPage::resizeEvent(QResizeEvent* event)
{
    Page::resizeEvent(event);
    constexpr int scrollBar = 12;
    int needed = cardGap + scrollBar;
    for (const int side : {0, 1})
        needed += m_columns->itemAt(side)->minimumSize().width();
    m_columns->setDirection(needed <= width() - 2 * pageMargin ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

QWidget* SettingsPage::makeAppearance()
{
    auto* card = new Card(tr("Appearance"));
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(20);
    form->setVerticalSpacing(10);
    m_look->addItems({tr("As the system"), tr("Light"), tr("Dark")});
    m_look->setCurrentIndex(static_cast<int>(m_context.theme.mode()));
    connect(m_look, &QComboBox::activated, this, [this](int mode) {
        m_context.theme.setMode(static_cast<Theme::Mode>(mode));
        m_context.settings.set(themeKey, mode);
    });
    connect(&m_context.theme, &Theme::changed, this,
            [this] { m_look->setCurrentIndex(static_cast<int>(m_context.theme.mode())); });
    for (const Language& language : languages())
        m_language->addItem(language.name, language.code);
    m_language->setCurrentIndex(std::max(0, m_language->findData(m_context.settings.text(languageKey()))));
    connect(m_language, &QComboBox::activated, this,
            [this](int index) { m_context.settings.set(languageKey(), m_language->itemData(index).toString()); });
    form->addRow(makeLabel(tr("Look"), "body"), m_look);
    form->addRow(makeLabel(tr("Language"), "body"), m_language);
    form->addRow(new QWidget, makeLabel(tr("Another language from the next start on."), "secondary"));
    card->content()->addLayout(form);
    auto* row = new QHBoxLayout;
    auto* reset = makeButton(tr("Layout as on the first day"));
    Actions::setDoes(reset, {QStringLiteral("view.resetLayout")});
    connect(reset, &QPushButton::clicked, this, &SettingsPage::layoutResetRequested);
    row->addWidget(reset);
    row->addStretch();
    card->content()->addLayout(row);
    return card;
}

QCheckBox* SettingsPage::makeSwitch(const QString& text, const QString& key, bool usual)
{
    auto* box = new TickBox(text);
    box->setChecked(m_context.settings.boolean(key, usual));
    connect(box, &QCheckBox::toggled, this, [this, key](bool on) { m_context.settings.set(key, on); });
    return box;
}

QWidget* SettingsPage::makeNotifications()
{
    auto* card = new Card(tr("Notifications"));
    card->setSubtitle(tr("while the window is not in front; one for many of a kind"));
    card->content()->addWidget(makeSwitch(tr("A run has ended"), QStringLiteral("notify/runs"), true));
    card->content()->addWidget(makeSwitch(tr("Nodes are lost"), QStringLiteral("notify/nodes"), true));
    card->content()->addWidget(makeSwitch(tr("The database cannot be written"), QStringLiteral("notify/store"), true));
    return card;
}

QComboBox* SettingsPage::makeChoice(const QString& name, const QString& key,
                                    const std::vector<std::pair<QString, int>>& choices, int usual)
{
    auto* box = new ChoiceBox(name);
    int least = usual, most = usual;
    for (const auto& [text, value] : choices) {
        box->addItem(text, value);
        least = std::min(least, value);
        most = std::max(most, value);
    }
    const int found = box->findData(m_context.settings.number(key, usual, least, most));
    box->setCurrentIndex(found >= 0 ? found : box->findData(usual));
    connect(box, &QComboBox::activated, this, [this, box, key](int index) {
        m_context.settings.set(key, box->itemData(index));
        applyPolicy();
    });
    return box;
}

void SettingsPage::applyPolicy()
{
    const FailurePolicy usual;
    FailurePolicy policy;
    const auto number = [this](const QString& key, auto otherwise, int most) {
        return m_context.settings.number(key, static_cast<int>(otherwise), 1, most);
    };
    policy.lostAfter = std::chrono::milliseconds(number(lostAfterKey, usual.lostAfter.count(), 60'000));
    policy.maxAttempts = static_cast<std::uint32_t>(number(attemptsKey, usual.maxAttempts, 10));
    policy.breakerErrors = static_cast<std::uint32_t>(number(breakerKey, usual.breakerErrors, 100));
    m_context.fleet.setFailurePolicy(policy);
    const auto seconds = [](std::chrono::milliseconds time) {
        return QLocale().toString(static_cast<double>(time.count()) / 1'000.0, 'f', 1);
    };
    m_policyNote->setText(
        tr("A node is suspect %1 s after its last heartbeat, and is lost after %2 s (%3 s while bytes "
           "are on their way to it); its pictures go to others. What concerns pictures holds from the "
           "next run on.")
            .arg(seconds(policy.lostAfter / 2), seconds(policy.lostAfter), seconds(limits::lostAfterWithBulkData)));
}

/// What one may decide about runs and about nodes that fail.
QWidget* SettingsPage::makeRuns()
{
    auto* card = new Card(tr("Runs and nodes"));
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(20);
    form->setVerticalSpacing(10);
    std::vector<std::pair<QString, int>> floors, times, counts, errors;
    for (const int tenths : {950, 970, 980, 985, 990, 995})
        floors.emplace_back(formatPercent(tenths / 1'000.0), tenths);
    for (const int milliseconds : {3'000, 5'000, 8'000})
        times.emplace_back(tr("%1 s").arg(milliseconds / 1'000), milliseconds);
    for (const int count : {1, 2, 3, 5})
        counts.emplace_back(count == 1 ? tr("1 node") : tr("%1 nodes").arg(count), count);
    for (const int count : {1, 3, 5, 10})
        errors.emplace_back(count == 1 ? tr("1 error") : tr("%1 errors in a row").arg(count), count);
    QComboBox* floor =
        makeChoice(tr("Agreement that a reduced precision needs"), QStringLiteral("run/precisionFloor"), floors, 985);
    floor->setToolTip(tr("Of the sample's pictures; below it a run stays in fp32"));
    QComboBox* lost = makeChoice(tr("A silent node is lost after"), lostAfterKey, times, 3'000);
    lost->setToolTip(tr("Longer for a network that stutters; its pictures wait so much longer for another node"));
    QComboBox* attempts = makeChoice(tr("A picture may fail on"), attemptsKey, counts, 3);
    attempts->setToolTip(tr("Then it is an error row with what each of them said"));
    QComboBox* breaker = makeChoice(tr("A node is set aside after"), breakerKey, errors, 3);
    breaker->setToolTip(tr("For half a minute, in which it gets no work"));
    for (QComboBox* box : {floor, lost, attempts, breaker})
        form->addRow(new Name(box == floor ? tr("Agreement with fp32") : box->accessibleName()), box);
    card->content()->addLayout(form);
    m_policyNote->setWordWrap(true);
    card->content()->addWidget(m_policyNote);
    applyPolicy();
    return card;
}

QWidget* SettingsPage::makeStorage()
{
    auto* card = new Card(tr("Storage and export"));
    const auto addPath = [card](const QString& name, const QString& path) {
        auto* label = new ElidedLabel("secondary");
        label->setWholeText(QStringLiteral("%1  %2").arg(name, path));
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        card->content()->addWidget(label);
    };
    addPath(tr("Database"), m_context.database);
    if (!m_context.settings.file().isEmpty())
        addPath(tr("These settings"), m_context.settings.file());
    card->content()->addWidget(
        makeSwitch(tr("CSV begins with a byte order mark, for spreadsheets"), QStringLiteral("export/bom"), false));
    card->content()->addWidget(
        makeSwitch(tr("CSV is separated by ; and not by ,"), QStringLiteral("export/semicolon"), false));
    return card;
}

QWidget* SettingsPage::makeShortcuts()
{
    auto* card = new Card(tr("Shortcuts"));
    card->setSubtitle(tr("press other keys in a field; Backspace for none"));
    m_shortcuts = new QGridLayout;
    m_shortcuts->setHorizontalSpacing(16);
    m_shortcuts->setVerticalSpacing(4);
    m_shortcuts->setColumnStretch(1, 1);
    card->content()->addLayout(m_shortcuts);
    int line = 0;
    for (const Actions::Entry& entry : m_context.actions->entries()) {
        if (entry.usual.isEmpty())
            continue;
        auto* edit = new ShortcutEdit(entry.id);
        edit->setAccessibleName(tr("Keys of %1").arg(entry.action->text()));
        m_shortcuts->addWidget(makeLabel(entry.group, "secondary"), line, 0);
        m_shortcuts->addWidget(new Name(entry.action->text()), line, 1);
        m_shortcuts->addWidget(edit, line++, 2);
        m_edits.push_back(edit);
        connect(edit, &ShortcutEdit::keysPressed, this, [this, edit](const QKeySequence& keys) {
            const bool taken = !m_context.actions->setShortcut(edit->id(), keys);
            m_message->setText(taken ? tr("Another action has %1.").arg(keys.toString(QKeySequence::NativeText))
                                     : QString());
            setRole(m_message, taken ? "errorText" : "secondary");
            fillShortcuts();
        });
    }
    auto* row = new QHBoxLayout;
    auto* reset = makeButton(tr("Shortcuts as on the first day"));
    m_context.actions->addButton(QStringLiteral("program.resetShortcuts"), tr("Program"), reset);
    connect(reset, &QPushButton::clicked, this, [this] {
        m_context.actions->resetShortcuts();
        fillShortcuts();
    });
    row->addWidget(reset);
    row->addStretch();
    card->content()->addSpacing(4);
    card->content()->addLayout(row);
    fillShortcuts();
    return card;
}

void SettingsPage::fillShortcuts()
{
    for (ShortcutEdit* edit : m_edits)
        edit->setKeys(m_context.actions->action(edit->id())->shortcut());
}

void SettingsPage::takeFocus()
{
    m_look->setFocus(Qt::OtherFocusReason);
}

QList<QWidget*> SettingsPage::panes() const
{
    QList<QWidget*> panes{m_look};
    if (!m_edits.empty())
        panes << m_edits.front();
    return panes;
}

} // namespace vitfleet::app
