// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/error.h"

#include <algorithm>
#include <array>

namespace vitfleet {
namespace {

constexpr std::array infos = {
#define VITFLEET_ERROR(identifier, number, name, kind, what, remedy)                                                   \
    ErrorInfo{ErrorCode::identifier, name, ErrorKind::kind, what, remedy},
#include "shared/base/error_codes.def"
#undef VITFLEET_ERROR
};

} // namespace

std::span<const ErrorInfo> allErrors()
{
    return infos;
}

const ErrorInfo& info(ErrorCode code)
{
    const auto found = std::ranges::find(infos, code, &ErrorInfo::code);
    return found != infos.end() ? *found : infos.back();
}

std::optional<ErrorCode> errorCodeFromName(std::string_view name)
{
    const auto found = std::ranges::find(infos, name, &ErrorInfo::name);
    return found != infos.end() ? std::optional(found->code) : std::nullopt;
}

std::optional<ErrorCode> errorCodeFromNumber(std::uint16_t number)
{
    const auto found = std::ranges::find(infos, static_cast<ErrorCode>(number), &ErrorInfo::code);
    return found != infos.end() ? std::optional(found->code) : std::nullopt;
}

std::string describe(const Error& error)
{
    const ErrorInfo& entry = info(error.code);
    std::string text(entry.name);
    text += ": ";
    text += entry.what;
    if (!error.detail.empty())
        text += " (" + error.detail + ")";
    text += ' ';
    text += entry.remedy;
    return text;
}

} // namespace vitfleet
