// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/table.h"

#include <algorithm>

namespace vitfleet::cli {

namespace {

std::size_t columnsOf(const std::string& text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

void Table::print(Output& output) const
{
    std::vector<std::size_t> widths(m_rows.front().size());
    for (const auto& row : m_rows) {
        for (std::size_t i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], columnsOf(row[i]));
    }
    for (const auto& row : m_rows) {
        std::string line;
        for (std::size_t i = 0; i < widths.size(); ++i)
            line += row[i] + std::string(widths[i] - columnsOf(row[i]) + 2, ' ');
        line.erase(line.find_last_not_of(' ') + 1);
        output.line(line);
    }
}

std::string kindName(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::Item:
        return "item";
    case ErrorKind::Node:
        return "node";
    case ErrorKind::Peer:
        return "peer";
    case ErrorKind::Model:
        return "model";
    case ErrorKind::Data:
        return "data";
    case ErrorKind::Storage:
        return "storage";
    case ErrorKind::Settings:
        return "settings";
    case ErrorKind::Run:
        return "run";
    case ErrorKind::Internal:
        return "internal";
    case ErrorKind::Invalid:
        break;
    }
    return "unknown";
}

} // namespace vitfleet::cli
