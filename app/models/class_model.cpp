// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/class_model.h"

#include "app/core/text.h"

#include <QLocale>

namespace vitfleet::app {
namespace {

std::optional<double> share(std::uint64_t part, std::uint64_t whole)
{
    return whole == 0 ? std::nullopt : std::optional(static_cast<double>(part) / static_cast<double>(whole));
}

QString fromView(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QVariant alignment(bool right)
{
    return QVariant::fromValue(Qt::Alignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
}

} // namespace

std::optional<double> ClassScore::precision() const
{
    return share(right, predicted);
}

std::optional<double> ClassScore::recall() const
{
    return share(right, expected);
}

std::optional<double> ClassScore::f1() const
{
    return share(2 * right, expected + predicted);
}

std::vector<ClassScore> classScores(const std::vector<std::string>& labels,
                                    const std::vector<StoreReader::ConfusionCell>& cells)
{
    std::vector<ClassScore> scores(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i)
        scores[i].label = labels[i];
    for (const auto& cell : cells) {
        if (cell.expected >= scores.size() || cell.predicted >= scores.size())
            continue;
        scores[cell.expected].expected += cell.count;
        scores[cell.predicted].predicted += cell.count;
        if (cell.expected == cell.predicted)
            scores[cell.expected].right += cell.count;
    }
    std::erase_if(scores, [](const ClassScore& score) { return score.expected + score.predicted == 0; });
    return scores;
}

void ClassModel::setScores(std::vector<ClassScore> scores)
{
    beginResetModel();
    m_scores = std::move(scores);
    endResetModel();
}

int ClassModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_scores.size());
}

int ClassModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ClassModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const ClassScore& score = m_scores[static_cast<std::size_t>(index.row())];
    if (role == Qt::TextAlignmentRole)
        return alignment(index.column() != LabelColumn);
    if (role == LookRole)
        return index.column() == LabelColumn ? QByteArray("strong") : QByteArray("text");
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole && role != SortRole)
        return {};
    const auto figure = [role](std::uint64_t value) {
        return role == SortRole ? QVariant(static_cast<qulonglong>(value))
                                : QVariant(QLocale().toString(static_cast<qulonglong>(value)));
    };
    const auto percent = [role](std::optional<double> value) {
        if (role == SortRole)
            return QVariant(value.value_or(-1.0));
        return QVariant(value ? tr("%1 %").arg(QLocale().toString(*value * 100, 'f', 1)) : QStringLiteral("–"));
    };
    switch (index.column()) {
    case LabelColumn:
        return QString::fromStdString(score.label);
    case ExpectedColumn:
        return figure(score.expected);
    case PredictedColumn:
        return figure(score.predicted);
    case RightColumn:
        return figure(score.right);
    case PrecisionColumn:
        return percent(score.precision());
    case RecallColumn:
        return percent(score.recall());
    default:
        return percent(score.f1());
    }
}

QVariant ClassModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return alignment(section != LabelColumn);
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case PrecisionColumn:
            return tr("Of those labelled so, how many are right");
        case RecallColumn:
            return tr("Of those that should be, how many were labelled so");
        case F1Column:
            return tr("The harmonic mean of precision and recall");
        default:
            return {};
        }
    }
    if (role != Qt::DisplayRole)
        return {};
    const QString names[] = {tr("Class"),     tr("Expected"), tr("Labelled so"), tr("Right"),
                             tr("Precision"), tr("Recall"),   tr("F1")};
    return section < ColumnCount ? names[section] : QString();
}

void ErrorModel::setErrors(std::vector<StoreReader::ErrorCount> errors)
{
    beginResetModel();
    m_errors = std::move(errors);
    endResetModel();
}

ErrorCode ErrorModel::code(const QModelIndex& index) const
{
    return index.isValid() ? m_errors[static_cast<std::size_t>(index.row())].code : ErrorCode::None;
}

int ErrorModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_errors.size());
}

int ErrorModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ErrorModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const StoreReader::ErrorCount& error = m_errors[static_cast<std::size_t>(index.row())];
    if (role == Qt::TextAlignmentRole)
        return alignment(index.column() == CountColumn);
    if (role == LookRole)
        return index.column() == CodeColumn   ? QByteArray("error")
               : index.column() <= WhatColumn ? QByteArray("text")
                                              : QByteArray("secondary");
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
        return {};
    const ErrorInfo& entry = info(error.code);
    switch (index.column()) {
    case CodeColumn:
        return fromView(entry.name);
    case CountColumn:
        return QLocale().toString(static_cast<qulonglong>(error.count));
    case WhatColumn:
        return fromView(entry.what);
    case RemedyColumn:
        return fromView(entry.remedy);
    default:
        return QString::fromStdString(text::printable(error.example));
    }
}

QVariant ErrorModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return alignment(section == CountColumn);
    if (role != Qt::DisplayRole)
        return {};
    const QString names[] = {tr("Error"), tr("Rows"), tr("What happened"), tr("What to do"), tr("One of them")};
    return section < ColumnCount ? names[section] : QString();
}

} // namespace vitfleet::app
