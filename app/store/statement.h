// SPDX-License-Identifier: GPL-3.0-or-later
// A prepared statement that is used again and again: binds our types one after the other, resets itself.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vitfleet::app::sqlite {

/// Text and blobs are not copied: they must live until exec() or the last next().
class Statement
{
public:
    Statement(SQLite::Database& db, const std::string& sql) : m_statement(db, sql) {}

    /// Begins a new use.
    Statement& start()
    {
        m_statement.tryReset();
        m_next = 1;
        return *this;
    }
    template <std::integral Number>
    Statement& add(Number value)
    {
        m_statement.bind(m_next++, static_cast<std::int64_t>(value));
        return *this;
    }
    Statement& add(double value)
    {
        m_statement.bind(m_next++, value);
        return *this;
    }
    Statement& add(const std::string& value)
    {
        m_statement.bindNoCopy(m_next++, value);
        return *this;
    }
    Statement& addBlob(std::span<const std::uint8_t> value)
    {
        m_statement.bindNoCopy(m_next++, value.data(), static_cast<int>(value.size()));
        return *this;
    }
    Statement& addNull()
    {
        m_statement.bind(m_next++);
        return *this;
    }
    template <typename Value>
    Statement& add(const std::optional<Value>& value)
    {
        return value ? add(*value) : addNull();
    }
    /// NULL where it is empty: half of all texts are.
    Statement& addOrNull(const std::string& value) { return value.empty() ? addNull() : add(value); }

    /// Runs it; how many rows were changed.
    int exec()
    {
        const int changed = m_statement.exec();
        m_statement.tryReset();
        return changed;
    }
    /// The next row of a query, or false.
    bool next() { return m_statement.executeStep(); }
    SQLite::Statement& raw() { return m_statement; }

    bool isNull(int column) const { return m_statement.isColumnNull(column); }
    std::int64_t number(int column) const { return m_statement.getColumn(column).getInt64(); }
    double real(int column) const { return m_statement.getColumn(column).getDouble(); }
    std::string text(int column) const { return m_statement.getColumn(column).getString(); }

private:
    SQLite::Statement m_statement;
    int m_next = 1;
};

/// Statements by their text, prepared at first use. Keys are literals, or texts of which there are few.
class StatementCache
{
public:
    explicit StatementCache(SQLite::Database& db) : m_db(db) {}
    Statement& operator()(const std::string& sql)
    {
        auto& statement = m_statements[sql];
        if (!statement)
            statement = std::make_unique<Statement>(m_db, sql);
        return statement->start();
    }

private:
    SQLite::Database& m_db;
    std::unordered_map<std::string, std::unique_ptr<Statement>> m_statements;
};

} // namespace vitfleet::app::sqlite
