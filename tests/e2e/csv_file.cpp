// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/e2e/csv_file.h"

#include <QFile>

namespace vitfleet::test {

CsvFile::CsvFile(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        m_problem = QStringLiteral("cannot be read");
        return;
    }
    const QByteArray text = file.readAll();
    QStringList row;
    QByteArray field;
    bool quoted = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const char next = i + 1 < text.size() ? text[i + 1] : '\0';
        if (quoted) {
            if (c != '"') {
                field += c;
            } else if (next == '"') {
                field += '"';
                ++i;
            } else {
                quoted = false;
            }
        } else if (c == '"' && field.isEmpty()) {
            quoted = true;
        } else if (c == ',') {
            row << QString::fromUtf8(field);
            field.clear();
        } else if (c == '\r' && next == '\n') {
            row << QString::fromUtf8(field);
            field.clear();
            if (m_header.isEmpty())
                m_header = row;
            else
                m_rows << row;
            if (row.size() != m_header.size())
                m_problem = QStringLiteral("row %1 has %2 fields").arg(m_rows.size()).arg(row.size());
            row.clear();
            ++i;
        } else if (c == '\n' || c == '\r' || c == '"') {
            m_problem = QStringLiteral("a bare line end or quote after row %1").arg(m_rows.size());
        } else {
            field += c;
        }
    }
    if (quoted || !field.isEmpty() || !row.isEmpty())
        m_problem = QStringLiteral("ends inside a row");
}

QString CsvFile::at(int row, const QString& column) const
{
    return m_rows.value(row).value(static_cast<int>(m_header.indexOf(column)));
}

QHash<QString, int> CsvFile::countBy(const QString& column) const
{
    QHash<QString, int> counts;
    for (int row = 0; row < rows(); ++row)
        ++counts[at(row, column)];
    return counts;
}

} // namespace vitfleet::test
