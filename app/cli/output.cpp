// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output.h"

#include "app/core/text.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

namespace vitfleet::cli {

namespace {

/// At most `columns` characters; a character is a byte that does not go on another one.
std::string clipped(const std::string& text, std::size_t columns)
{
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
        if (begins && ++count > columns)
            return text.substr(0, i);
    }
    return text;
}

void put(FILE* stream, const std::string& text)
{
    std::fwrite(text.data(), 1, text.size(), stream);
    std::fflush(stream);
}

bool isTerminalWithCursor()
{
    const char* term = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) != 0 && term && std::strcmp(term, "dumb") != 0;
}

} // namespace

Output::Output(bool json) : m_json(json), m_terminal(!json && isTerminalWithCursor()) {}

Output::~Output()
{
    // The last status stays, on a line of its own.
    if (m_hasStatus)
        put(stdout, "\n");
}

std::size_t Output::width() const
{
    winsize size = {};
    if (m_terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        return size.ws_col;
    return m_terminal ? 80 : 1000;
}

void Output::clearStatus()
{
    if (std::exchange(m_hasStatus, false))
        put(stdout, "\r\033[K");
}

void Output::line(const std::string& text)
{
    std::lock_guard lock(m_mutex);
    if (m_json)
        return;
    clearStatus();
    put(stdout, app::text::printable(text) + "\n");
}

void Output::status(const std::string& text)
{
    std::lock_guard lock(m_mutex);
    if (m_json)
        return;
    const std::string safe = app::text::printable(text);
    if (!m_terminal)
        return put(stdout, safe + "\n");
    put(stdout, "\r" + clipped(safe, width() - 1) + "\033[K");
    m_hasStatus = true;
}

void Output::json(const nlohmann::json& object)
{
    std::lock_guard lock(m_mutex);
    if (m_json)
        put(stdout, dump(object) + "\n");
}

void Output::error(const Error& error)
{
    json({{"event", "error"}, {"code", info(error.code).name}, {"detail", error.detail}, {"message", describe(error)}});
    warning(describe(error));
}

void Output::warning(const std::string& text)
{
    std::lock_guard lock(m_mutex);
    clearStatus();
    put(stderr, app::text::printable(text) + "\n");
}

std::string dump(const nlohmann::json& object)
{
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace vitfleet::cli
