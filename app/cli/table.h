// SPDX-License-Identifier: GPL-3.0-or-later
// Columns of text.
#pragma once

#include "app/cli/output.h"
#include "shared/base/error.h"

#include <string>
#include <vector>

namespace vitfleet::cli {

class Table
{
public:
    explicit Table(std::vector<std::string> header) : m_rows{std::move(header)} {}
    void add(std::vector<std::string> row) { m_rows.push_back(std::move(row)); }
    void print(Output& output) const;

private:
    std::vector<std::vector<std::string>> m_rows;
};

/// "item", "node", …
std::string kindName(ErrorKind kind);

} // namespace vitfleet::cli
