// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

namespace vitfleet::test {

/// A CSV file as RFC 4180 has it, read strictly.
class CsvFile
{
public:
    /// Empty where the file cannot be read or is not RFC 4180; then `problem()` says why.
    explicit CsvFile(const QString& path);

    int rows() const { return static_cast<int>(m_rows.size()); }
    const QStringList& header() const { return m_header; }
    QString at(int row, const QString& column) const;
    QHash<QString, int> countBy(const QString& column) const;
    const QString& problem() const { return m_problem; }

private:
    QStringList m_header;
    QList<QStringList> m_rows;
    QString m_problem;
};

} // namespace vitfleet::test
