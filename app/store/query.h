// SPDX-License-Identifier: GPL-3.0-or-later
// Filters as SQL.
#pragma once

#include "app/core/store.h"
#include "app/store/statement.h"

#include <string>
#include <variant>
#include <vector>

namespace vitfleet::app::sqlite {

/// FROM and WHERE over i(tem), x (its expected text), r(esult) and s(ource) of one run, with the values to bind in
/// order. The last condition is left open by the caller.
struct Query
{
    std::string from;
    std::string where;
    std::vector<std::variant<std::int64_t, double, std::string>> values;
    bool mayBeEmpty = true; ///< items without a row are among the answers
    std::string order;      ///< the column of the item's number by which to go on and to sort
    bool inOrder = true;    ///< false: one posting after the other; sorting their numbers is quicker outside of SQLite
};

enum class QueryUse
{
    Rows,   ///< all of i, x, r and s can be selected
    Numbers ///< only `order`: tables that no condition asks for are not read
};

/// `indexed`: the run's postings exist. `labels`: the run's label names.
Query buildQuery(RunId run, const ResultFilter& filter, const std::vector<std::string>& labels, bool indexed,
                 QueryUse use = QueryUse::Rows);

/// The joins that make rows of the items that `from` names: i, x, r and s, as readView wants them.
std::string rowsOf(const std::string& from);

/// Binds the query's values from the first on.
void bindAll(Statement& statement, const Query& query);

} // namespace vitfleet::app::sqlite
