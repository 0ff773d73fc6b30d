// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/profile_fields.h"

#include "app/ui/format.h"
#include "app/ui/inputs.h"
#include "app/ui/profile_words.h"
#include "app/ui/widgets.h"

#include <QGridLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QScopedValueRollback>
#include <QVBoxLayout>

#include <algorithm>

namespace vitfleet::app {
namespace {

using Kind = ProfileKey::Kind;

constexpr int labelWidth = 176;
constexpr int fieldHeight = 30;
constexpr int shownLines = 3; ///< of a field that takes several

/// In the form it is the field that is wrong, not the file: what is wrong with it says so by itself.
QString problemText(const Error& error)
{
    if (error.code != ErrorCode::Settings)
        return formatError(error);
    QString what = QString::fromStdString(error.detail);
    if (what.startsWith(QLatin1String("profile ")))
        what = what.section(QStringLiteral(": "), 1);
    return what + QStringLiteral(" (") + fromView(info(error.code).name) + QLatin1Char(')');
}

} // namespace

ProfileFields::ProfileFields(QWidget* parent) : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
}

QWidget* ProfileFields::makeField(const ProfileKey& key)
{
    const ProfileKeyWords words = wordsOf(key.name);
    const QString usual = QString::fromStdString(key.usual);
    QWidget* field = nullptr;
    if (key.kind == Kind::Flag) {
        auto* box = new TickBox(words.label);
        connect(box, &QCheckBox::toggled, this, [this, name = key.name] { onChanged(name); });
        field = box;
    } else if (key.kind == Kind::Choice) {
        auto* box = new ChoiceBox(words.label);
        // The first is what the reader takes without the key.
        for (const std::string& choice : key.choices)
            box->addItem(QString::fromStdString(choice));
        connect(box, &QComboBox::currentIndexChanged, this, [this, name = key.name] { onChanged(name); });
        field = box;
    } else if (key.kind == Kind::Texts || key.kind == Kind::Mappings) {
        auto* edit = new QPlainTextEdit;
        edit->setTabChangesFocus(true);
        edit->setLineWrapMode(QPlainTextEdit::NoWrap);
        edit->setPlaceholderText(words.hint);
        edit->setFixedHeight(edit->fontMetrics().lineSpacing() * shownLines + 14);
        connect(edit, &QPlainTextEdit::textChanged, this, [this, name = key.name] { onChanged(name); });
        field = edit;
    } else {
        auto* edit = new QLineEdit;
        edit->setPlaceholderText(usual.isEmpty() || usual == QLatin1String("0") ? words.hint : usual);
        connect(edit, &QLineEdit::textChanged, this, [this, name = key.name] { onChanged(name); });
        field = edit;
    }
    field->setAccessibleName(words.label);
    field->setAccessibleDescription(words.hint);
    QString tip = words.hint;
    if (!usual.isEmpty() && key.kind != Kind::Flag)
        tip += (tip.isEmpty() ? QString() : QStringLiteral("\n")) + tr("Usually %1").arg(usual);
    field->setToolTip(tip);
    return field;
}

void ProfileFields::addRow(QGridLayout& grid, const ProfileKey& key)
{
    QWidget* field = makeField(key);
    auto* problem = makeLabel({}, "errorText");
    problem->setWordWrap(true);
    problem->hide();
    const int line = grid.rowCount();
    if (key.kind != Kind::Flag) { // its name stands beside its tick
        auto* label = makeLabel(wordsOf(key.name).label, "body");
        label->setToolTip(QString::fromStdString(key.name)); // as the file has it
        label->setMinimumHeight(fieldHeight);                // beside the first line of its field
        grid.addWidget(label, line, 0, Qt::AlignTop);
    }
    grid.addWidget(field, line, 1);
    grid.addWidget(problem, line + 1, 1);
    m_rows.push_back({key, field, problem});
}

void ProfileFields::setForm(const ProfileForm& form)
{
    const QScopedValueRollback filling(m_filling, true);
    m_form = form;
    m_changed.clear();
    m_rows.clear();
    delete m_body;
    m_body = new QWidget;
    auto* layout = new QVBoxLayout(m_body);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    QGridLayout* grid = nullptr;
    const auto section = [&](const QString& title) {
        layout->addWidget(makeLabel(title, "cardTitle"));
        grid = new QGridLayout;
        grid->setHorizontalSpacing(14);
        grid->setVerticalSpacing(4);
        grid->setColumnMinimumWidth(0, labelWidth);
        grid->setColumnStretch(1, 1);
        layout->addLayout(grid);
        layout->addSpacing(8);
    };
    bool isCommon = false;
    for (const ProfileKey& key : profileKeys(form.provider)) {
        if (!grid || key.isCommon != isCommon)
            section(key.isCommon ? tr("Whatever the provider")
                                 : tr("For %1").arg(fromView(vitfleet::app::name(form.provider))));
        isCommon = key.isCommon;
        addRow(*grid, key);
    }
    for (const Row& row : m_rows) {
        const auto typed = form.fields.find(row.key.name);
        write(row, typed == form.fields.end() ? QString() : QString::fromStdString(typed->second));
    }
    this->layout()->addWidget(m_body);
}

void ProfileFields::write(const Row& row, const QString& typed)
{
    const QString value = typed.isEmpty() ? QString::fromStdString(row.key.usual) : typed;
    if (auto* box = qobject_cast<QCheckBox*>(row.field))
        box->setChecked(value == QLatin1String("true"));
    else if (auto* choice = qobject_cast<QComboBox*>(row.field))
        choice->setCurrentIndex(std::max(0, choice->findText(value)));
    else if (auto* lines = qobject_cast<QPlainTextEdit*>(row.field))
        lines->setPlainText(typed);
    else if (auto* line = qobject_cast<QLineEdit*>(row.field))
        line->setText(typed);
}

/// Empty: as without the key.
QString ProfileFields::read(const Row& row) const
{
    const auto unlessUsual = [&row](const QString& value) {
        const bool isUsual =
            value.toStdString() == row.key.usual ||
            (row.key.kind == Kind::Choice && row.key.usual.empty() && value.toStdString() == row.key.choices.front());
        return isUsual ? QString() : value;
    };
    if (const auto* box = qobject_cast<QCheckBox*>(row.field))
        return unlessUsual(box->isChecked() ? QStringLiteral("true") : QStringLiteral("false"));
    if (const auto* choice = qobject_cast<QComboBox*>(row.field))
        return unlessUsual(choice->currentText());
    if (const auto* lines = qobject_cast<QPlainTextEdit*>(row.field))
        return lines->toPlainText();
    return qobject_cast<QLineEdit*>(row.field)->text();
}

ProfileForm ProfileFields::form() const
{
    ProfileForm form = m_form;
    for (const Row& row : m_rows) {
        // What nobody has touched stays what it was, however it was written.
        if (!m_changed.contains(row.key.name))
            continue;
        if (const QString typed = read(row); typed.trimmed().isEmpty())
            form.fields.erase(row.key.name);
        else
            form.fields[row.key.name] = typed.toStdString();
    }
    return form;
}

void ProfileFields::onChanged(const std::string& key)
{
    if (m_filling)
        return;
    m_changed.insert(key);
    Q_EMIT changed();
}

void ProfileFields::showProblems(const std::vector<ProfileProblem>& problems, bool ofAll)
{
    for (const Row& row : m_rows) {
        const auto found = std::ranges::find(problems, row.key.name, &ProfileProblem::key);
        const bool isShown = found != problems.end() && (ofAll || m_changed.contains(row.key.name));
        row.problem->setText(isShown ? problemText(found->error) : QString());
        row.problem->setVisible(isShown);
    }
}

QWidget* ProfileFields::field(const std::string& key) const
{
    const auto found = std::ranges::find(m_rows, key, [](const Row& row) { return row.key.name; });
    return found == m_rows.end() ? nullptr : found->field;
}

QString ProfileFields::problemOf(const std::string& key) const
{
    const auto found = std::ranges::find(m_rows, key, [](const Row& row) { return row.key.name; });
    return found == m_rows.end() || found->problem->isHidden() ? QString() : found->problem->text();
}

} // namespace vitfleet::app
