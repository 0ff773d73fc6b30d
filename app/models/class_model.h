// SPDX-License-Identifier: GPL-3.0-or-later
// How well each class is told from the others: precision, recall and F1 with the counts that they come from.
#pragma once

#include "app/core/store.h"

#include <QAbstractTableModel>

#include <optional>
#include <vector>

namespace vitfleet::app {

/// Of one class, from a confusion matrix.
struct ClassScore
{
    std::string label;
    std::uint64_t expected = 0;  ///< rows whose label should be this
    std::uint64_t predicted = 0; ///< rows that were labelled so
    std::uint64_t right = 0;     ///< both
    std::optional<double> precision() const;
    std::optional<double> recall() const;
    std::optional<double> f1() const;
};

std::vector<ClassScore> classScores(const std::vector<std::string>& labels,
                                    const std::vector<StoreReader::ConfusionCell>& cells);

class ClassModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column
    {
        LabelColumn,
        ExpectedColumn,
        PredictedColumn,
        RightColumn,
        PrecisionColumn,
        RecallColumn,
        F1Column,
        ColumnCount
    };
    static constexpr int SortRole = Qt::UserRole + 1;
    static constexpr int LookRole = Qt::UserRole + 200;

    using QAbstractTableModel::QAbstractTableModel;
    void setScores(std::vector<ClassScore> scores);
    const std::vector<ClassScore>& scores() const { return m_scores; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<ClassScore> m_scores;
};

/// Error rows by their code, with what they mean and what to do.
class ErrorModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column
    {
        CodeColumn,
        CountColumn,
        WhatColumn,
        RemedyColumn,
        ExampleColumn,
        ColumnCount
    };
    static constexpr int LookRole = Qt::UserRole + 200;

    using QAbstractTableModel::QAbstractTableModel;
    void setErrors(std::vector<StoreReader::ErrorCount> errors);
    ErrorCode code(const QModelIndex& index) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<StoreReader::ErrorCount> m_errors;
};

} // namespace vitfleet::app
