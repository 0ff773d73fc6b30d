// SPDX-License-Identifier: GPL-3.0-or-later
// Error codes: stable names, what happened and what to do, from the one list in error_codes.def.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vitfleet {

enum class ErrorCode : std::uint16_t
{
    None = 0,
#define VITFLEET_ERROR(identifier, number, name, kind, what, remedy) identifier = number,
#include "shared/base/error_codes.def"
#undef VITFLEET_ERROR
};

/// What an error is about, and so what follows from it: an Item error becomes that item's row once a second node
/// agrees, a Node error is tried elsewhere, the others stop what they belong to.
enum class ErrorKind : std::uint8_t
{
    Invalid = 0,
    Item,
    Node,
    Peer,
    Model,
    Data,
    Storage,
    Settings,
    Run,
    Internal
};

struct ErrorInfo
{
    ErrorCode code;
    std::string_view name; ///< "E_IMG_FORMAT"
    ErrorKind kind;
    std::string_view what;   ///< one sentence for a person
    std::string_view remedy; ///< what that person can do
};

/// A failure with its facts. The sentence for a person is made from `info(code)` and `detail` in one place.
struct Error
{
    ErrorCode code = ErrorCode::Internal;
    std::string detail; ///< facts only: the path, the value, errno's text; never a secret

    bool operator==(const Error&) const = default;
};

/// The entry of a code; that of Internal for a number that is not in the list.
const ErrorInfo& info(ErrorCode code);
std::span<const ErrorInfo> allErrors();
std::optional<ErrorCode> errorCodeFromName(std::string_view name);
/// Turns a number from the wire or a database into a code; nothing where it is not in the list.
std::optional<ErrorCode> errorCodeFromNumber(std::uint16_t number);
/// "E_IMG_FORMAT: This is not a picture of an accepted format. (detail) Convert it to …"
std::string describe(const Error& error);

} // namespace vitfleet
