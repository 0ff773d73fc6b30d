// SPDX-License-Identifier: GPL-3.0-or-later
// Where words go: lines, one line that is rewritten on a terminal, or JSON objects. Each is flushed. Any thread.
#pragma once

#include "shared/base/error.h"

#include <nlohmann/json_fwd.hpp>

#include <mutex>
#include <string>

namespace vitfleet::cli {

class Output
{
public:
    explicit Output(bool json);
    ~Output();

    bool isJson() const { return m_json; }
    bool isTerminal() const { return m_terminal; }
    /// Columns of the terminal; many where there is none.
    std::size_t width() const;

    /// A line that stays.
    void line(const std::string& text);
    /// The line that tells the progress: replaced by the next on a terminal.
    void status(const std::string& text);
    void json(const nlohmann::json& object);
    /// On standard error, and as JSON.
    void error(const Error& error);
    void warning(const std::string& text);

private:
    void clearStatus();

    const bool m_json;
    const bool m_terminal;
    std::mutex m_mutex;
    bool m_hasStatus = false;
};

/// Compact, with what is not UTF-8 replaced.
std::string dump(const nlohmann::json& object);

} // namespace vitfleet::cli
